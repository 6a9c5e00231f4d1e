"""What intake says as it says it, for operators: `amends intake tail`.

Each stream reads the journal on a connection of its own, in order of position with nothing skipped, woken by
the journal's NOTIFY: operators are few, and a reader of its own can neither slow another nor be slowed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import asyncpg
from amends.intake.v1 import events_pb2
from amends.intake.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.db import Database, retryable_losses
from services.chassis.envelope import EventRegistry
from services.chassis.errors import AmendsError, InvalidArgument, Retryable
from services.chassis.following import GAP_S, Follower
from services.chassis.journal import CHANNEL
from services.chassis.relay import sequence
from services.chassis.wakeup import Bell, bell, pause

_EPOCH = "select epoch from journal_epoch"
_NOW = "select coalesce(max(position), 0) from journal"
_IDLE_S = 5.0  # notifications are the rule; this is for those that got lost
_DIGITS = 16  # of epoch and position in a sequence
_REGISTRY = EventRegistry(events_pb2)


class TooManyTails(AmendsError):
    """Each stream holds a connection to the database, so there is a limit to them."""


class Tailing:
    """Component: ends the streams when the service stops."""

    name = "tailing"

    def __init__(self, database: Database, *, heartbeat_s: float = 15.0, streams: int = 8) -> None:
        self._database = database
        self._heartbeat_s = heartbeat_s
        self._streams = streams
        self._open = 0
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for `stop`, then end every stream."""
        await stop.wait()
        self._stop.set()

    async def follow(self, tenant_id: str, token: str) -> AsyncIterator[pb.TailIntakeResponse]:
        """Events of the tenant behind the token's, or from now on, and heartbeats.

        Raises InvalidArgument("bad_resume_token"), TooManyTails, and Retryable when the server stops or the
        database goes: the last token seen goes on.
        """
        if self._open >= self._streams:
            raise TooManyTails("too_many_tails", "all streams are taken", {"streams": str(self._streams)})
        self._open += 1
        try:
            async with bell(self._database, "intake/tail", self._stop) as ring:
                await ring.listen(CHANNEL)
                async for told in self._read_on(ring, tenant_id, token):
                    yield told
        finally:
            self._open -= 1
        raise Retryable("server_stopping", "this server stops; another one goes on from your resume_token")

    async def _read_on(self, ring: Bell, tenant_id: str, token: str) -> AsyncIterator[pb.TailIntakeResponse]:
        with retryable_losses():
            epoch = await ring.connection.fetchval(_EPOCH)
            start = _position(token, epoch) if token else await ring.connection.fetchval(_NOW)
        follower, quiet_since = Follower(start), time.monotonic()
        yield pb.TailIntakeResponse(resume_token=sequence(epoch, start))
        while not self._stop.is_set():
            with retryable_losses():
                rows = await follower.next_rows(ring.connection)
            for row in rows:
                if row["tenant_id"] == tenant_id and row["headers"] is None:
                    yield _told(row, epoch)
                    quiet_since = time.monotonic()
            if rows:
                follower.position = rows[-1]["position"]
            if time.monotonic() - quiet_since >= self._heartbeat_s:
                yield pb.TailIntakeResponse(resume_token=sequence(epoch, follower.position))
                quiet_since = time.monotonic()
            if follower.waits:
                await pause(self._stop, GAP_S)
            elif not rows:
                await ring.wait(min(_IDLE_S, self._heartbeat_s))


def _position(token: str, epoch: int) -> int:
    try:
        was, position = int(token[:_DIGITS], 16), int(token[_DIGITS:], 16)
    except ValueError:
        was, position = -1, 0
    if len(token) != 2 * _DIGITS or was != epoch or not 0 <= position < 2**63:
        raise InvalidArgument("bad_resume_token", "the token is not one of this database's")
    return position


def _told(row: asyncpg.Record, epoch: int) -> pb.TailIntakeResponse:
    """An event without anybody's words: what it was, where it came from, and where to look."""
    message: Any = _REGISTRY.message_class(row["type"]).FromString(row["payload"])
    # Messages carry what they were made from; a refusal and a receipt say it themselves.
    inner = message.message if "message" in message.DESCRIPTOR.fields_by_name else message
    occurred: datetime = row["occurred_at"]
    return pb.TailIntakeResponse(
        resume_token=sequence(epoch, row["position"]),
        event_id=str(row["event_id"]),
        type=row["type"].rpartition(".")[2],
        key=row["key"],
        received_at=to_proto(occurred),
        recorded_at=to_proto(row["recorded_at"]),
        input_id=_text(inner, "message_id") or _text(message, "reject_id"),
        channel=_channel(inner),
        provider=_text(inner, "provider"),
        account=_text(inner, "channel_account"),
        code=_text(message, "code") or _text(message, "classified_because"),
        detail=_text(message, "detail"),
    )


def _text(message: Any, name: str) -> str:
    found = message.DESCRIPTOR.fields_by_name.get(name)
    return str(getattr(message, name)) if found is not None and found.type == found.TYPE_STRING else ""


def _channel(message: Any) -> str:
    found = message.DESCRIPTOR.fields_by_name.get("channel")
    if found is None or found.enum_type is None:
        return ""
    name: str = found.enum_type.values_by_number[message.channel].name
    return name.removeprefix("CHANNEL_").lower()
