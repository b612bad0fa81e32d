"""The kinds of division, and what is refused where a code leads nowhere."""

from enum import StrEnum

from shared.errors import Refusal
from shared.words import Words


class Kind(StrEnum):
    """What a division is for."""

    REGION = "region"
    BRANCH = "branch"
    AREA = "area"


class UnknownCode(Refusal):
    """What a row refers to is not there."""

    code = "directory.unknown_code"
    status = 422
    words = Words(
        "{what} 中的编码 {named} 不存在，请先建立或更正。",
        "{what} names {named}, which does not exist: save that first, or mend the code.",
    )
