"""States of the domain as answers of ResolutionService."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from amends.common.v1 import common_pb2
from amends.resolution.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.resolution.adapters.enums import CHANNEL, CLOSING, FULFILMENT, SEVERITY, STATUS
from services.resolution.adapters.wire import amount, person, stamp
from services.resolution.app.shapes import HistoryEntry, Totals
from services.resolution.app.staff_port import Refusals
from services.resolution.domain.assignment import Employee
from services.resolution.domain.catalogue import Remedy
from services.resolution.domain.covering import Cover
from services.resolution.domain.decide.authority import left_of
from services.resolution.domain.duty import Duty
from services.resolution.domain.playbook import Playbook, Step
from services.resolution.domain.state import (
    Asked,
    Attempt,
    Case,
    Defection,
    Grant,
    HandOff,
    Lent,
    Letter,
    StepDone,
    WinBack,
)
from services.resolution.domain.words import Fulfilment


def case(of: Case, playbook: Playbook) -> pb.Case:
    """A case with its steps, the words to say filled in."""
    answer = pb.Case(
        case_id=of.case_id,
        version=of.version,
        status=STATUS[of.status],
        owner=person(of.owner),
        first_contact=person(of.first_contact),
        customer=common_pb2.CustomerRef(
            customer_id=of.customer_id, first_name=of.first_name, full_name=of.full_name
        ),
        channel=CHANNEL.get(of.channel, 0),
        severity=SEVERITY.get(of.severity, 0),
        category=of.category,
        playbook_id=of.playbook_id,
        playbook_version=of.playbook_version,
        last_customer_message_id=of.last_word.message_id,
        opened_at=stamp(of.opened_at),
        linked_case_id=of.linked_case_id,
        circle_back_by=person(of.first_contact),
        successor_case_id=of.successor_id,
        complained_at=stamp(of.complained_at),
        cause=of.cause,
        cause_code=of.cause_code,
        prevention=of.prevention,
        debriefs=of.debriefs,
        repeat_contacts=of.repeat_contacts,
        waiting=of.waiting,
        **dict(_rarities(of)),
    )
    steps = _steps(playbook, of.first_name, of.owner.display_name)
    answer.MergeFromString(steps.blank)
    _complete(answer, of.steps, steps.places)
    return answer


def _rarities(of: Case) -> Iterator[tuple[str, Any]]:
    """What most cases have not, where there is any: a field costs as much to leave empty as to fill."""
    if of.hand_off:
        yield "pending_hand_off", hand_off(of.case_id, of.hand_off)
    if of.proposal:
        yield "proposal_id", of.proposal.proposal_id
        yield "alternative_to", of.proposal.alternative_to
    if of.asked:
        yield "pending_authority", asked(of.case_id, of.asked)
    if of.letter:
        yield "final_response", _letter(of.letter)
    if of.defection:
        yield "defection", _defection(of.defection)
    if of.win_back:
        yield "win_back", _win_back(of.win_back)
    if of.closing:
        yield "closing", CLOSING[of.closing]
    yield from _instants(of)
    yield from _lists(of)


def _instants(of: Case) -> Iterator[tuple[str, Timestamp]]:
    if of.resolved_at:
        yield "resolved_at", stamp(of.resolved_at)
    if of.closed_at:
        yield "closed_at", stamp(of.closed_at)
    if of.prevention_due_at:
        yield "prevention_due_at", stamp(of.prevention_due_at)


def _lists(of: Case) -> Iterator[tuple[str, Iterable[Any]]]:
    if of.helpers:
        yield "helpers", map(person, of.helpers)
    if of.invited:
        yield "invited_helpers", map(person, of.invited)
    if of.grants:
        yield "grants", (grant(of.case_id, given) for given in of.grants)
    if of.lent:
        yield "lent_authority", (_lent(of, each) for each in of.lent)
    if of.absorbed:
        yield "merged_case_ids", (each.case_id for each in of.absorbed)
    if of.attempts:
        yield "attempts", map(_attempt, of.attempts)
    if of.related:
        yield "related_case_ids", of.related
    if of.held_back:
        yield "held_back_message_ids", of.held_back
    if of.repeats_of:
        yield "repeat_of_case_ids", of.repeats_of


def _complete(answer: pb.Case, steps: Iterable[StepDone], places: Mapping[str, int]) -> None:
    """Marks the steps that are done."""
    for done in steps:
        if done.step_id in places:
            step = answer.steps[places[done.step_id]]
            step.completed = True
            step.completed_at.CopyFrom(stamp(done.completed_at))
            step.evidence_event_id = done.evidence_event_id


def _attempt(of: Attempt) -> pb.ContactAttempt:
    return pb.ContactAttempt(
        contact_id=of.contact_id, channel=CHANNEL.get(of.channel, 0), at=stamp(of.at), delivered=of.delivered
    )


def _letter(of: Letter) -> pb.FinalResponse:
    return pb.FinalResponse(
        reply_id=of.reply_id,
        ombudsman=of.ombudsman,
        sent_at=stamp(of.sent_at),
        delivered_at=stamp(of.delivered_at) if of.delivered_at else None,
    )


def _defection(of: Defection) -> pb.Defection:
    return pb.Defection(reason=of.reason, evidence=of.evidence, defected_at=stamp(of.defected_at))


def _win_back(of: WinBack) -> pb.WinBack:
    return pb.WinBack(
        employee=person(of.employee),
        started_at=stamp(of.started_at),
        due_at=stamp(of.due_at),
        acted=of.acted,
        overdue=of.overdue,
    )


class _Steps(NamedTuple):
    """A playbook's steps while none is done: as a Case that has nothing else, encoded, since a message is
    merged into another by encoding it first; and the place of each."""

    blank: bytes
    places: Mapping[str, int]


@lru_cache(maxsize=512)
def _steps(playbook: Playbook, first_name: str, owner_name: str) -> _Steps:
    """The words change with the names alone, and one case is asked for again and again."""
    steps = pb.Case(steps=[_step(step, first_name, owner_name) for step in playbook.steps])
    places = {step.step_id: place for place, step in enumerate(playbook.steps)}
    return _Steps(steps.SerializeToString(), places)


def _step(of: Step, first_name: str, owner_name: str) -> pb.Step:
    return pb.Step(
        step_id=of.step_id,
        title=of.title,
        say=_say(of.say, first_name, owner_name),
        due_ms=int(of.within / timedelta(milliseconds=1)) if of.within else 0,
        gates=of.gates,
    )


def _say(words: str, first_name: str, owner_name: str) -> str:
    """The words with the names in them; a customer nobody has named is not addressed by an empty one."""
    if not first_name:
        words = words.replace(", {first_name}", "").replace("{first_name}, ", "")
    words = words.replace("{first_name}", first_name).replace("{owner}", owner_name)
    return words[:1].upper() + words[1:]


def hand_off(case_id: str, pending: HandOff) -> pb.HandOff:
    """A hand-off under way."""
    answer = pb.HandOff(
        hand_off_id=pending.hand_off_id,
        case_id=case_id,
        to=person(pending.receiver),
        reason=pending.reason,
        summary=pending.summary,
        live=pending.live,
        introduced=pending.introduced,
        expires_at=stamp(pending.expires_at),
    )
    getattr(answer, "from").CopyFrom(person(pending.giver))  # a keyword of Python, a field of the contract
    return answer


def asked(case_id: str, pending: Asked) -> pb.AuthorityRequest:
    """Authority asked for and not answered yet."""
    return pb.AuthorityRequest(
        request_id=pending.request_id,
        case_id=case_id,
        requested_by=person(pending.by),
        asked=person(pending.of) if pending.of else None,
        amounts=[amount(each) for each in pending.amounts],
        remedy_id=pending.remedy_id,
        reason=pending.reason,
        requested_at=stamp(pending.requested_at),
        expires_at=stamp(pending.expires_at),
    )


def _lent(of: Case, lent: Lent) -> pb.LentAuthority:
    return pb.LentAuthority(
        request_id=lent.request_id,
        lender=person(lent.lender),
        amounts=[amount(each) for each in lent.amounts],
        left=[amount(each) for each in left_of(of, lent)],
        remedy_id=lent.remedy_id,
        lent_at=stamp(lent.lent_at),
    )


def grant(case_id: str, given: Grant, *, repeated: bool = False) -> pb.Grant:
    """A remedy given on a case; `repeated` when the idempotency key had paid before."""
    return pb.Grant(
        grant_id=given.grant_id,
        case_id=case_id,
        remedy_id=given.remedy_id,
        employee_id=given.employee_id,
        cost=amount(given.cost),
        value=amount(given.value),
        granted_at=stamp(given.granted_at),
        repeated=repeated,
        quantity=given.quantity,
        fulfilment=FULFILMENT[given.fulfilment],
        fulfil_by=stamp(given.fulfil_by) if given.fulfil_by else None,
        reference=given.reference,
        revoked_at=stamp(given.revoked_at) if given.revoked_at else None,
        revoked_because=given.revoked_because,
    )


def totals(of: Totals) -> pb.GetTotalsResponse:
    """Sums of what was given."""
    revoked = of.counts.get("revoked", 0)
    return pb.GetTotalsResponse(
        cost=[amount(each) for each in of.cost],
        value=[amount(each) for each in of.value],
        grants=sum(of.counts.values()) - revoked,
        revoked=revoked,
        fulfilled=of.counts.get(Fulfilment.FULFILLED, 0),
        failed=of.counts.get(Fulfilment.FAILED, 0),
    )


def remedy(of: Remedy) -> pb.Remedy:
    """An entry of the catalogue."""
    return pb.Remedy(
        remedy_id=of.remedy_id,
        title=of.title,
        cost=amount(of.cost),
        value=amount(of.value),
        fits=of.fits,
        fulfilled_outside=of.fulfilled_outside,
    )


def employee(of: Employee) -> pb.Employee:
    """An employee with their load."""
    return pb.Employee(
        employee_id=of.person.employee_id,
        display_name=of.person.display_name,
        rank=of.person.rank,
        team=of.team,
        skills=sorted(of.skills),
        languages=sorted(of.languages),
        present=of.present,
        capacity=of.capacity,
        load=of.load,
        duty_owner=of.duty_owner,
        contact=of.person.contact,
        present_until=stamp(of.present_until) if of.present_until else None,
    )


def duty(of: Duty) -> pb.Duty:
    """Whether anybody is on duty."""
    return pb.Duty(
        somebody=of.front_line > 0,
        nobody_since=stamp(of.nobody_since) if of.nobody_since else None,
        present_front_line=of.front_line,
        employees=of.employees,
        cases_given_to_duty_owners=of.given,
        waiting_complaints=of.waiting,
        waiting_since=stamp(of.waiting_since) if of.waiting_since else None,
    )


def cover(of: Cover) -> pb.Cover:
    """Who covers for whom."""
    return pb.Cover(
        employee_id=of.employee_id,
        cover=person(of.cover),
        starts_at=stamp(of.starts_at),
        ends_at=stamp(of.ends_at),
    )


def refusals(of: Refusals) -> pb.ListRefusalsResponse.Refusals:
    """Refused attempts of one employee against one rule."""
    return pb.ListRefusalsResponse.Refusals(
        employee_id=of.employee_id,
        rule=of.rule,
        count=of.count,
        last_at=stamp(of.last_at),
        last_case_id=of.last_case_id,
    )


def history(entries: Iterable[HistoryEntry], next_page: str) -> pb.GetHistoryResponse:
    """A page of a case's published events, oldest first."""
    return pb.GetHistoryResponse(entries=map(entry, entries), next_page_token=next_page)


def entry(of: HistoryEntry) -> pb.GetHistoryResponse.Entry:
    """One published event, with who caused it."""
    return pb.GetHistoryResponse.Entry(
        event_id=of.event_id,
        type=of.type,
        recorded_at=stamp(of.recorded_at),
        json=of.json,
        actor=of.by.actor_id,
        on_behalf_of=of.by.on_behalf_of,
        reason=of.by.reason,
    )
