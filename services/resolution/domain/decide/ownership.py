"""The warm hand-off: offer, the customer with both, accept. Nothing goes up, nothing is taken, and until the
receiver has accepted the first owner owns (domain.md, Ownership; P1.1, P2.3). Attempts to get round it are
kept on record."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.decide.replies import address
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.state import Case, HandOff
from services.resolution.domain.table import Act
from services.resolution.domain.words import Because, Person

RECEIVER_ABSENT, CUSTOMER_LEFT, OWNER_LEFT = "receiver_absent", "customer_left", "owner_left"
"""Why an offer ends that nobody answered."""


def offer(case: Case, command: c.OfferHandOff, now: datetime) -> list[e.Event]:
    """Offered, and introduced at once when the receiver is already in the customer's call."""
    demand_act(case, Act.HAND_OFF)
    _demand_offerable(case, command)
    reason, summary = demand_text("reason", command.reason), demand_text("summary", command.summary)
    offered = e.HandOffOffered(
        command.hand_off_id,
        case.owner,
        command.receiver,
        reason,
        summary,
        command.live,
        command.expires_at,
        now,
    )
    call = case.call
    if command.live and call and command.receiver.employee_id in call.employee_ids:
        evidence = call.session_id or call.interaction_id
        return [offered, e.HandOffIntroduced(command.hand_off_id, evidence, now)]
    return [offered]


def _demand_offerable(case: Case, command: c.OfferHandOff) -> None:
    try:
        demand_owner(case, command.actor)
    except NotYours as refusal:
        raise _on_record(refusal, command.actor, command.receiver.employee_id) from None
    _demand_rank(case, command.actor, command.receiver)
    if command.receiver.employee_id == case.owner.employee_id:
        raise BadCommand("receiver_is_owner", "The case is yours already.")
    if case.hand_off:
        raise NotNow(
            "hand_off_pending",
            f"{case.hand_off.receiver.display_name} has been asked already.",
            {
                "hand_off_id": case.hand_off.hand_off_id,
                "expires_at": case.hand_off.expires_at.isoformat(),
                "instead": "withdraw_hand_off",
            },
        )
    if not command.receiver_present:
        absent = NotNow("receiver_absent", f"{command.receiver.display_name} is not present.")
        raise _on_record(absent, command.actor, command.receiver.employee_id)
    if command.live and case.call is None:
        raise NotNow(
            "no_live_session", "The customer is in no live session now.", {"instead": "offer with live=false"}
        )


def _demand_rank(case: Case, actor: Person, receiver: Person) -> None:
    """The owner's rank never rises during a case's life."""
    if receiver.rank > case.owner.rank:
        up = NotNow(
            "rank_would_rise",
            f"A case is never passed up: {receiver.display_name} has rank {receiver.rank}, "
            f"the owner {case.owner.rank}. "
            "They can join as a helper; the case stays with you.",
            {"max_rank": str(case.owner.rank), "instead": "join_as_helper"},
        )
        raise _on_record(up, actor, receiver.employee_id)


def _on_record(refusal: Refusal, actor: Person, to_employee_id: str) -> Refusal:
    refusal.events = (e.HandOffRefused(actor.employee_id, to_employee_id, refusal.rule),)
    return refusal


def accept(case: Case, command: c.AcceptHandOff, now: datetime) -> list[e.Event]:
    """Only by the receiver, with the summary read and the customer present, before it expires. Atomically the
    new owner; the first contact stays who it was."""
    demand_act(case, Act.HAND_OFF)
    pending = _pending(case, command.hand_off_id, command.actor)
    _demand_rank(case, command.actor, command.actor)
    if not command.summary_read:
        raise NotNow("summary_not_read", "Read the summary first.", {"summary": pending.summary})
    if now >= pending.expires_at:
        raise NotNow("hand_off_expired", "The offer has run out; the owner can offer again.")
    if not pending.introduced:
        alone = NotNow(
            "customer_not_present",
            "The customer is not with both of you yet.",
            {"instead": "join the call" if pending.live else "the owner sends the introduction"},
        )
        raise _on_record(alone, command.actor, command.actor.employee_id)
    return [
        e.HandOffAccepted(pending.hand_off_id, pending.giver, command.actor, now),
        e.OwnerAssigned(command.actor, pending.offered_at, now, Because.HAND_OFF),
    ]


def decline(case: Case, command: c.DeclineHandOff) -> list[e.Event]:
    """Only by the receiver; the owner stays."""
    pending = _pending(case, command.hand_off_id, command.actor)
    return [e.HandOffDeclined(pending.hand_off_id, command.actor.employee_id, command.reason.strip())]


def withdraw(case: Case, command: c.WithdrawHandOff) -> list[e.Event]:
    """Only by the owner, at any time before it is answered; then somebody else can be asked."""
    demand_owner(case, command.actor)
    pending = _on_offer(case, command.hand_off_id)
    return [e.HandOffWithdrawn(pending.hand_off_id, command.actor.employee_id, command.reason.strip())]


def hear_absent(case: Case, receiver_id: str) -> list[e.Event]:
    """Somebody who was asked is not here any more: the offer ends, and the owner can ask another."""
    pending = case.hand_off
    if pending is None or pending.receiver.employee_id != receiver_id:
        return []
    return [e.HandOffDeclined(pending.hand_off_id, receiver_id, RECEIVER_ABSENT)]


def hear_ended(case: Case, ended: e.CallEnded, now: datetime, limit: timedelta) -> list[e.Event]:
    """The call is over. A live offer that nobody has accepted yet goes on in writing for `limit`; for a
    customer who cannot be written to it ends, for they will never be with both."""
    pending, call = case.hand_off, case.call
    if pending is None or not pending.live or call is None or call.interaction_id != ended.interaction_id:
        return [ended]
    try:
        address(case)
    except NotNow:
        return [ended, e.HandOffDeclined(pending.hand_off_id, "", CUSTOMER_LEFT)]
    return [ended, e.HandOffContinuedInWriting(pending.hand_off_id, now + limit)]


def _on_offer(case: Case, hand_off_id: str) -> HandOff:
    pending = case.hand_off
    if pending is None or pending.hand_off_id != hand_off_id:
        raise NotNow("no_such_hand_off", "This hand-off is not on offer (any more).")
    return pending


def _pending(case: Case, hand_off_id: str, actor: Person) -> HandOff:
    pending = _on_offer(case, hand_off_id)
    if actor.employee_id != pending.receiver.employee_id:
        taken = NotYours(
            "not_the_receiver",
            f"{pending.receiver.display_name} was asked.",
            {"receiver_id": pending.receiver.employee_id},
        )
        raise _on_record(taken, actor, actor.employee_id)
    return pending


def time_out(case: Case, hand_off_id: str, now: datetime) -> list[e.Event]:
    """Nobody answered in time; nothing when it was answered, or is a later offer's turn."""
    pending = case.hand_off
    if pending is None or pending.hand_off_id != hand_off_id or now < pending.expires_at:
        return []
    return [e.HandOffTimedOut(hand_off_id)]


def hear_joined(case: Case, joined: e.CallJoined) -> list[e.Event]:
    """An employee came into the call: when it is the receiver of a live offer, the customer is now with
    both. Who comes in after its end, as a provider without an order may tell it, meets nobody: nothing."""
    if case.call is None or case.call.interaction_id != joined.interaction_id:
        return []
    pending = case.hand_off
    if (
        pending
        and pending.live
        and not pending.introduced
        and pending.receiver.employee_id == joined.employee_id
    ):
        evidence = joined.session_id or joined.interaction_id
        return [joined, e.HandOffIntroduced(pending.hand_off_id, evidence, joined.joined_at)]
    return [joined]


def hear_introduced(case: Case, hand_off_id: str, contact_id: str, delivered_at: datetime) -> list[e.Event]:
    """The introduction that names the receiver was delivered to the customer."""
    pending = case.hand_off
    if pending is None or pending.live or pending.introduced or pending.hand_off_id != hand_off_id:
        return []
    return [e.HandOffIntroduced(hand_off_id, contact_id, delivered_at)]


def help_out(case: Case, actor: Person) -> list[e.Event]:
    """Anybody may help, whatever their rank; help never moves ownership."""
    demand_act(case, Act.HELP)
    if actor.employee_id == case.owner.employee_id:
        raise BadCommand("owner_cannot_help", "The case is yours already.")
    if any(helper.employee_id == actor.employee_id for helper in case.helpers):
        return []
    return [e.HelperJoined(actor)]


def stop_helping(case: Case, actor: Person) -> list[e.Event]:
    """A helper is done; nothing when they were none."""
    if any(helper.employee_id == actor.employee_id for helper in case.helpers):
        return [e.HelperLeft(actor.employee_id)]
    return []


def invite(case: Case, command: c.InviteHelper) -> list[e.Event]:
    """Only the owner asks for help on their case; of any rank, for help moves nothing. Asking again, or
    somebody who helps already, is nothing new."""
    demand_act(case, Act.HELP)
    demand_owner(case, command.actor)
    question = demand_text("question", command.question)
    if command.helper.employee_id == case.owner.employee_id:
        raise BadCommand("owner_cannot_help", "The case is yours already.")
    if any(each.employee_id == command.helper.employee_id for each in (*case.helpers, *case.invited)):
        return []
    return [e.HelperInvited(command.helper, command.actor.employee_id, question)]
