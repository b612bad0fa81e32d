"""A throw-away cluster with the suite's database, for tests, smoke runs and the writing of migrations."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

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
    with tempfile.TemporaryDirectory(prefix="siyu-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # noqa: ASYNC240 - one call; the server may run as another user
        cluster = await Cluster.start(folder / "postgres", settings=NOT_DURABLE)
        try:
            admin_dsn = await create_database(cluster.dsn)
            values = {"home": folder, "database_url": template_of(admin_dsn), "demo": True, **settings}
            scratch = Scratch(folder, admin_dsn, Settings.model_validate(values), load_or_make(folder / "secret"))
            await make_ready(admin_dsn, services, scratch.settings, scratch.secrets)
            yield scratch
        finally:
            await cluster.stop()
