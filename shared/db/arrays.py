"""Arrays on their way to the database.

asyncpg asks of every element of an array whether it is an array itself, by abstract base classes; that takes half of
the time that an array of ids or numbers takes, and every hot statement sends arrays. Ours are Python's own
containers, which are told by their type at a tenth of the cost.
"""

from asyncpg.protocol import protocol

_CONTAINERS: tuple[type, ...] = (list, tuple, set, frozenset, type({}.keys()), type({}.values()))
_ASKED = {"IterableABC": _CONTAINERS, "SizedABC": _CONTAINERS, "MappingABC": dict}


def know_arrays_by_type() -> None:
    """Have asyncpg take Python's own containers for arrays, and nothing else; fails where asyncpg asks otherwise."""
    for name, kinds in _ASKED.items():
        assert hasattr(protocol, name), f"asyncpg asks no more by {name}: see whether this is still of use"
        setattr(protocol, name, kinds)
