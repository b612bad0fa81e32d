"""A real single-node Apache Kafka on the loopback address, for development and tests."""
