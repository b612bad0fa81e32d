"""The seeded simulator: the real batcher, readers, relays and leases on a drawn clock, database and broker.

Everything above the drivers is the product's own code, unmodified: it runs on `Loop`, which owns time and the order in
which processes move; asyncpg's pool is `postgres.Pool`, where each of the product's statements is acted out in Python
(`statements`); aiokafka's clients are those of `kafka`. What a statement means in real SQL is tests/contract's.
"""
