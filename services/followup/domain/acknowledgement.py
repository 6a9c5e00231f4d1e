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
    if complaint is None or not record.owners or complaint.live:
        return None
    return _letter(record.case_id, "acknowledgement", complaint, record.owners[0])


def introductions(record: FollowUp) -> tuple[Acknowledgement, ...]:
    """Whom to tell the customer of because nobody else has: owners in the place of one who left the company.
    Also after a live call: the new owner was not in it."""
    if record.complaint is None:
        return ()
    letters = (
        _letter(record.case_id, f"introduction:{owner.key}", record.complaint, owner)
        for owner in record.owners
        if owner.forced
    )
    return tuple(letter for letter in letters if letter is not None)


def _letter(case_id: str, what: str, complaint: Complaint, owner: Owner) -> Acknowledgement | None:
    via = route(complaint.channel, complaint.party_kind, complaint.account)
    if via is None or not complaint.party_value or complaint.suppressed:
        return None
    return Acknowledgement(derived_id(case_id, what), via, complaint, owner)
