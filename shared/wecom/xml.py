"""XML as WeCom speaks it: flat, small, and from outside, so nothing in it may make us fetch or grow.

Python's own expat is enough once a DOCTYPE is refused: without one there are no entities to declare, and with
them go both attacks (fetching external ones, growing nested ones). Size, depth and number of elements have limits.
"""

from collections.abc import Mapping, Sequence
from typing import NoReturn
from xml.parsers import expat

MOST_BYTES = 256 * 1024
MOST_ELEMENTS = 5000
DEEPEST = 6
ROOT = "xml"

# The texts of a document by the path below its root: {"ChatId": ["wr…"], "MemChangeList/Item": ["wm…", "wm…"]}.
Fields = Mapping[str, Sequence[str]]


class BadXml(Exception):
    """What came is no document of WeCom's."""


def read(document: bytes) -> Fields:
    """Read a document; raises `BadXml`."""
    if len(document) > MOST_BYTES:
        raise BadXml(f"over {MOST_BYTES} bytes")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document, True)
    # LookupError and ValueError: an encoding that Python does not know or cannot hand to expat.
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BadXml(str(error)) from error
    return reader.fields


def one(fields: Fields, path: str) -> str | None:
    """The one text at a path, None where there is none; two would leave open which is meant."""
    texts = fields.get(path, ())
    if len(texts) > 1:
        raise BadXml(f"{path} comes {len(texts)} times")
    return texts[0] if texts else None


def write(fields: Mapping[str, str | int | Sequence[str] | None]) -> bytes:
    """A document: texts as CDATA and numbers plain, as WeCom writes them; a sequence as `Item`s; None not at all."""
    inside = "".join(f"<{name}>{_inside(value)}</{name}>" for name, value in fields.items() if value is not None)
    return f"<{ROOT}>{inside}</{ROOT}>".encode()


def _inside(value: str | int | Sequence[str]) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
    return "".join(f"<Item>{_inside(item)}</Item>" for item in value)


def _refuse(*_: object) -> NoReturn:
    raise BadXml("a DOCTYPE or an entity")


class _Reader:
    """Collects the texts of elements that hold no others."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._texts: list[str] = []
        self._is_leaf = False
        self._elements = 0

    def begin(self, name: str, attributes: object) -> None:
        self._elements += 1
        if not self._path and name != ROOT:
            raise BadXml(f"begins with {name[:40]}")
        if self._elements > MOST_ELEMENTS or len(self._path) >= DEEPEST:
            raise BadXml("too many elements, or too deep")
        self._path.append(name)
        self._texts = []
        self._is_leaf = True

    def end(self, name: str) -> None:
        path = "/".join(self._path[1:])
        self._path.pop()
        if self._is_leaf and path:
            self.fields.setdefault(path, []).append("".join(self._texts))
        self._is_leaf = False

    def text(self, text: str) -> None:
        self._texts.append(text)
