"""What must hold at the end, checked from outside: the customers' ledger against what the platform says.

Each check returns the sentences that say what is wrong; none means it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from amends.resolution.v1 import events_pb2 as events

from services.standalone.demo.customers import STORM
from services.standalone.demo.dossier import Dossier
from services.standalone.demo.ledger import Ledger, What
from services.standalone.demo.scenario import Scenario, Send, Story, Way

MINUTE_S = 60.0
PARTY_KIND = {
    Way.EMAIL: "email",
    Way.REST: "email",
    Way.SMS: "phone",
    Way.PHONE: "phone",
    Way.WHATSAPP: "whatsapp",
    Way.MESSENGER: "messenger",
}


@dataclass(frozen=True, slots=True)
class World:
    """Both sides: what was sent, written down and received, and what the platform says about it.

    `found` are the case ids that intake finds by each address, `copies` how often each message of a person
    arrived (by the provider's id), `recounted` what `recount` said when the figures are not equal (else "").
    """

    scenario: Scenario
    ledger: Ledger
    dossiers: Sequence[Dossier]
    found: Mapping[str, Sequence[str]]
    copies: Mapping[str, int]
    recounted: str

    def dossier_of(self, story: Story) -> Dossier | None:
        """The case of a story."""
        ids = self.found.get(story.address, ())
        return next((one for one in self.dossiers if one.case.case_id in ids), None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One invariant and what is wrong with it."""

    name: str
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


Check = Callable[[World], list[str]]


def judge(world: World) -> list[Verdict]:
    """Every invariant, in the order of CHECKS."""
    return [Verdict(name, tuple(check(world))) for name, check in CHECKS.items()]


def _one_case_each(world: World) -> list[str]:
    problems, complaints = [], list(world.ledger.complaints())
    for sent in complaints:
        ids = world.found.get(sent.address, ())
        if len(ids) != 1:
            problems.append(f"{sent.note} ({sent.way}) was accepted and has {len(ids)} cases")
    if len(complaints) != len(world.scenario.stories):
        problems.append(f"{len(complaints)} of {len(world.scenario.stories)} complaints were accepted")
    if len(world.dossiers) != len(complaints):
        problems.append(f"{len(world.dossiers)} cases for {len(complaints)} accepted complaints")
    return problems


def _one_owner_each(world: World) -> list[str]:
    problems, people = [], {one.employee_id for one in world.scenario.employees}
    for one in world.dossiers:
        assigned = [fact["owner"]["employee_id"] for fact in one.of("OwnerAssigned")]
        owner = one.case.owner.employee_id
        if owner not in people or not assigned or assigned[-1] != owner:
            problems.append(f"{one.name} is owned by {owner or 'nobody'}, assigned were {assigned}")
        if len(assigned) != 1 + len(one.of("HandOffAccepted")):
            problems.append(f"{one.name} changed owner without an accepted hand-off: {assigned}")
    return problems


def _nothing_went_up(world: World) -> list[str]:
    problems = []
    for one in world.dossiers:
        ranks = [fact["owner"].get("rank", 0) for fact in one.of("OwnerAssigned")]
        if ranks != sorted(ranks, reverse=True):
            problems.append(f"{one.name} went up: ranks {ranks}")
    tried = world.ledger.notes["refused upward"]
    on_record = sum(
        fact["rule"] == "rank_would_rise" for one in world.dossiers for fact in one.of("HandOffRefused")
    )
    if tried != on_record:
        problems.append(f"{tried} attempts to pass up were refused, {on_record} are on record")
    return problems


def _closed_by_the_customer(world: World) -> list[str]:
    problems = []
    silent = {story.address for story in world.scenario.stories if not story.closings}
    for one in world.dossiers:
        words = {message.message_id for message in one.messages}
        if one.closed:
            proofs = [fact.get("message_id", "") for fact in one.of("CaseClosed")]
            if one.case.closing != events.CLOSING_CONFIRMED or not proofs or proofs[-1] not in words:
                problems.append(f"{one.name} was closed without the customer's word")
        elif one.address not in silent or one.case.status != events.STATUS_RESOLVED:
            problems.append(f"{one.name} is still {events.Status.Name(one.case.status)}")
    return problems


def _everything_delivered_once(world: World) -> list[str]:
    problems, sent = [], set()
    for one in world.dossiers:
        for contact in one.by_people:
            sent.add(contact.provider_message_id)
            if contact.state != "delivered":
                problems.append(f"{one.name}: a person's message is {contact.state}")
            if world.copies.get(contact.provider_message_id, 0) != 1:
                count = world.copies.get(contact.provider_message_id, 0)
                problems.append(f"{one.name}: {contact.provider_message_id} arrived {count} times")
    return problems + [f"{unknown} arrived and was never sent" for unknown in world.copies.keys() - sent]


def _promises_kept(world: World) -> list[str]:
    return [
        f"{one.name}: a {promise.kind} promise of {promise.employee_id} is {promise.state} {promise.reason}"
        for one in world.dossiers
        for promise in one.promises
        if promise.state == "broken" or (promise.state == "pending" and promise in one.circle_backs)
    ] + [f"{one.name}: nobody circled back" for one in world.dossiers if not one.circle_backs]


def _first_person_circles_back(world: World) -> list[str]:
    return [
        f"{one.name}: {promise.employee_id} circles back, not {one.case.first_contact.employee_id}"
        for one in world.dossiers
        for promise in one.circle_backs
        if promise.employee_id != one.case.first_contact.employee_id
    ]


def _bad_input_refused(world: World) -> list[str]:
    bad = [sent for sent in world.ledger.sent if sent.what in (What.BAD, What.AUTOMATIC)]
    wrong = [
        f"{sent.note} was answered {sent.answer.code}, not {sent.expected}"
        for sent in bad
        if sent.answer.code != sent.expected
    ]
    cases = [f"{sent.note} became a case" for sent in bad if world.found.get(sent.address)]
    return wrong + cases + ([] if bad else ["no bad input was sent"])


def _sixty_seconds_at_the_gate(world: World) -> list[str]:
    """The seed's own minute: the gate agent alone, by name, with apology, lounge and miles."""
    story = next(story for story in world.scenario.stories if story.handling.hurry)
    one = world.dossier_of(story)
    if one is None or not one.of("CaseResolved"):
        return [f"{story.id} was not resolved"]
    began, ended = one.messages[0].occurred_at.ToDatetime(), _moment(one.of("CaseResolved")[0]["resolved_at"])
    took = (ended - began).total_seconds()
    given = {grant.remedy_id for grant in one.case.grants}
    problems = [] if took <= MINUTE_S else [f"{story.id} took {took:.1f} s"]
    if given != set(story.handling.grants):
        problems.append(f"{story.id} was given {sorted(given)}")
    if len(one.of("OwnerAssigned")) != 1 or one.case.owner.employee_id != story.point_of_contact:
        problems.append(f"{story.id} did not stay with the person in front of the customer")
    late = [step.title for step in one.case.steps if step.due_ms and not step.completed]
    return problems + [f"{story.id}: not done: {title}" for title in late]


def _moment(text: str) -> datetime:
    """A protobuf JSON timestamp, to microseconds, without zone as ToDatetime gives it."""
    head, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{head}.{fraction[:6].ljust(6, '0')}")


def _the_story_was_told(world: World) -> list[str]:
    """Everything the demonstration is about happened: counted on the platform, not on the stage."""
    how = [story.handling for story in world.scenario.stories]
    recorded = Counter(fact.name for one in world.dossiers for fact in one.facts)
    stopped = sum(
        fact.get("outcome") == "OUTCOME_STOPPED" for one in world.dossiers for fact in one.of("ReplyChecked")
    )
    wanted = {
        "replies stopped": (stopped, sum(bool(one.blame) for one in how)),
        "attempts upward refused": (
            recorded["HandOffRefused"],
            sum(bool(one.pass_up_to) for one in how),
        ),
        "warm hand-offs": (recorded["HandOffAccepted"], sum(bool(one.hand_off_to) for one in how)),
        "grants": (recorded["RemedyGranted"], sum(len(one.grants) for one in how)),
        "alternatives asked for": (
            recorded["AlternativesAskedFor"],
            sum(bool(one.alternative) for one in how),
        ),
        "reopenings": (recorded["CaseReopened"], _answers(world, lambda text: text.startswith("No"))),
        "held back": (recorded["ConfirmationHeldBack"], _answers(world, lambda text: "but" in text)),
        "storms": (_storms(world), sum(story.sends is Send.STORM for story in world.scenario.stories)),
    }
    return [f"{name}: {is_}, expected {must}" for name, (is_, must) in wanted.items() if is_ != must]


def _answers(world: World, fits: Callable[[str], bool]) -> int:
    return sum(fits(text) for story in world.scenario.stories for text in story.closings)


def _storms(world: World) -> int:
    sent = Counter(
        one.address
        for one in world.ledger.sent
        if one.what in (What.COMPLAINT, What.REPEAT) and one.answer.accepted
    )
    return sum(count == STORM for count in sent.values())


def _nothing_unexpected(world: World) -> list[str]:
    return list(world.ledger.unexpected)


def _recount_is_equal(world: World) -> list[str]:
    return [world.recounted] if world.recounted else []


CHECKS: Mapping[str, Check] = {
    "every accepted complaint is exactly one case": _one_case_each,
    "every case has exactly one owner": _one_owner_each,
    "nothing was passed up": _nothing_went_up,
    "closed by the customer's own word, or rightly open": _closed_by_the_customer,
    "every word of a person was delivered, once": _everything_delivered_once,
    "every promise was kept": _promises_kept,
    "the first person circled back": _first_person_circles_back,
    "bad input was refused and became no case": _bad_input_refused,
    "the four-hours-late flight was solved within sixty seconds": _sixty_seconds_at_the_gate,
    "everything the story is about happened": _the_story_was_told,
    "nothing unexpected happened": _nothing_unexpected,
    "the figures are equal when counted again": _recount_is_equal,
}
