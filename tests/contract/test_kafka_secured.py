"""A cluster that asks who speaks, on an encrypted line: as managed ones do."""

import ipaddress
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from deploy.kafka.broker import Broker, Secured
from shared.bus.kafka import KafkaSource, Mirror
from shared.bus.kafka_client import Admin, BrokerFailed
from shared.bus.kafka_cluster import cluster_of
from shared.clock import system_now
from shared.settings import KafkaProtocol, Settings
from tests.contract.test_bus import PARTITIONS, Bus, relayed
from tests.world import World

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Fortress:
    """A broker behind TLS that knows one user, and where what opens it lies."""

    broker: Broker
    folder: Path

    def settings(self, **other: object) -> Settings:
        """What a deployment is told."""
        told: dict[str, object] = {
            "kafka_bootstrap": self.broker.address,
            "kafka_protocol": "SASL_SSL",
            "kafka_mechanism": "PLAIN",
            "kafka_user": "siyu",
            "kafka_password_file": self.folder / "password",
            "kafka_ca_file": self.folder / "certificate.pem",
        }
        return Settings.model_validate(told | other)


def certify(folder: Path) -> None:
    """A certificate of the loopback address, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Kafka of a test")])
    now = system_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(Encoding.PEM))


@pytest_asyncio.fixture(scope="session")
async def fortress() -> AsyncIterator[Fortress]:
    """One for all tests."""
    with tempfile.TemporaryDirectory(prefix="siyu-kafka-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        certify(folder)
        (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        (folder / "wrong").write_text("guessed", encoding="utf-8")
        broker = await Broker.start(folder / "kafka", secured=Secured("siyu", PASSWORD, folder / "both.pem"))
        try:
            yield Fortress(broker, folder)
        finally:
            await broker.stop()


@pytest.mark.kafka
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_events_travel_over_an_encrypted_line_that_asks_who_speaks(
    world: World, fortress: Fortress, mechanism: str
) -> None:
    cluster, address = cluster_of(fortress.settings(kafka_mechanism=mechanism)), fortress.broker.address
    source = KafkaSource("trade", address, PARTITIONS, reader="member", cluster=cluster)
    bus = Bus(world, source)
    await bus.begin()
    async with relayed(world, address, cluster):
        await bus.say("sealed")
        (record,) = await bus.read(1)
    assert "sealed" in record.body.decode()
    await source.close()


@pytest.mark.kafka
@pytest.mark.parametrize(
    "wrong",
    [
        {"kafka_password_file": "wrong"},
        {"kafka_ca_file": None},
        {"kafka_protocol": "SSL"},
        {"kafka_protocol": "PLAINTEXT"},
    ],
    ids=["another password", "a certificate nobody vouches for", "no name given", "in the open"],
)
async def test_whoever_is_not_known_or_does_not_know_the_broker_gets_no_further(
    fortress: Fortress, wrong: dict[str, object]
) -> None:
    wrong = {key: fortress.folder / value if value == "wrong" else value for key, value in wrong.items()}
    cluster = cluster_of(fortress.settings(**wrong))
    with pytest.raises(BrokerFailed):
        async with Admin(fortress.broker.address, cluster):
            pass
    mirror = Mirror("trade", fortress.broker.address, PARTITIONS, cluster)
    with pytest.raises(BrokerFailed):
        await mirror.open()
    await mirror.close()


def test_a_cluster_that_asks_who_we_are_is_refused_without_a_name_and_a_password_file() -> None:
    with pytest.raises(ValidationError, match="set SIYU_KAFKA_USER and SIYU_KAFKA_PASSWORD_FILE"):
        Settings(kafka_protocol=KafkaProtocol.SASL_SSL, kafka_user="siyu")
