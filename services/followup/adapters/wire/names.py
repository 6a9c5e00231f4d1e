"""Words of the domain and the enums of protos/: what is newer than this code is unspecified, no error."""

from __future__ import annotations

from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as resolution

from services.followup.domain.words import (
    Channel,
    ReplyKind,
    Severity,
    Verdict,
)


def channel(value: int) -> Channel:
    """The channel of an enum value; UNSPECIFIED for one that is newer than this code."""
    try:
        name = common_pb2.Channel.Name(value)
    except ValueError:
        return Channel.UNSPECIFIED
    return Channel(name.removeprefix("CHANNEL_").lower())


def severity(value: int) -> Severity:
    """The severity of an enum value; NORMAL when unspecified or newer than this code."""
    names = {
        common_pb2.SEVERITY_LOW: Severity.LOW,
        common_pb2.SEVERITY_HIGH: Severity.HIGH,
        common_pb2.SEVERITY_CRITICAL: Severity.CRITICAL,
    }
    return names.get(value, Severity.NORMAL)  # type: ignore[call-overload,no-any-return]


def severity_name(word: str) -> str:
    """The enum name of a severity; of none UNSPECIFIED."""
    return f"SEVERITY_{(word or 'unspecified').upper()}"


def verdict(value: int) -> Verdict:
    """The verdict of an enum value; UNSPECIFIED for one that is newer than this code."""
    names = {
        resolution.VERDICT_BELOW: Verdict.BELOW,
        resolution.VERDICT_MEETS: Verdict.MEETS,
        resolution.VERDICT_EXCEEDS: Verdict.EXCEEDS,
    }
    return names.get(value, Verdict.UNSPECIFIED)  # type: ignore[call-overload,no-any-return]


def reply_kind(value: int) -> ReplyKind:
    """The kind of an enum value; UNSPECIFIED for one that is newer than this code."""
    try:
        name = resolution.ReplyKind.Name(value)
    except ValueError:
        return ReplyKind.UNSPECIFIED
    return ReplyKind(name.removeprefix("REPLY_KIND_").lower())


def channel_name(word: Channel) -> str:
    """The enum name of a channel, which protobuf takes in place of the number."""
    return f"CHANNEL_{word.upper()}"


def reply_kind_name(word: ReplyKind) -> str:
    """The enum name of a reply kind."""
    return f"REPLY_KIND_{word.upper()}"


def contact_kind_name(kind: str) -> str:
    """The enum name of a contact's kind (ACKNOWLEDGEMENT or REPLY)."""
    return f"CONTACT_KIND_{kind.upper()}"


def promise_kind_name(kind: str) -> str:
    """The enum name of a promise's kind."""
    return f"PROMISE_KIND_{kind.upper()}"
