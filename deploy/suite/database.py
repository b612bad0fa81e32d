"""Makes a database ready for the suite: the database itself, roles and schemas, migrations."""

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from deploy.suite.migrate import migrate
from shared.db.pool import plain_connection
from shared.db.provision import provision
from shared.secrets import Secrets
from shared.settings import Settings

DATABASE = "siyu"


async def create_database(admin_dsn: str, name: str = DATABASE) -> str:
    """Create the suite's database where it is missing; answers the administrator's address of it."""
    async with plain_connection(admin_dsn) as connection:
        if await connection.fetchval("select 1 from pg_database where datname = $1", name) is None:
            await connection.execute(f'create database "{name}" template template0')
    return urlunsplit(urlsplit(admin_dsn)._replace(path=f"/{name}"))


def template_of(admin_dsn: str) -> str:
    """The address of a database with the role and its password left to be filled in."""
    parts = urlsplit(admin_dsn)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{{role}}:{{password}}@{address}"))


async def make_ready(admin_dsn: str, services: Iterable[str], settings: Settings, secrets: Secrets) -> list[str]:
    """Roles, schemas, migrations; answers which services had to be migrated. Safe to run again and at once."""
    names = list(services)
    roles = [role for name in names for role in (f"siyu_{name}", f"siyu_{name}_reader")]
    await provision(admin_dsn, names, {role: secrets.password(role) for role in roles})
    migrated = []
    for name in names:
        role = f"siyu_{name}"
        if await migrate(name, settings.dsn(role, secrets.password(role)), settings.partitions):
            migrated.append(name)
    return migrated
