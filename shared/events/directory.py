"""What directory says: shops, partners, staff, tills, goods and revoked credentials, each as it now stands."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.events.event import Event


class ShopSaved(Event, frozen=True, kw_only=True):
    """A shop was opened or changed; the whole of it, so that the newest is all one needs."""

    TYPE: ClassVar[str] = "directory.shop.saved.v1"
    KEY: ClassVar[str] = "shop_id"

    shop_id: UUID
    code: str
    name: str
    region_id: UUID | None
    branch_id: UUID | None
    area_id: UUID | None
    partner_id: UUID | None  # its owner; None = head office
    zone: str  # IANA time zone
    cutover_minutes: int  # its business day ends so long after midnight
    longitude_e6: int
    latitude_e6: int
    is_open: bool
    version: int


class PartnerSaved(Event, frozen=True, kw_only=True):
    """A partner (加盟商) was taken in or changed."""

    TYPE: ClassVar[str] = "directory.partner.saved.v1"
    KEY: ClassVar[str] = "partner_id"

    partner_id: UUID
    code: str
    name: str
    version: int


class StaffSaved(Event, frozen=True, kw_only=True):
    """A member of staff joined, moved or left; without name or mobile number, which stay in directory."""

    TYPE: ClassVar[str] = "directory.staff.saved.v1"
    KEY: ClassVar[str] = "staff_id"

    staff_id: UUID
    code: str
    roles: list[str]
    shop_ids: list[UUID] | None  # None = every shop
    left_at: datetime | None
    version: int


class SkuSaved(Event, frozen=True, kw_only=True):
    """A SKU (商品规格) was taken into the catalogue or changed."""

    TYPE: ClassVar[str] = "directory.sku.saved.v1"
    KEY: ClassVar[str] = "sku"

    sku: str
    name: str
    unit: Literal["each", "kg", "l", "m"]
    product_class: str
    is_goods: bool  # False: a fee, postage, a service: no stock
    version: int


class CredentialRevoked(Event, frozen=True, kw_only=True):
    """A credential counts no more, nor do the tokens it got."""

    TYPE: ClassVar[str] = "directory.credential.revoked.v1"
    KEY: ClassVar[str] = "credential_id"

    credential_id: UUID


EVENTS = (ShopSaved, PartnerSaved, StaffSaved, SkuSaved, CredentialRevoked)
