"""The naive way, as tutorials write it: the line that users know. Committed once; not touched when figures are wanted.

`python -m tests.bench.naive api` takes a ticket a request: FastAPI, pydantic, SQLAlchemy ORM, an insert a request, an
event a transaction. `python -m tests.bench.naive consumers` runs six consumers, an event a transaction each.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import uvicorn
import uvloop
from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, BigInteger, ForeignKey, Text, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

DSN = os.environ.get("NAIVE_DSN", "")
SCHEMA = "naive"
CONSUMERS = ("points", "stock", "coupons", "rewards", "split", "board")
PAGE = 100


class Base(DeclarativeBase):
    """The naive tables."""


class TicketRow(Base):
    """A ticket."""

    __tablename__ = "ticket"
    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - as the tutorials write it

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    card: Mapped[str] = mapped_column(Text)
    total_fen: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list["LineRow"]] = relationship()


class LineRow(Base):
    """A line of it."""

    __tablename__ = "line"
    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - as the tutorials write it

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey(f"{SCHEMA}.ticket.id"))
    sku: Mapped[str] = mapped_column(Text)
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class EventRow(Base):
    """An event in the outbox."""

    __tablename__ = "event"
    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - as the tutorials write it

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)


class EffectRow(Base):
    """What a consumer keeps: a sum for each key."""

    __tablename__ = "effect"
    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - as the tutorials write it

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger, default=0)


class PlaceRow(Base):
    """How far a consumer is."""

    __tablename__ = "place"
    __table_args__ = {"schema": SCHEMA}  # noqa: RUF012 - as the tutorials write it

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, default=0)


class Member(BaseModel):
    """Who it was."""

    kind: str
    value: str


class Line(BaseModel):
    """A line as it is posted."""

    sku: str
    quantity_milli: int
    amount_fen: int


class Ticket(BaseModel):
    """A ticket as it is posted; the rest of it is not looked at."""

    number: str
    member: Member
    lines: list[Line]
    total_fen: int


engine = create_async_engine(DSN, pool_size=20) if DSN else None
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@app.get("/ready")
async def ready() -> dict[str, str]:
    """Up."""
    return {"status": "ready"}


@app.post("/tickets", status_code=201)
async def post_ticket(ticket: Ticket, session: Annotated[AsyncSession, Depends(_session)]) -> dict[str, int]:
    """Take a ticket once."""
    known = select(TicketRow.id).where(TicketRow.number == ticket.number)
    found = await session.scalar(known)
    if found is not None:
        return {"id": found}
    row = TicketRow(number=ticket.number, card=ticket.member.value, total_fen=ticket.total_fen)
    row.lines = [LineRow(**line.model_dump()) for line in ticket.lines]
    session.add_all([row, EventRow(body=ticket.model_dump())])
    try:
        await session.commit()
    except IntegrityError:  # the same ticket at the same time
        await session.rollback()
        return {"id": (await session.execute(known)).scalar_one()}
    return {"id": row.id}


def _keys(consumer: str, body: dict[str, Any]) -> dict[str, int]:
    """What one event adds to which keys."""
    match consumer:
        case "stock":
            return {line["sku"]: -line["quantity_milli"] for line in body["lines"]}
        case "split":
            return {"seller": body["total_fen"] * 9 // 10, "platform": body["total_fen"] // 10}
        case "board":
            return {"day": body["total_fen"]}
        case _:
            return {body["member"]["value"]: body["total_fen"] // 100}


async def consume(consumer: str) -> None:
    """An event a transaction, in order."""
    while True:
        async with sessions() as session:
            place = await session.get_one(PlaceRow, consumer)
            found = await session.scalars(select(EventRow).where(EventRow.id > place.event_id).limit(PAGE))
            events = sorted(found, key=lambda event: event.id)
        for event in events:
            async with sessions.begin() as session:
                await _take(session, consumer, event)
        if not events:
            await asyncio.sleep(0.02)


async def _take(session: AsyncSession, consumer: str, event: EventRow) -> None:
    place = await session.get_one(PlaceRow, consumer)
    for key, amount in sorted(_keys(consumer, event.body).items()):
        effect = await session.get(EffectRow, (consumer, key), with_for_update=True)
        if effect is None:
            effect = EffectRow(consumer=consumer, key=key, amount=0)
            session.add(effect)
        effect.amount += amount
    place.event_id = event.id


async def make_tables() -> None:
    """The schema, empty."""
    assert engine is not None, "NAIVE_DSN says where"
    async with engine.begin() as connection:
        await connection.execute(text(f"create schema if not exists {SCHEMA}"))
        await connection.run_sync(Base.metadata.create_all)
        for consumer in CONSUMERS:
            await connection.execute(
                text(f"insert into {SCHEMA}.place values (:name, 0) on conflict do nothing"), {"name": consumer}
            )


async def main() -> None:
    """Run a part."""
    await make_tables()
    if sys.argv[1] == "consumers":
        await asyncio.gather(*(consume(consumer) for consumer in CONSUMERS))
    config = uvicorn.Config(app, host="127.0.0.1", port=int(os.environ["SIYU_PORT"]), log_level="warning", loop="none")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(main())
