"""The one statement that stands between a credential and its token."""

from uuid import UUID

from shared.db import Row, Tx

_HOLDER = """
select credential.kind, credential.brand_id, holder_id, credential.shop_id, secret,
       coalesce(till.code, partner.code) as name
  from credential
  left join till on credential.kind = 'till' and till.till_id = holder_id
  left join partner on credential.kind = 'partner' and partner.partner_id = holder_id
 where credential_id = $1 and revoked_at is null and credential.kind in ('till', 'partner')
"""


async def holder(tx: Tx, credential_id: UUID) -> Row | None:
    """Who a machine's credential stands for, and its secret's digest; none where it was revoked."""
    return await tx.first(_HOLDER, credential_id)
