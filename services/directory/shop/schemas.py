"""What the routes of shops and tills take and give."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from services.directory.brand.schemas import Code, In, Name

WHOLE_WEEK = 7
USUAL_HOURS = "09:00-22:00"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError("not an IANA time zone") from error
    return name


def _week(hours: list[str]) -> list[str]:
    if len(hours) not in (1, WHOLE_WEEK):
        raise ValueError("one entry for every day, or seven from Monday on")
    return hours


Zone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_zone)]
Hours = Annotated[
    str,
    Field(pattern=r"^(closed|([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00))$", examples=["09:00-22:00"]),
]
Week = Annotated[list[Hours], Field(max_length=WHOLE_WEEK), AfterValidator(_week)]
LongitudeE6 = Annotated[int, Field(ge=-180_000_000, le=180_000_000, examples=[120_150_000])]
LatitudeE6 = Annotated[int, Field(ge=-90_000_000, le=90_000_000, examples=[30_250_000])]


class ShopIn(In):
    """A shop, but for its code; what it belongs to is named by code."""

    name: Name
    region: Code | None = None
    branch: Code | None = None
    area: Code | None = None
    partner: Annotated[Code | None, Field(description="its owner; none is head office")] = None
    zone: Zone = "Asia/Shanghai"
    cutover_minutes: Annotated[
        int, Field(strict=True, ge=0, lt=720, description="its business day ends so long after midnight")
    ] = 0
    longitude_e6: Annotated[LongitudeE6, Field(strict=True)]
    latitude_e6: Annotated[LatitudeE6, Field(strict=True)]
    hours: Week = Field(
        default_factory=lambda: [USUAL_HOURS], description="local; one entry for every day, or seven from Monday on"
    )
    deliveries_per_hour: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    is_open: Annotated[bool, Field(strict=True)] = True


class ShopOut(BaseModel):
    """A shop as it stands."""

    shop_id: UUID
    code: str
    name: str
    region_id: UUID | None
    branch_id: UUID | None
    area_id: UUID | None
    partner_id: UUID | None
    zone: str
    cutover_minutes: int
    longitude_e6: int
    latitude_e6: int
    hours: list[str]
    deliveries_per_hour: int
    is_open: bool
    version: int


class NearShopOut(ShopOut):
    """An open shop, and how far away it is."""

    metres: int


class TillOut(BaseModel):
    """A till."""

    till_id: UUID
    shop_id: UUID
    code: str


NearLongitude = Annotated[LongitudeE6, Query(description="WGS 84, millionths of a degree")]
NearLatitude = Annotated[LatitudeE6, Query(description="WGS 84, millionths of a degree")]
MostNear = Annotated[int, Query(ge=1, le=50)]
