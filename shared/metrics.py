"""What Siyu counts about itself, for Prometheus; served on a port of its own, never on the public one."""

from prometheus_client import Counter, Gauge, Histogram

TAKEN = Counter("siyu_events_taken", "events taken in", ("service", "source"))
DEAD = Counter("siyu_dead_letters", "events put aside", ("service", "source"))
LAG = Gauge("siyu_reader_lag_seconds", "age of the newest event taken, 0 when caught up", ("service", "source"))
BATCH = Histogram(
    "siyu_batch_events",
    "events in a batch",
    ("service", "source"),
    buckets=(1, 10, 50, 100, 250, 500, 1000, 2500),
)
ANSWERS = Counter("siyu_answers", "answers by route and status", ("service", "route", "status"))
TOOK = Histogram(
    "siyu_answer_seconds",
    "time to answer",
    ("service", "route"),
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
QUEUED = Gauge("siyu_batcher_queued", "items waiting for their batch", ("batcher",))
LEASES_TAKEN = Counter("siyu_leases_taken", "partitions that a reader began to read", ("service", "source"))
STUMBLED = Counter("siyu_reader_stumbles", "turns of a reader that failed, but for a fence", ("service", "source"))
UNBALANCED = Counter("siyu_ledger_unbalanced", "days of shops found not to add up to zero", ("service",))
DISK_FREE = Gauge("siyu_disk_free_bytes", "room on the database's disk, where it is watched")
BUSY = Gauge("siyu_requests_in_flight", "requests that are being answered", ("service",))
