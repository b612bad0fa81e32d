"""Directory: everything that runs in it."""

from shared.app import create_app
from shared.events import directory
from shared.revocation import keep_revoked

service = create_app(
    "directory",
    title="directory 组织",
    doors=[],
    says=directory.EVENTS,
    hears=[keep_revoked],
)
