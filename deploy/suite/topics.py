"""The topics of the suite: the declared table against what the cluster has, and another number of partitions.

How many partitions a log has decides in which of them a key lies. So the number changes only while nobody writes and
after everybody has read everything: no key then has anything unread in the partition that it leaves.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
import uvloop

from deploy.suite.run import site
from deploy.suite.services import all_services
from shared.bus.kafka_client import Admin, BrokerFailed
from shared.bus.kafka_cluster import cluster_of
from shared.bus.kafka_topics import Topic, differences, inbox_topic, service_topic
from shared.db.pool import plain_connection
from shared.log.segments import ensure_segments
from shared.settings import Bus, Settings

INBOX_OF = ("trade", "inventory_sharing")  # who takes facts from outside: tickets and stock

_LOOKS = 20
_LOOK_EVERY_S = 0.1

_HEADS = "select part, next from {service}.log_head order by part"
_AT_WORK = """
select distinct usename from pg_stat_activity
 where datname = current_database() and usename = any($1::text[]) order by usename
"""
_UNREAD = """
select coalesce(sum(head.next - coalesce(cursor.off, 0)), 0) from {source}.log_head head
  left join {service}.cursor cursor on cursor.source = '{source}' and cursor.part = head.part
"""
_DEAD = "select count(*) from {service}.dead_letter"
_LOCK_HEADS = "lock table {service}.log_head in access exclusive mode"


class NotNow(Exception):
    """The number of partitions can't be changed as things stand; the message says what to do first."""


def declared(services: Sequence[str], settings: Settings, brand_ids: Sequence[UUID] = ()) -> list[Topic]:
    """The table: a topic for each service's log, and the inboxes of these brands."""
    cluster = cluster_of(settings)
    logs = [service_topic(service, settings.partitions, cluster) for service in services]
    return logs + [inbox_topic(service, brand_id, cluster) for brand_id in brand_ids for service in INBOX_OF]


def topics(
    brand: Annotated[
        list[UUID] | None, typer.Option(help="a brand whose producers write to inboxes of its own")
    ] = None,
) -> None:
    """Create the topics that are missing in Kafka and say which differ from what is declared."""
    now = Settings()
    try:
        created, differ = uvloop.run(bring_about(declared(list(all_services()), now, brand or ()), now))
    except BrokerFailed as error:
        raise typer.BadParameter(f"Kafka at {now.kafka_bootstrap} does not answer: {error}") from error
    for name in created:
        typer.echo(f"created {name}")
    for sentence in differ:
        typer.echo(sentence, err=True)
    raise typer.Exit(1 if differ else 0)


def partitions(to: Annotated[int, typer.Argument(help="how many each log is to have: a multiple of now")]) -> None:
    """Change the number of partitions of every log and topic. Everything must be stopped, read and alive."""
    try:
        has = uvloop.run(_change_on_site(Settings(), to))
    except (NotNow, BrokerFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{has} partitions are {to} now: set SIYU_PARTITIONS={to} for every process, then start them")


async def _change_on_site(settings: Settings, to: int) -> int:
    hears = {name: [_plain(source) for source in service.sources] for name, service in all_services().items()}
    async with site(settings) as on:
        return await change_partitions(on.admin_dsn, hears, settings, to)


def _plain(service: str) -> str:
    return service.replace("-", "_")


async def bring_about(topics: Sequence[Topic], settings: Settings) -> tuple[list[str], list[str]]:
    """Create what is missing; answers what was created, and what is not as declared."""
    created, differ = [], []
    async with Admin(settings.kafka_bootstrap, cluster_of(settings)) as admin:
        for topic in topics:
            found = await admin.found(topic.name)
            if found is None:
                await admin.create(topic)
                created.append(topic.name)
            else:
                differ += differences(topic, found)
    return created, differ


async def change_partitions(admin_dsn: str, sources: Mapping[str, Sequence[str]], settings: Settings, to: int) -> int:
    """Give every log, and its topic where Kafka is the bus, so many partitions; answers how many it had.

    `sources` says of each service whose logs it hears. The topics come first: a topic that is ahead of its log does
    no harm, and the command may be given again.
    """
    async with plain_connection(admin_dsn) as connection, connection.transaction():
        has = await _must_be_possible(connection, sources, to)
        if settings.bus is Bus.KAFKA:
            await _grow_topics(list(sources), settings, to)
        for service in sources:
            await _grow_log(connection, service, to)
    return has


async def _must_be_possible(connection: Any, sources: Mapping[str, Sequence[str]], to: int) -> int:
    """Nobody is at work, everything is read and alive, and no key moves but into a new partition."""
    await _must_be_stopped(connection, list(sources))
    for service in sources:
        await connection.execute(_LOCK_HEADS.format(service=service))
    numbers = {len(await connection.fetch(_HEADS.format(service=service))) for service in sources}
    if len(numbers) != 1:
        raise NotNow(f"The logs differ in their number of partitions: {sorted(numbers)}. Restore them to one number.")
    has = numbers.pop()
    if to <= has or to % has:
        raise NotNow(f"The logs have {has} partitions: only a multiple of that keeps each key in order, {2 * has} say.")
    for service, heard in sources.items():
        await _must_be_settled(connection, service, heard)
    return has


async def _must_be_stopped(connection: Any, services: Sequence[str]) -> None:
    """Every process at work has a session with each of its databases; one just closed is waited for."""
    roles = [role for service in services for role in (f"siyu_{service}", f"siyu_{service}_reader")]
    for _ in range(_LOOKS):
        at_work = await connection.fetch(_AT_WORK, roles)
        if not at_work:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    names = ", ".join(row["usename"].removeprefix("siyu_") for row in at_work)
    raise NotNow(f"Still at work: {names}. Stop every process of every service, then ask again.")


async def _must_be_settled(connection: Any, service: str, heard: Sequence[str]) -> None:
    for source in heard:
        unread = await connection.fetchval(_UNREAD.format(service=service, source=source))
        if unread:
            raise NotNow(
                f"{service} has {unread} events of {source} to read. Run `siyu serve --roles readers,relay` "
                "until nothing is left, stop it, then ask again."
            )
    dead = await connection.fetchval(_DEAD.format(service=service))
    if dead:
        raise NotNow(
            f"{service} has {dead} dead letters. Retry or drop them: what waits behind them lies by its old key."
        )


async def _grow_topics(services: Sequence[str], settings: Settings, to: int) -> None:
    async with Admin(settings.kafka_bootstrap, cluster_of(settings)) as admin:
        for service in services:
            topic = service_topic(service, to, cluster_of(settings))
            partitions = await admin.partitions(topic.name)
            if partitions is None:
                await admin.create(topic)
            elif partitions < to:
                await admin.grow(topic.name, to)


async def _grow_log(connection: Any, service: str, to: int) -> None:
    """As the schema's owner: new heads, each a life of its own, and the tables that they write to."""
    await connection.execute(f"set local role siyu_{service}")
    await connection.execute(f"set local search_path = {service}")
    has = await connection.fetchval("select count(*) from log_head")
    await connection.execute(
        "insert into log_head (part, incarnation)"
        " select part, gen_random_uuid() from generate_series($1::int, $2::int) part",
        has,
        to - 1,
    )
    for part in range(has, to):
        await connection.execute(
            f"create table log_p{part} partition of log for values in ({part}) partition by range (off)"
        )
    await ensure_segments(connection)
    await connection.execute("reset role")
