"""The caller of a route: who it is, for which brand, at which shops."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from shared.errors import Refusal
from shared.words import Words


class Kind(StrEnum):
    """What kind of program or person calls."""

    TILL = "till"  # 收银机: one device at one shop
    STAFF = "staff"  # 店员: roles and shops
    SHOPPER = "shopper"  # 顾客: logged in by mini-program
    PARTNER = "partner"  # 加盟商: its accounting
    SERVICE = "service"  # a sister service
    KEEPER = "keeper"  # who keeps the deployment running: of no brand, signed for by `siyu keeper-token`


class Role(StrEnum):
    """What a member of staff does."""

    HEAD_OFFICE = "head_office"  # 总部
    REGIONAL_MANAGER = "regional_manager"  # 区域经理
    STORE_MANAGER = "store_manager"  # 店长
    GUIDE = "guide"  # 导购
    OPERATOR = "operator"  # 运维: keeps Siyu itself running


class NotAllowed(Refusal):
    """The caller is known, and may not do this."""

    code = "not_allowed"
    status = 403
    words = Words("您没有权限执行此操作。", "You may not do this.")


class NotSignedIn(Refusal):
    """No token, or one that counts no more."""

    code = "not_signed_in"
    status = 401
    words = Words("凭证缺失、过期或已撤销，请重新获取令牌。", "No valid token: get a new one and ask again.")


@dataclass(frozen=True)
class Caller:
    """Who asks. `shop_ids` is None for those who serve every shop of the brand."""

    kind: Kind
    id: UUID
    brand_id: UUID
    name: str = ""  # a till's code, a service's name
    roles: frozenset[Role] = frozenset()
    shop_ids: frozenset[UUID] | None = field(default_factory=frozenset)
    credential_id: UUID | None = None

    @property
    def shop_id(self) -> UUID:
        """The one shop of a till."""
        assert self.kind is Kind.TILL
        assert self.shop_ids is not None
        return next(iter(self.shop_ids))

    def serves(self, shop_id: UUID) -> bool:
        """Whether this shop is the caller's."""
        return self.shop_ids is None or shop_id in self.shop_ids

    def must_serve(self, shop_id: UUID) -> None:
        """Raise `NotAllowed` where the shop is not the caller's."""
        if not self.serves(shop_id):
            raise NotAllowed


@dataclass(frozen=True)
class Allowed:
    """Which callers a route lets in; staff by role."""

    kinds: frozenset[Kind] = frozenset()
    roles: frozenset[Role] = frozenset()
    everyone: bool = False

    def __or__(self, other: "Allowed") -> "Allowed":
        return Allowed(self.kinds | other.kinds, self.roles | other.roles, self.everyone or other.everyone)

    def admits(self, caller: Caller) -> bool:
        """Whether the caller may come in."""
        if caller.kind is Kind.STAFF:
            return bool(self.roles & caller.roles)
        return caller.kind in self.kinds

    def named(self) -> list[str]:
        """The callers in words, for the OpenAPI document and the matrix of routes."""
        if self.everyone:
            return ["everyone"]
        return sorted([*self.kinds, *(f"staff:{role}" for role in self.roles)])


EVERYONE = Allowed(everyone=True)
TILL = Allowed(frozenset({Kind.TILL}))
SHOPPER = Allowed(frozenset({Kind.SHOPPER}))
PARTNER = Allowed(frozenset({Kind.PARTNER}))
SERVICE = Allowed(frozenset({Kind.SERVICE}))
KEEPER = Allowed(frozenset({Kind.KEEPER}))


def staff(*roles: Role) -> Allowed:
    """Staff who hold one of these roles."""
    return Allowed(roles=frozenset(roles))


HEAD_OFFICE = staff(Role.HEAD_OFFICE)
OPERATOR = staff(Role.OPERATOR, Role.HEAD_OFFICE)
MANAGERS = staff(Role.HEAD_OFFICE, Role.REGIONAL_MANAGER, Role.STORE_MANAGER)
ALL_STAFF = staff(Role.HEAD_OFFICE, Role.REGIONAL_MANAGER, Role.STORE_MANAGER, Role.GUIDE)
EVERY_CALLER = Allowed(frozenset(Kind), frozenset(Role))
