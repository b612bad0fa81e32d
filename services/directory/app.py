"""Directory: everything that runs in it."""

from services.directory.brand import api as brand
from services.directory.bulk import api as bulk
from services.directory.catalogue import api as catalogue
from services.directory.credential import api as credential
from services.directory.credential import jobs as credential_jobs
from services.directory.division import api as division
from services.directory.partner import api as partner
from services.directory.shop import api as shop
from services.directory.staff import api as staff
from services.directory.token import api as token
from shared.app import create_app
from shared.events import directory
from shared.revocation import keep_revoked

service = create_app(
    "directory",
    title="directory 组织",
    doors=[
        brand.doors,
        division.doors,
        shop.doors,
        partner.doors,
        staff.doors,
        catalogue.doors,
        bulk.doors,
        credential.doors,
        token.doors,
    ],
    says=directory.EVENTS,
    hears=[keep_revoked],
    jobs=[credential_jobs.forget_old_tries],
)
