"""Every setting, in one typed object a process, read from the environment at the edge and passed down."""

from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Bus(StrEnum):
    """What carries events from service to service."""

    LOG = "log"
    KAFKA = "kafka"


class KafkaProtocol(StrEnum):
    """How a Kafka cluster is spoken to: in the open or encrypted, and whether it asks who speaks."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def is_encrypted(self) -> bool:
        """Whether the line is encrypted."""
        return self in (KafkaProtocol.SSL, KafkaProtocol.SASL_SSL)

    @property
    def asks_who(self) -> bool:
        """Whether a user and a password are needed."""
        return self in (KafkaProtocol.SASL_PLAINTEXT, KafkaProtocol.SASL_SSL)


class Settings(BaseSettings):
    """Read from `SIYU_…`; `siyu settings` prints this table with the values in force."""

    model_config = SettingsConfigDict(env_prefix="SIYU_", frozen=True, extra="ignore")

    home: Path = Field(Path(".siyu"), description="folder of the embedded database, the secret and run files")
    database_url: str = Field("", description="PostgreSQL to use, with `{role}` and `{password}` to be filled in")
    secret: SecretStr | None = Field(None, description="the deployment's secret, 64 hex digits; else made in `home`")
    host: str = Field("127.0.0.1", description="address that the public port listens on")
    port: int = Field(8080, description="public port; 0 takes a free one")
    metrics_host: str = Field("127.0.0.1", description="address that metrics are told on; never a public one")
    metrics_port: int = Field(9464, description="port of metrics; 0 takes a free one")
    gateway_url: str = Field("", description="where sister services answer, if not in this process")
    bus: Bus = Field(Bus.LOG, description="`log` (PostgreSQL read directly) or `kafka`")
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka's address, where the bus is Kafka")
    kafka_protocol: KafkaProtocol = Field(
        KafkaProtocol.PLAINTEXT, description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how Kafka is told who we are: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_user: str = Field("", description="our name at Kafka, where it asks for one")
    kafka_password_file: Path | None = Field(None, description="file that holds our password at Kafka")
    kafka_ca_file: Path | None = Field(None, description="certificates that Kafka's is checked by; else the system's")
    kafka_replication: int = Field(1, ge=1, le=9, description="on how many brokers a topic is kept; 3 in production")
    kafka_retention_days: int = Field(0, ge=0, description="how long topics keep events; 0 is for ever")
    partitions: int = Field(8, ge=1, le=256, description="partitions of each log; `siyu partitions` changes them")
    log_keep_days: int = Field(0, ge=0, description="drop what a log said so long ago; 0 keeps it for ever")
    most_connections: int = Field(10, ge=2, le=100, description="database connections of each service")
    most_in_flight: int = Field(2000, ge=1, description="requests that each service answers at once; more get 503")
    disk_folder: Path | None = Field(None, description="a folder on the database's disk, whose room is watched")
    disk_reserve_mb: int = Field(1024, ge=0, description="with less room on that disk nothing is changed (507)")
    processes: int = Field(2, ge=1, le=64, description="processes that `siyu run` starts: half answer, half read")
    share_port: bool = Field(False, description="let several processes answer on the public port")
    writer_pause_ms: int = Field(10, ge=0, le=1000, description="how soon one batch of writes may follow another")
    reader_pause_ms: int = Field(80, ge=0, le=1000, description="pause of a reader after a small batch")
    lease_s: int = Field(
        10, ge=1, le=600, description="after so many silent seconds a reader's partitions go to others"
    )
    demo: bool = Field(False, description="lets a replay move the clock and an emulator stand for the outside world")
    clock_file: Path | None = Field(None, description="the replay's clock; demo only")
    wecom_url: str = Field("https://qyapi.weixin.qq.com", description="WeCom's API")
    weixin_url: str = Field("https://api.weixin.qq.com", description="the mini-program's API")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    @model_validator(mode="after")
    def _demo_only(self) -> "Settings":
        """An emulator or a moved clock is refused unless this is a demo: it would pass for the real world."""
        if self.demo:
            return self
        if self.clock_file is not None:
            raise ValueError("SIYU_CLOCK_FILE moves business time: set SIYU_DEMO=1 if this is a demo, else unset it")
        for name, url in (("SIYU_WECOM_URL", self.wecom_url), ("SIYU_WEIXIN_URL", self.weixin_url)):
            if not (urlsplit(url).hostname or "").endswith(".weixin.qq.com"):
                raise ValueError(f"{name}={url} is not WeChat: set SIYU_DEMO=1 if this is an emulator")
        return self

    @model_validator(mode="after")
    def _known_to_kafka(self) -> "Settings":
        """A cluster that asks who we are is told, and by a file: variables are seen by too many."""
        if self.kafka_protocol.asks_who and not (self.kafka_user and self.kafka_password_file):
            wanted = "SIYU_KAFKA_USER and SIYU_KAFKA_PASSWORD_FILE"
            raise ValueError(f"SIYU_KAFKA_PROTOCOL={self.kafka_protocol} asks who we are: set {wanted}")
        return self

    def dsn(self, role: str, password: str) -> str:
        """The database address for one role."""
        return self.database_url.format(role=role, password=password)
