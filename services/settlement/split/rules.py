"""How a ticket is split. Portions are basis points of what was paid; the selling shop's owner keeps the rest.

A fen that no floor gives to anybody goes to the largest remainder (`shared.money.allot`), so the shares of a
ticket always add up to its total.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec.structs import replace

from shared.errors import Refusal
from shared.money import BASIS_POINTS, allot
from shared.values import Value
from shared.words import Words


class Account(StrEnum):
    """What kind of account a share goes to or comes from."""

    TAKINGS = "takings"  # 收款: what the selling shop's till took in
    PLATFORM = "platform"  # 平台服务费
    ROYALTY = "royalty"  # 特许权使用费: head office's
    OWNER_SHOP = "owner_shop"  # 归属门店: the shop that owns the member
    GUIDE = "guide"  # 导购提成
    SELLER = "seller"  # 销售门店: keeps the rest


class OverSplit(Refusal):
    """The portions of a rule are more than the whole."""

    code = "settlement.over_split"
    status = 422
    words = Words(
        "各方比例合计 {portion_bp} 个基点，超过 10000，请调低后重试。",
        "The portions add up to {portion_bp} basis points, more than 10,000: lower them.",
    )


class Rule(Value, frozen=True):
    """One version of a rule, and what it is for: a shop, a partner, a class of goods, or all."""

    rule_code: str
    version: int
    shop_id: UUID | None
    partner_id: UUID | None
    product_class: str | None
    platform_bp: int
    royalty_bp: int
    owner_bp: int
    guide_bp: int
    from_at: datetime
    saved_at: datetime

    @property
    def portion_bp(self) -> int:
        """What others than the seller get, at most."""
        return self.platform_bp + self.royalty_bp + self.owner_bp + self.guide_bp


class Sale(Value, frozen=True):
    """What of a ticket matters to its split."""

    shop_id: UUID
    partner_id: UUID | None  # owner of the selling shop; none = head office
    owner_shop_id: UUID | None  # the shop that owns the member
    owner_partner_id: UUID | None
    guide_id: UUID | None
    brand_id: UUID
    sold_at: datetime
    said_at: datetime  # when trade told of it


class Share(Value, frozen=True):
    """One share of a ticket: which account, whose, by which rule, for how many fen."""

    account: Account
    party_id: UUID
    rule: str
    amount_fen: int


def must_fit(rule: Rule) -> None:
    """Raise `OverSplit` where the portions are more than the whole."""
    if rule.portion_bp > BASIS_POINTS:
        raise OverSplit(portion_bp=rule.portion_bp)


def closest_first(rules: Iterable[Rule]) -> list[Rule]:
    """Rules in the order in which they are tried: shop before partner, class before all classes, then the newest."""

    def closeness(rule: Rule) -> tuple[bool, bool, bool, datetime, int]:
        has_partner = rule.partner_id is not None
        return (rule.shop_id is not None, has_partner, rule.product_class is not None, rule.from_at, rule.version)

    return sorted(rules, key=closeness, reverse=True)


def choose(rules: Iterable[Rule], sale: Sale, product_class: str | None) -> Rule | None:
    """The first of these rules (`closest_first`) that was in force when it was sold and is for such a sale.

    A rule that was saved after trade told of the sale is not for it, wherever it begins: so a ledger that is rebuilt
    from what was said comes out as it is.
    """
    for rule in rules:
        if (
            rule.from_at <= sale.sold_at
            and rule.saved_at <= sale.said_at
            and (rule.shop_id is None or rule.shop_id == sale.shop_id)
            and (rule.partner_id is None or rule.partner_id == sale.partner_id)
            and (rule.product_class is None or rule.product_class == product_class)
        ):
            return rule
    return None


def split(sale: Sale, total_fen: int, per_class_fen: Mapping[str | None, int], rules: Sequence[Rule]) -> list[Share]:
    """The shares of a ticket, adding up to its total; each class of goods by its own rule (`closest_first`)."""
    assert sum(per_class_fen.values()) == total_fen, "the classes of a ticket add up to its total"
    by_rule: dict[str, tuple[Rule | None, int]] = {}
    for product_class, class_fen in per_class_fen.items():
        rule = choose(rules, sale, product_class)
        name = f"{rule.rule_code}/{rule.version}" if rule else ""
        by_rule[name] = (rule, by_rule.get(name, (rule, 0))[1] + class_fen)
    shares = [share for name, (rule, fen) in by_rule.items() for share in _split_by(sale, rule, name, fen)]
    assert sum([share.amount_fen for share in shares]) == total_fen
    return shares


def _split_by(sale: Sale, rule: Rule | None, name: str, total_fen: int) -> list[Share]:
    seller_id = sale.partner_id or sale.brand_id
    if rule is None:
        return [Share(Account.SELLER, seller_id, name, total_fen)]
    portions = [(Account.PLATFORM, sale.brand_id, rule.platform_bp)]
    if sale.partner_id is not None:
        portions.append((Account.ROYALTY, sale.brand_id, rule.royalty_bp))
    if sale.owner_shop_id is not None and sale.owner_shop_id != sale.shop_id:
        portions.append((Account.OWNER_SHOP, sale.owner_partner_id or sale.brand_id, rule.owner_bp))
    if sale.guide_id is not None:
        portions.append((Account.GUIDE, sale.guide_id, rule.guide_bp))
    rest_bp = BASIS_POINTS - sum([portion_bp for _, _, portion_bp in portions])
    portions.append((Account.SELLER, seller_id, rest_bp))
    amounts = allot(total_fen, [portion_bp for _, _, portion_bp in portions])
    shares = zip(portions, amounts, strict=True)
    return [Share(account, party, name, fen) for (account, party, _), fen in shares if fen]


def give_back(shares: Sequence[Share], before_fen: int, after_fen: int) -> list[Share]:
    """What goes back of each share when what came back of a ticket moves from `before_fen` to `after_fen`.

    Both are allotted anew over the original shares, so that after the last fen came back every share is zero.
    """
    weights = [share.amount_fen for share in shares]
    if not any(weights):
        return []
    steps = zip(shares, allot(before_fen, weights), allot(after_fen, weights), strict=True)
    back = [replace(share, amount_fen=before - after) for share, before, after in steps]
    return [share for share in back if share.amount_fen]
