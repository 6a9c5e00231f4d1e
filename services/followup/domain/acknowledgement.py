"""When the customer is told, automatically, who looks after the complaint (P1.6); such a message meets no
clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.followup.domain.ids import derived_id
from services.followup.domain.record import Complaint, FollowUp, Owner
from services.followup.domain.words import Via, route


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Tell the writer of `complaint` that `owner` has it. `contact_id` is the same however often it is
    derived.
    """

    contact_id: str
    via: Via
    complaint: Complaint
    owner: Owner


def acknowledgement(record: FollowUp) -> Acknowledgement | None:
    """The acknowledgement this case calls for, once complaint and first owner are known.

    None on a live call (the owner is there), in reply to automatic mail (RFC 3834: loops), and where the
    customer cannot be written to.
    """
    complaint = record.complaint
    if complaint is None or not record.owners or complaint.live or complaint.suppressed:
        return None
    via = route(complaint.channel, complaint.party_kind)
    if via is None or not complaint.party_value:
        return None
    return Acknowledgement(derived_id(record.case_id, "acknowledgement"), via, complaint, record.owners[0])
