"""What we are told of a Kafka cluster: how it wants to be spoken to, and how it is to keep our topics."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.settings import KafkaProtocol, Settings

REQUEST_LIMIT_S = 8.0  # below the limit of a call: what the client gave up is never written after we turned away


@dataclass(frozen=True)
class Cluster:
    """What the settings say of a cluster, its address aside; as it stands it fits a broker on this machine."""

    protocol: KafkaProtocol = KafkaProtocol.PLAINTEXT
    mechanism: str = "SCRAM-SHA-512"
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    replication: int = 1
    retention_days: int = 0


def cluster_of(settings: Settings) -> Cluster:
    """The cluster that a deployment is set to."""
    return Cluster(
        settings.kafka_protocol,
        settings.kafka_mechanism,
        settings.kafka_user,
        settings.kafka_password_file,
        settings.kafka_ca_file,
        settings.kafka_replication,
        settings.kafka_retention_days,
    )


def client_options(bootstrap: str, cluster: Cluster) -> dict[str, Any]:
    """What every client is made with. The password is read anew each time: it may be renewed under us."""
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap,
        "client_id": "siyu",
        "request_timeout_ms": int(REQUEST_LIMIT_S * 1000),
        "security_protocol": cluster.protocol.value,
    }
    if cluster.protocol.is_encrypted:
        options["ssl_context"] = ssl.create_default_context(cafile=cluster.ca_file)
    if cluster.protocol.asks_who:
        assert cluster.password_file is not None, "the settings refuse this"
        options |= {
            "sasl_mechanism": cluster.mechanism,
            "sasl_plain_username": cluster.user,
            "sasl_plain_password": cluster.password_file.read_text(encoding="utf-8").strip(),
        }
    return options
