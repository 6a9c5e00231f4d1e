"""Every human word to the customer: who may say it, through which address, and only after the reply check."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import letters
from services.resolution.domain.decide.guard import demand_act, demand_gates, demand_owner, demand_text
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.replycheck import Pack, Reading, check
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Address, Outcome, Person, ReplyKind

WRITABLE = {
    "email": "email",
    "phone": "sms",
    "whatsapp": "whatsapp",
    "messenger": "messenger",
    "instagram": "instagram",
    "telegram": "telegram",
    "line": "line",
    "viber": "viber",
    "x": "x",
}
"""Which channel writes to a party of this kind, where the channel it came by cannot be written to (call,
form, API)."""
NOT_WRITTEN = ("phone", "webform", "api")


def send(
    case: Case, command: c.SendReply, now: datetime, pack: Pack | None, playbook: Playbook
) -> list[e.Event]:
    """ReplyChecked, and ReplySent unless the check stopped it: a stop is a result, not a refusal."""
    _demand_speaker(case, command)
    demand_gates(case, playbook, "reply")
    text = demand_text("text", command.text)
    checked, said = _checked(
        case, command.reply_id, command.actor, text, command.kind, command.override_reason, pack
    )
    if checked.outcome is Outcome.STOPPED:
        return [checked]
    to = address(case, command.channel)
    sent = e.ReplySent(
        reply_id=command.reply_id,
        kind=command.kind,
        author=command.actor,
        to=to,
        subject=_subject(command.subject, to),
        text=text,
        released_at=now,
        in_reply_to=to.provider_message_id,
        promise_id=command.promise_id,
        hand_off_id=command.hand_off_id,
        said=said,
        ombudsman=command.ombudsman.strip() if command.kind in letters.RIGHTS else "",
    )
    return [checked, sent]


def read(case: Case, text: str, kind: ReplyKind, pack: Pack | None) -> e.ReplyChecked:
    """What the check would say, without sending; reply_id and employee are empty."""
    nobody = Person("", "", 0)
    return _checked(case, "", nobody, demand_text("text", text), kind, "", pack)[0]


def address(case: Case, channel: str = "") -> Address:
    """Where a text to this customer goes: the channel asked for, else where the customer wrote last. Raises
    NotNow("no_address_on_channel") naming the channels there are."""
    possible = {found.channel: found for known in reversed(case.addresses) if (found := _writable(known))}
    last = next((found.channel for known in case.addresses if (found := _writable(known))), "")
    wanted = channel or last
    if wanted in possible:
        return possible[wanted]
    raise NotNow(
        "no_address_on_channel",
        f"We have no address of this customer on {wanted or 'any channel that can be written to'}.",
        {"channels": ",".join(sorted(possible))},
    )


def channels(case: Case) -> tuple[str, ...]:
    """The channels on which this customer can be written to."""
    return tuple(sorted({found.channel for known in case.addresses if (found := _writable(known))}))


def _writable(known: Address) -> Address | None:
    if known.channel not in NOT_WRITTEN:
        return known
    channel = WRITABLE.get(known.party_kind)
    # what was called or filled in is not what we write from: the sender of that channel is used instead
    return (
        replace(known, channel=channel, account="", thread_key="", provider_message_id="")
        if channel
        else None
    )


def _demand_speaker(case: Case, command: c.SendReply) -> None:
    if command.kind is ReplyKind.PROPOSAL:
        raise BadCommand(
            "propose_instead", "A proposal is sent by ProposeSolution.", {"instead": "propose_solution"}
        )
    if command.kind is ReplyKind.CIRCLE_BACK:
        demand_act(case, Act.CIRCLE_BACK)
        # the first person keeps the duty to circle back, even after a hand-off (P2.3, P2.7)
        if command.actor.employee_id == case.first_contact.employee_id:
            return
        if _covers(command, case.first_contact) or _covers(command, case.owner):
            return
    else:
        demand_act(case, Act.REPLY)
        if command.kind is ReplyKind.PROGRESS and _covers(command, case.owner):
            return
    demand_owner(case, command.actor)
    if command.kind is ReplyKind.INTRODUCTION:
        _demand_introduction(case, command)
    if command.kind in letters.LETTERS:
        letters.demand_letter(command)


def _covers(command: c.SendReply, away: Person) -> bool:
    """Whether the actor keeps this person's promises. Raises NotYours("cover_outranks"): the rank of a cover
    is looked at again where it counts, for ranks change and a case remembers its owner's."""
    if away.employee_id not in command.covers:
        return False
    if command.actor.rank > away.rank:
        raise NotYours(
            "cover_outranks",
            f"Nothing goes up: {away.display_name} has rank {away.rank}.",
            {"max_rank": str(away.rank)},
        )
    return True


def _demand_introduction(case: Case, command: c.SendReply) -> None:
    pending = case.hand_off
    if pending is None or pending.live or pending.hand_off_id != command.hand_off_id:
        raise NotNow(
            "no_such_hand_off",
            "An introduction belongs to a hand-off that is offered and not live.",
            {"hand_off_id": pending.hand_off_id if pending else "", "instead": "offer_hand_off"},
        )
    if pending.receiver.display_name.casefold() not in command.text.casefold():
        raise NotNow(
            "receiver_not_named",
            "The introduction must tell the customer who is coming in.",
            {"name": pending.receiver.display_name},
        )


def _subject(asked: str, to: Address) -> str:
    if asked.strip():
        return demand_text("subject", asked, one_line=True)
    if not to.subject or to.subject.casefold().startswith("re:"):
        return to.subject
    return f"Re: {to.subject}"


def _checked(
    case: Case,
    reply_id: str,
    actor: Person,
    text: str,
    kind: ReplyKind,
    override_reason: str,
    pack: Pack | None,
) -> tuple[e.ReplyChecked, tuple[str, ...]]:
    moment = "first" if case.replies == 0 else kind.value
    result = check(Reading(text, case.first_name, moment, case.said), pack)
    reason = demand_text("override_reason", override_reason) if override_reason.strip() else ""
    overridden = result.outcome is Outcome.STOPPED and bool(reason)
    event = e.ReplyChecked(
        reply_id=reply_id,
        employee_id=actor.employee_id,
        outcome=Outcome.OVERRIDDEN if overridden else result.outcome,
        findings=result.findings,
        override_reason=reason if overridden else "",
        pack_version=result.pack_version,
    )
    return event, result.goods


def words_of_proposal(
    case: Case, command: c.ProposeSolution, now: datetime, pack: Pack | None
) -> list[e.Event]:
    """ReplyChecked and ReplySent of a proposal. Raises NotNow("reply_stopped"), kept on record, with each
    finding's category and suggested wording: there is no proposal before its words have gone out."""
    text = demand_text("text", command.text)
    checked, said = _checked(
        case, command.reply_id, command.actor, text, ReplyKind.PROPOSAL, command.override_reason, pack
    )
    if checked.outcome is Outcome.STOPPED:
        raise NotNow(
            "reply_stopped",
            "The reply check stopped the words of this proposal.",
            {each.category: each.suggestion for each in checked.findings if each.severity == "error"},
            (checked,),
        )
    to = address(case)
    sent = e.ReplySent(
        command.reply_id,
        ReplyKind.PROPOSAL,
        command.actor,
        to,
        _subject("", to),
        text,
        now,
        in_reply_to=to.provider_message_id,
        said=said,
    )
    return [checked, sent]
