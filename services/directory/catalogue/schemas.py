"""What the routes of the catalogue take and give."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.directory.brand.schemas import In, Name

MOST_AT_ONCE = 5000

SkuCode = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$", examples=["1029743"])]
ProductClass = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["乳品"])]


class SkuIn(In):
    """A SKU, but for its code."""

    name: Name
    unit: Annotated[Literal["each", "kg", "l", "m"], Field(examples=["each"])] = "each"
    product_class: ProductClass = ""
    is_goods: Annotated[bool, Field(description="false for a fee, postage, a service: it has no stock")] = True


class NamedSku(SkuIn):
    """A SKU with its code."""

    sku: SkuCode


class SkusIn(In):
    """SKUs to save; each named once."""

    skus: Annotated[list[NamedSku], Field(min_length=1, max_length=MOST_AT_ONCE)]


class SavedOut(BaseModel):
    """How many were new or changed, and how many stood so already."""

    saved: int
    unchanged: int


class SkuOut(BaseModel):
    """A SKU as it stands."""

    sku: str
    name: str
    unit: str
    product_class: str
    is_goods: bool
    version: int
