"""What the journal shows of one call of a case: who of ours was in it with the customer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from amends.common.v1 import common_pb2 as common
from amends.intake.v1 import events_pb2 as pb

from services.chassis.journal import JournalEntry
from services.intake.app.ports import CallOnRecord
from services.intake.domain.records import Party

_EMPLOYEE = pb.TranscriptSegmentReceived.SPEAKER_EMPLOYEE
_TOLD: dict[str, Any] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        pb.ComplaintReceived,
        pb.CustomerMessageReceived,
        pb.InteractionJoined,
        pb.InteractionEnded,
        pb.TranscriptSegmentReceived,
    )
}


def call_on_record(entries: Iterable[JournalEntry], interaction_id: str) -> CallOnRecord | None:
    """The call with this id among what was said of a case; None when there is none."""
    found: CallOnRecord | None = None
    for entry in entries:
        kind = _TOLD.get(entry.type)
        message = kind.FromString(entry.payload) if kind else None
        if message is None or message.interaction_id != interaction_id:
            continue
        if isinstance(message, pb.ComplaintReceived | pb.CustomerMessageReceived):
            found = found or _begun(message)
        if found is None:
            continue
        if isinstance(message, pb.InteractionJoined) or (
            isinstance(message, pb.TranscriptSegmentReceived) and message.speaker == _EMPLOYEE
        ):
            found.employees.add(message.employee_id)
        found.last_at = _later(found.last_at, message)
    return found


def _begun(message: pb.ComplaintReceived | pb.CustomerMessageReceived) -> CallOnRecord | None:
    said = message.message
    if said.channel != common.CHANNEL_PHONE or said.HasField("answer"):
        return None
    call = CallOnRecord(Party(said.party.kind, said.party.value, said.party.display_name), said.thread_key)
    if isinstance(message, pb.ComplaintReceived) and message.point_of_contact_id:
        call.employees.add(message.point_of_contact_id)
    return call


def _later(known: datetime | None, message: Any) -> datetime | None:
    """The later one of what is known and when this happened, where the provider says when."""
    told = message.message if hasattr(message, "message") else message
    if not told.HasField("occurred_at"):
        return known
    at: datetime = told.occurred_at.ToDatetime(UTC)
    return at if known is None else max(known, at)
