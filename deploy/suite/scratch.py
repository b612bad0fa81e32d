"""A throw-away cluster with the suite's database, for tests, smoke runs and the writing of migrations."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.folders import throw_away_folder
from deploy.suite.database import create_database, make_ready, template_of
from deploy.suite.postgres import Cluster
from shared.secrets import Secrets, load_or_make
from shared.settings import Settings

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


@dataclass(frozen=True)
class Scratch:
    """A database that goes when its block ends."""

    folder: Path
    admin_dsn: str
    settings: Settings
    secrets: Secrets

    def dsn(self, role: str) -> str:
        """The address for one role."""
        return self.settings.dsn(role, self.secrets.password(role))


@asynccontextmanager
async def scratch_database(services: Sequence[str], **settings: object) -> AsyncIterator[Scratch]:
    """A cluster in a temporary folder, not durable, with these services migrated."""
    with throw_away_folder() as folder:
        cluster = await Cluster.start(folder / "postgres", settings=NOT_DURABLE)
        try:
            admin_dsn = await create_database(cluster.dsn)
            values = {"home": folder, "database_url": template_of(admin_dsn), "demo": True, **settings}
            scratch = Scratch(folder, admin_dsn, Settings.model_validate(values), load_or_make(folder / "secret"))
            await make_ready(admin_dsn, services, scratch.settings, scratch.secrets)
            yield scratch
        finally:
            await cluster.stop()
