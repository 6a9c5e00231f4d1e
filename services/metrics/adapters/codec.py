"""How case facts lie in the tables' changelogs and on the facts topic: msgpack, compact and typed.

Only this service reads them. A layout that changes means a new application id (and so new changelogs),
because an older process must never read what a newer one wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from amends.metrics.v1 import events_pb2 as metrics

from services.chassis.errors import Rejected
from services.metrics.adapters.wire import channel_value
from services.metrics.app.cases import CaseFact, TrackedCase
from services.metrics.domain.window import Contribution, WindowKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.msgpack.Encoder().encode
_tracked = msgspec.msgpack.Decoder(TrackedCase)
_contribution = msgspec.msgpack.Decoder(Contribution)
_kept = msgspec.msgpack.Decoder(tuple[int, Contribution | None])


def tracked_key(tenant_id: str, case_id: str) -> bytes:
    """The key of a case in its table; two tenants can never share one."""
    return f"{tenant_id}|{case_id}".encode()


def encode_tracked(tracked: TrackedCase) -> bytes:
    """A case with its positions."""
    return _encode(tracked)


def decode_tracked(value: bytes) -> TrackedCase:
    """The reverse of encode_tracked."""
    return _tracked.decode(value)


def window_text(key: WindowKey) -> str:
    """The key of the facts topic: tenant | channel | start in seconds since 1970."""
    return f"{key.tenant_id}|{key.channel}|{(key.start - _EPOCH) // timedelta(seconds=1)}"


def window_key(text: str) -> WindowKey:
    """The reverse of window_text. Raises Rejected("malformed_event")."""
    try:
        tenant_id, channel, start = text.rsplit("|", 2)
        return WindowKey(tenant_id, channel, _EPOCH + timedelta(seconds=int(start)))
    except (ValueError, OverflowError) as error:
        raise Rejected("malformed_event", f"no window: {text!r}") from error


def fact_to_proto(fact: CaseFact) -> metrics.CaseFact:
    """A fact as it travels; its window is the record's key."""
    return metrics.CaseFact(
        case_id=fact.case_id,
        tenant_id=fact.key.tenant_id,
        channel=channel_value(fact.key.channel),
        version=fact.version,
        state=_encode(fact.contribution),
    )


def fact_from_proto(key: str, message: metrics.CaseFact) -> CaseFact:
    """The reverse of fact_to_proto. Raises Rejected("malformed_event")."""
    return CaseFact(window_key(key), message.case_id, message.version, _decode(_contribution, message.state))


class Kept(NamedTuple):
    """One entry of the windows' table: what a case gives, or (no case, no contribution) a closing."""

    key: WindowKey
    case_id: str
    version: int
    contribution: Contribution | None


def kept_key(key: WindowKey, case_id: str) -> bytes:
    """The key of one case's contribution in the windows' table; without a case, of the window's closing."""
    return f"{window_text(key)}|{case_id}".encode()


def encode_kept(version: int, contribution: Contribution | None) -> bytes:
    """What the windows' table keeps under such a key."""
    return _encode((version, contribution))


def decode_kept(key: bytes, value: bytes) -> Kept:
    """The reverse of kept_key and encode_kept."""
    text, _, case_id = key.decode().rpartition("|")
    return Kept(window_key(text), case_id, *_kept.decode(value))


def _decode(decoder: Any, value: bytes) -> Any:
    try:
        return decoder.decode(value)
    except msgspec.MsgspecError as error:
        raise Rejected("malformed_event", f"no contribution: {error}") from error
