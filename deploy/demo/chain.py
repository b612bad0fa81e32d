"""The demo chain: one brand whose shops, members, goods and stock are built around the recorded baskets.

Real: the positions, addresses and opening hours of the shops; the catalogue; which households and shops
there are and who bought what where. Paired by us: which shop stands at which position. Synthetic: regions
and areas, tills, partners, members' identities and the moment the late ones join, opening stock. Everything
is drawn by ids (see `draws.py`), so the same source always gives the same chain; shops and identities are
the same from the extract and from the whole year.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from deploy.demo.baskets import quantity_milli, unit_of
from deploy.demo.draws import draw, shuffled, token
from deploy.demo.source import CUTOVER_MINUTES, Position, Product, RecordedBasket, Source, recorded_baskets

BRAND_CODE = "siyu-demo"
BRAND_NAME = "四季生鲜"
PARTNERS = 40
MOST_TILLS = 3

REGION_NAMES = {"east": "华东", "south": "华南", "north": "华北", "central": "华中", "west": "西部"}

# Each city is one area: its shops share their stock.
CITIES = {
    "上海市": ("shanghai", "east"),
    "杭州市": ("hangzhou", "east"),
    "苏州市": ("suzhou", "east"),
    "宁波市": ("ningbo", "east"),
    "南京市": ("nanjing", "east"),
    "无锡市": ("wuxi", "east"),
    "深圳市": ("shenzhen", "south"),
    "广州市": ("guangzhou", "south"),
    "佛山市": ("foshan", "south"),
    "北京市": ("beijing", "north"),
    "天津市": ("tianjin", "north"),
    "武汉市": ("wuhan", "central"),
    "成都市": ("chengdu", "west"),
    "重庆市": ("chongqing", "west"),
    "西安市": ("xian", "west"),
}

# A shelf opens with a fifth more than the replay will sell from it and two pieces; one in fifty opens with
# half, so that something runs out and the area has something to share.
SHORT_ONE_IN = 50
SPARE_MILLI = 2000

_Visit = tuple[datetime, str]
_Shelf = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the country."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Area:
    """The shops of one city, which share their stock."""

    code: str
    name: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Partner:
    """Owns some shops of the chain."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop at a real position; without a partner it is the head office's own."""

    code: str
    store_id: int
    name: str
    area_code: str
    address: str
    longitude: float
    latitude: float
    opens_at: time
    closes_at: time
    cutover_minutes: int
    tills: tuple[str, ...]
    partner_code: str | None


@dataclass(frozen=True, slots=True)
class Sku:
    """An article of the catalogue."""

    code: str
    name: str
    department: str
    category: str
    unit: str


@dataclass(frozen=True, slots=True)
class Member:
    """A household as a member of the brand.

    Who joins late does so right after her basket of `joins_at`: that one and the earlier ones bear no member.
    """

    household_id: int
    mobile: str
    card_number: str
    openid: str
    unionid: str
    external_userid: str
    home_shop_code: str
    joins_at: datetime | None

    def is_member_at(self, at: datetime) -> bool:
        """Whether a ticket of that moment bears her."""
        return self.joins_at is None or at > self.joins_at


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What a shop has of a SKU when the replay begins."""

    shop_code: str
    sku: str
    on_hand_milli: int


@dataclass(frozen=True)
class Chain:
    """The whole chain as head office would import it."""

    brand_code: str
    brand_name: str
    regions: tuple[Region, ...]
    areas: tuple[Area, ...]
    partners: tuple[Partner, ...]
    shops: tuple[Shop, ...]
    skus: tuple[Sku, ...]
    members: tuple[Member, ...]
    opening_stock: tuple[StockLevel, ...]


def build_chain(source: Source) -> Chain:
    """Build the chain; reads the baskets once to know who shops where and what is sold."""
    shops = _shops(source)
    shop_codes = {shop.store_id: shop.code for shop in shops}
    visits: defaultdict[int, list[_Visit]] = defaultdict(list)
    sold_milli: Counter[_Shelf] = Counter()
    for basket in recorded_baskets(source):
        shop_code = shop_codes[basket.store_id]
        visits[basket.household_id].append((basket.sold_at, shop_code))
        _count_sold(basket, shop_code, source.products, sold_milli)
    return Chain(
        brand_code=BRAND_CODE,
        brand_name=BRAND_NAME,
        regions=tuple(Region(code, name) for code, name in REGION_NAMES.items()),
        areas=tuple(Area(code, city, region) for city, (code, region) in CITIES.items()),
        partners=tuple(Partner(_partner_code(number), f"合作商 {number:02d}") for number in range(1, PARTNERS + 1)),
        shops=shops,
        skus=tuple(_sku(product) for product in source.products.values()),
        members=_members(source.household_ids, visits, [shop.code for shop in shops]),
        opening_stock=tuple(_opening_stock(sold_milli)),
    )


def _shops(source: Source) -> tuple[Shop, ...]:
    """Every store of the data at a position, both drawn; a third of them, drawn too, is the partners'."""
    assert len(source.positions) >= len(source.store_ids)
    stores = shuffled(source.store_ids, "stores at positions")
    owned = shuffled(source.store_ids, "stores of partners")[: len(stores) // 3]
    partner_codes = {store_id: _partner_code(1 + index % PARTNERS) for index, store_id in enumerate(owned)}
    shops = (
        _shop(store_id, position, partner_codes.get(store_id))
        for store_id, position in zip(stores, source.positions, strict=False)
    )
    return tuple(sorted(shops, key=lambda shop: shop.store_id))


def _shop(store_id: int, position: Position, partner_code: str | None) -> Shop:
    area_code, _ = CITIES[position.city]
    tills = 1 + draw(MOST_TILLS, "tills", store_id)
    return Shop(
        code=f"S{store_id:05d}",
        store_id=store_id,
        name=position.name,
        area_code=area_code,
        address=position.address,
        longitude=position.longitude,
        latitude=position.latitude,
        opens_at=position.opens_at,
        closes_at=position.closes_at,
        cutover_minutes=CUTOVER_MINUTES,
        tills=tuple(f"{number:02d}" for number in range(1, tills + 1)),
        partner_code=partner_code,
    )


def _partner_code(number: int) -> str:
    return f"P{number:02d}"


def _sku(product: Product) -> Sku:
    words = (product.kind or product.category or product.department, product.package_size)
    return Sku(
        code=str(product.product_id),
        name=" ".join(word for word in words if word),
        department=product.department,
        category=product.category,
        unit=unit_of(product).value,
    )


def _members(
    household_ids: tuple[int, ...], visits: dict[int, list[_Visit]], shop_codes: list[str]
) -> tuple[Member, ...]:
    """A third of all households join late, drawn among those that shop in the replay at all."""
    late = set(shuffled(visits, "join late")[: len(household_ids) // 3])
    return tuple(
        _member(household_id, visits.get(household_id, []), household_id in late, shop_codes)
        for household_id in household_ids
    )


def _member(household_id: int, visits: list[_Visit], is_late: bool, shop_codes: list[str]) -> Member:
    """Identities no real person can have: Chinese mobile numbers never begin with 100."""
    joins_at, home_shop_code = None, shop_codes[draw(len(shop_codes), "home shop", household_id)]
    if is_late:
        joins_at, home_shop_code = visits[draw(len(visits), "joins after", household_id)]
    elif visits:
        home_shop_code = Counter(sorted(shop_code for _, shop_code in visits)).most_common(1)[0][0]
    return Member(
        household_id=household_id,
        mobile=f"+86100{household_id:08d}",
        card_number=f"SY{household_id:010d}",
        openid=f"o_demo_{token(21, 'openid', household_id)}",
        unionid=f"u_demo_{token(21, 'unionid', household_id)}",
        external_userid=f"wm_demo_{token(24, 'external_userid', household_id)}",
        home_shop_code=home_shop_code,
        joins_at=joins_at,
    )


def _count_sold(
    basket: RecordedBasket, shop_code: str, products: dict[int, Product], sold_milli: Counter[_Shelf]
) -> None:
    for line in basket.lines:
        if product := products.get(line.product_id):
            sold_milli[shop_code, line.product_id] += quantity_milli(line, unit_of(product))


def _opening_stock(sold_milli: dict[_Shelf, int]) -> Iterator[StockLevel]:
    for (shop_code, product_id), sold in sorted(sold_milli.items()):
        is_short = draw(SHORT_ONE_IN, "short", shop_code, product_id) == 0
        plenty = sold * 12 // 10 // 1000 * 1000 + SPARE_MILLI
        yield StockLevel(shop_code, str(product_id), sold // 2 // 1000 * 1000 if is_short else plenty)
