"""Identity errors, both ways: two cases that are one complaint are merged, one that is two is split, and
those that have to do with each other are linked (docs/life-of-a-case.md). Every function answers with the
events of this case and those of the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.decide.opening import open_case
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.evolve.merging import behind
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Because, Closing, Fulfilment, Person, Status, Word


@dataclass(frozen=True, slots=True)
class Both:
    """What follows for this case and for the other; both or neither are written."""

    here: list[e.Event]
    there: list[e.Event]


NOTHING = Both([], [])


def link(case: Case, command: c.LinkCases, now: datetime) -> Both:
    """Said on both; nothing when it was said before."""
    other = command.other
    _demand_two(case, other)
    demand_owner(case, command.actor)
    if other.case_id in case.related:
        return NOTHING
    demand_act(case, Act.LINK)
    reason, by = demand_text("reason", command.reason), command.actor.employee_id
    return Both(
        [e.CasesLinked(other.case_id, by, reason, now)], [e.CasesLinked(case.case_id, by, reason, now)]
    )


def merge(case: Case, command: c.MergeCases, now: datetime) -> Both:
    """This case survives and keeps its owner; the other is closed as merged and its customer's later words
    come here. Nothing when it was merged before."""
    other = command.other
    _demand_two(case, other)
    if other.closing is Closing.MERGED and other.successor_id == case.case_id:
        return NOTHING
    demand_owner(case, command.actor)
    demand_act(case, Act.ABSORB)
    demand_act(other, Act.MERGE)
    _demand_one_customer(case, other)
    _demand_consent(other, command.actor)
    _demand_rank(case, other, command.actor)
    _demand_settled(other)
    reason, by = demand_text("reason", command.reason), command.actor.employee_id
    merged = e.CasesMerged(
        other.case_id, by, reason, min(case.complained_at, other.complained_at), now, other
    )
    here: list[e.Event] = [merged]
    if case.status is Status.RESOLVED and behind(other, case):
        here = [e.CaseReopened(other.last_word.message_id, "cases_merged", now), merged]
    return Both(here, [e.CaseClosed(Closing.MERGED, "", reason, now, case.case_id)])


def _demand_two(case: Case, other: Case) -> None:
    if case.case_id == other.case_id:
        raise BadCommand("same_case", "Name two different cases.")


def _demand_one_customer(case: Case, other: Case) -> None:
    """One customer with two identities is first one customer; then their cases can be one."""
    if case.customer_id != other.customer_id:
        raise NotNow(
            "different_customers",
            "These are cases of two customers. Merge the customers first, or link the cases.",
            {
                "customer_id": case.customer_id,
                "other_customer_id": other.customer_id,
                "instead": "link_cases",
            },
        )


def _demand_consent(other: Case, actor: Person) -> None:
    """A case is not taken from its owner: they own both, or have been asked to take the other over."""
    asked = other.hand_off.receiver.employee_id if other.hand_off else ""
    if actor.employee_id not in (other.owner.employee_id, asked):
        raise NotYours(
            "not_yours_to_merge",
            f"{other.owner.display_name} owns the other case, and has to offer it to you first.",
            {"owner_id": other.owner.employee_id, "instead": "offer_hand_off"},
        )


def _demand_rank(case: Case, other: Case, actor: Person) -> None:
    """The rank that answers for the other complaint never rises, by merging neither."""
    if case.owner.rank > other.owner.rank:
        raise NotNow(
            "rank_would_rise",
            f"{case.owner.display_name} has rank {case.owner.rank}, {other.owner.display_name} "
            f"{other.owner.rank}: the case of the lower rank survives.",
            {"max_rank": str(other.owner.rank), "survivor_case_id": other.case_id},
            (e.HandOffRefused(actor.employee_id, case.owner.employee_id, "rank_would_rise"),),
        )


def _demand_settled(other: Case) -> None:
    """The system that fulfils a grant answers under the case it was given on."""
    ordered = [
        given.grant_id
        for given in other.grants
        if given.fulfilment is Fulfilment.ORDERED and given.revoked_at is None
    ]
    if ordered:
        raise NotNow(
            "fulfilment_pending",
            "A remedy of the other case is still on its way to the customer.",
            {"grant_ids": ",".join(ordered), "instead": "revoke_remedy, or wait"},
        )


def split(case: Case, command: c.SplitCase, now: datetime) -> Both:
    """A merged case is given back, or some of the customer's words become a case of their own; its owner is
    the owner of this one."""
    demand_owner(case, command.actor)
    demand_act(case, Act.SPLIT)
    if case.closing is Closing.MERGED:
        raise NotNow(
            "merged_away", "This case is part of another now.", {"survivor_case_id": case.successor_id}
        )
    reason = demand_text("reason", command.reason)
    _demand_free(case, command.words)
    if command.other is not None:
        return _give_back(case, command.other, command, reason, now)
    if not command.words:
        raise BadCommand("message_ids_missing", "Name the customer's messages that are about something else.")
    parted = _parted(case, command.new_case_id, command, reason, now)
    return Both([parted], [*open_case(_part(case, command), now), parted])


def _demand_free(case: Case, words: tuple[Word, ...]) -> None:
    """A word that proves something here stays here."""
    proposal = case.proposal
    used = {case.closing_message_id, proposal.verdict_message_id if proposal else ""}
    if found := sorted(used & {word.message_id for word in words}):
        raise NotNow(
            "word_is_evidence", "This message is evidence on the case.", {"message_ids": ",".join(found)}
        )


def _give_back(case: Case, other: Case, command: c.SplitCase, reason: str, now: datetime) -> Both:
    came = next((each for each in case.absorbed if each.case_id == other.case_id), None)
    if came is None or other.successor_id != case.case_id:
        raise NotNow(
            "not_merged_here",
            "That case is no part of this one.",
            {"merged_case_ids": ",".join(each.case_id for each in case.absorbed)},
        )
    grants = tuple(given for given in case.grants if given.grant_id in came.grant_ids)
    parted = _parted(case, other.case_id, command, reason, now, undoes_merge=True, grants=grants)
    there: list[e.Event] = [e.CaseReopened(other.last_word.message_id, "merge_undone", now)]
    if other.owner.employee_id != case.owner.employee_id:
        # who answered for both goes on answering for both: of the same rank, or a lower one
        there.append(e.OwnerAssigned(case.owner, now, now, Because.SPLIT))
    return Both([parted], [*there, parted])


def _parted(
    case: Case, to_case_id: str, command: c.SplitCase, reason: str, now: datetime, **more: object
) -> e.CaseSplit:
    return e.CaseSplit(
        from_case_id=case.case_id,
        to_case_id=to_case_id,
        employee_id=command.actor.employee_id,
        reason=reason,
        message_ids=tuple(word.message_id for word in command.words),
        split_at=now,
        **{"undoes_merge": False, **more},  # type: ignore[arg-type]
    )


def _part(case: Case, command: c.SplitCase) -> c.OpenCase:
    """The new case; its clock began when the first of its words reached us."""
    words = sorted(command.words, key=lambda word: word.received_at)
    return c.OpenCase(
        case_id=command.new_case_id,
        tenant_id=case.tenant_id,
        customer_id=case.customer_id,
        first_name=case.first_name,
        full_name=case.full_name,
        channel=case.channel,
        severity=case.severity,
        category="",
        language=case.language,
        complained_at=words[0].received_at,
        word=words[-1],
        address=case.addresses[0] if case.addresses else None,
        call_id="",
        owner=case.owner,
        because=Because.SPLIT,
        playbook_id=case.playbook_id,
        playbook_version=case.playbook_version,
        linked_case_id=case.case_id,
        first_contact=case.first_contact,
    )
