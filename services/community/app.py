"""Community: everything that runs in it."""

from services.community.callback import api as callback_api
from services.community.callback import jobs as callback
from services.community.contact import consumers as contact
from services.community.corp import api as corp_api
from services.community.group import api as group_api
from services.community.group import consumers as group
from services.community.group import jobs as group_jobs
from services.community.live_code import api as live_code_api
from services.community.live_code import jobs as live_code
from services.community.prompt import api as prompt_api
from services.community.registry import consumers as registry
from shared.app import create_app
from shared.events import community
from shared.revocation import keep_revoked

service = create_app(
    "community",
    title="community 社群",
    doors=[prompt_api.doors, group_api.doors, live_code_api.doors, corp_api.doors, callback_api.doors],
    says=community.EVENTS,
    hears=[
        keep_revoked,
        registry.keep_shops,
        registry.keep_staff,
        registry.keep_offers,
        registry.keep_identities,
        registry.fold_people,
        group.fold_memberships,
        contact.fold_contacts,
    ],
    jobs=[
        callback.take_looks,
        callback.forget_callbacks,
        group_jobs.sweep_groups,
        live_code.keep_live_codes,
    ],
)
