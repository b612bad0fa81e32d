"""The bus: who hears what, in batches, each effect exactly once; from PostgreSQL directly or from Kafka."""

from shared.bus.listener import Listener, on

__all__ = ["Listener", "on"]
