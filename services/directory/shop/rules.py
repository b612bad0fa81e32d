"""What became of rows that were saved together."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.errors import Refusal


class Outcome(NamedTuple):
    """By code: which are new or changed, and which were refused; the rest stood so already."""

    changed: frozenset[str]
    refused: Mapping[str, Refusal]
