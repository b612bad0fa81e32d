"""The log of a service: what it said, in commit order, with dense offsets; Kafka, where it runs, mirrors it."""

from shared.log.append import append
from shared.log.partition import partition_of
from shared.log.segments import ensure_segments

__all__ = ["append", "ensure_segments", "partition_of"]
