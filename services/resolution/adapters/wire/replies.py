"""As messages of the contract: words to the customer and what the reply check found in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.resolution.adapters.enums import CHANNEL, OUTCOME, REPLY_KIND
from services.resolution.adapters.wire.values import person, stamp
from services.resolution.domain import events as e


def finding(of: e.Finding) -> pb.ReplyFinding:
    """One finding of the reply check."""
    return pb.ReplyFinding(
        category=of.category,
        severity=of.severity,
        start=of.start,
        end=of.end,
        why=of.why,
        suggestion=of.suggestion,
    )


def _checked(case_id: str, event: e.ReplyChecked) -> Message:
    return pb.ReplyChecked(
        case_id=case_id,
        reply_id=event.reply_id,
        employee_id=event.employee_id,
        outcome=OUTCOME[event.outcome],
        findings=[finding(each) for each in event.findings],
        override_reason=event.override_reason,
        pack_version=event.pack_version,
    )


def _sent(case_id: str, event: e.ReplySent) -> Message:
    to = event.to
    return pb.ReplySent(
        case_id=case_id,
        reply_id=event.reply_id,
        kind=REPLY_KIND[event.kind],
        author=person(event.author),
        channel=CHANNEL.get(to.channel, 0),
        to=common_pb2.Party(kind=to.party_kind, value=to.party_value, display_name=to.party_name),
        channel_account=to.account,
        subject=event.subject,
        text=event.text,
        in_reply_to=event.in_reply_to,
        promise_id=event.promise_id,
        hand_off_id=event.hand_off_id,
        released_at=stamp(event.released_at),
        thread_key=to.thread_key,
        ombudsman=event.ombudsman,
    )


MAKE: Mapping[type, Callable[[str, Any], Message]] = {
    e.ReplyChecked: _checked,
    e.ReplySent: _sent,
}
