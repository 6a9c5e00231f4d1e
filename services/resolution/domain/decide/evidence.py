"""What a typed closing must show (domain.md, Life of a case). Each function raises a Refusal that says which
evidence is missing and how much there is; a customer's silence alone is never enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.resolution.domain import commands as c
from services.resolution.domain.decide.guard import demand_gates, demand_text
from services.resolution.domain.decide.replies import channels
from services.resolution.domain.errors import BadCommand, NotNow
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.words import Closing, Word

ATTEMPTS, CHANNELS, SPAN = 3, 2, timedelta(days=5)
"""A closing as unreachable: at least so many attempts, on so many channels, over so long."""


def demand_evidence(case: Case, command: c.CloseCase, now: datetime, playbook: Playbook) -> None:
    """Raises a Refusal unless this kind of closing is proven on this case."""
    match command.closing:
        case Closing.CONFIRMED:
            _confirmed(case, command, now, playbook)
        case Closing.WITHDRAWN:
            began = min(case.opened_at, case.complained_at)
            demand_word(command.message_id, command.evidence, began - timedelta.resolution)
        case Closing.UNREACHABLE:
            _unreachable(case)
        case Closing.NOT_A_COMPLAINT:
            demand_text("evidence", command.note)
        case Closing.FINAL_RESPONSE:
            _final_response(case)
        case Closing.MERGED:
            raise BadCommand(
                "merge_instead", "A case is merged into another by name.", {"instead": "merge_cases"}
            )


def _confirmed(case: Case, command: c.CloseCase, now: datetime, playbook: Playbook) -> None:
    demand_word(command.message_id, command.evidence, case.resolved_at or now)
    demand_not_held_back(case, command.message_id, command.evidence)
    demand_gates(case, playbook, "close")


def _unreachable(case: Case) -> None:
    """Raises NotNow("attempts_missing") with what there is and what is asked for. Attempts are messages of a
    person that arrived or could not, since the customer was last heard."""
    tried = {attempt.channel for attempt in case.attempts}
    asked = max(1, min(CHANNELS, len(channels(case))))
    first, last = (case.attempts[0].at, case.attempts[-1].at) if case.attempts else (None, None)
    span = last - first if first and last else timedelta()
    if len(case.attempts) >= ATTEMPTS and len(tried) >= asked and span >= SPAN:
        return
    raise NotNow(
        "attempts_missing",
        f"To call a customer unreachable takes {ATTEMPTS} attempts by a person on {asked} channels over "
        f"{SPAN.days} days, without a word of theirs.",
        {
            "attempts": f"{len(case.attempts)} of {ATTEMPTS}",
            "channels": f"{len(tried)} of {asked}",
            "days": f"{span / timedelta(days=1):.1f} of {SPAN.days}",
            "untried": ",".join(sorted(set(channels(case)) - tried)),
            "instead": "send_reply",
        },
    )


def _final_response(case: Case) -> None:
    """Raises NotNow("letter_missing" or "letter_not_delivered")."""
    letter = case.letter
    if letter is None:
        raise NotNow(
            "letter_missing",
            "A final response is a letter that names the ombudsman the customer can turn to.",
            {"instead": "send_reply with kind=final_response"},
        )
    if letter.delivered_at is None:
        raise NotNow(
            "letter_not_delivered",
            "The final response has not reached the customer.",
            {"reply_id": letter.reply_id, "sent_at": letter.sent_at.isoformat()},
        )


def demand_word(message_id: str, evidence: Word | None, after: datetime) -> None:
    """Raises NotNow("evidence_missing") unless this is a customer's word that reached us after `after`."""
    if not message_id:
        raise BadCommand("message_id_missing", "Name the customer's message that says so.")
    if evidence is None:
        raise NotNow("evidence_missing", f"Message {message_id} is not a word of this case's customer.")
    if evidence.received_at <= after:
        raise NotNow(
            "evidence_too_old",
            f"Message {message_id} came before what it is meant to judge.",
            {"after": after.isoformat(), "received_at": evidence.received_at.isoformat()},
        )


def demand_not_held_back(case: Case, message_id: str, evidence: Word | None) -> None:
    """Raises NotNow("confirmation_held_back"): a "yes" that contradicts itself proves nothing, and neither
    does anything said before it. Only a new word of the customer can settle it."""
    held, at = message_id in case.held_back, case.held_back_at
    if held or (at and evidence and evidence.received_at <= at):
        raise NotNow(
            "confirmation_held_back",
            "The customer has said yes and no at once; ask again, and let their next word decide.",
            {"instead": "send_reply", "after": at.isoformat() if at else ""},
        )
