"""Every sentence a person reads, in Chinese and in English, written side by side where it belongs."""

from functools import lru_cache
from typing import Literal, NamedTuple

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


class Words(NamedTuple):
    """One sentence in each language; `{name}` is filled in."""

    zh: str
    en: str

    def say(self, language: Language, **facts: object) -> str:
        """The sentence in one language."""
        return (self.zh if language == "zh-CN" else self.en).format(**facts)


@lru_cache(maxsize=256)
def preferred(accept_language: str | None) -> Language:
    """The language of an `Accept-Language` header (RFC 9110 §12.5.4): the best of ours, Chinese if none fits."""
    best: tuple[float, Language] = (0.0, "zh-CN")
    for item in (accept_language or "").split(",")[:20]:
        tag, _, weight = item.strip().partition(";q=")
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            continue
        language: Language | None = (
            "zh-CN" if tag.lower().startswith("zh") else "en" if tag.lower().startswith("en") else None
        )
        if language and rank > best[0]:
            best = (rank, language)
    return best[1]
