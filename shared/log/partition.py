"""Which partition a key belongs to: as Kafka's default partitioner decides it, so that the mirror needs no second rule.

murmur2 with Kafka's seed, `(hash & 0x7fffffff) mod partitions`
(Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2`).
"""

import struct
from functools import lru_cache

_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, unsigned."""
    words, rest = len(data) >> 2, data[len(data) & ~3 :]
    mixed = (_SEED ^ len(data)) & _MASK
    for word in struct.unpack_from(f"<{words}I", data):
        scrambled = word * _MULTIPLIER & _MASK
        mixed = (mixed * _MULTIPLIER & _MASK) ^ ((scrambled ^ scrambled >> 24) * _MULTIPLIER & _MASK)
    if rest:
        mixed = (mixed ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _MASK
    mixed = (mixed ^ mixed >> 13) * _MULTIPLIER & _MASK
    return mixed ^ mixed >> 15


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """The partition of a key."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
