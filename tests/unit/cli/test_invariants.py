"""Every invariant of the demonstration notices what it is there for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import events_pb2 as followup_events
from amends.followup.v1 import service_pb2 as followup
from amends.resolution.v1 import events_pb2 as events
from amends.resolution.v1 import service_pb2 as resolution
from google.protobuf.timestamp_pb2 import Timestamp

from services.standalone.demo.dossier import Dossier, Fact
from services.standalone.demo.invariants import CHECKS, World
from services.standalone.demo.ledger import Answer, Ledger, Sent, What
from services.standalone.demo.scenario import Handling, Scenario, Story, Way, load

STORY = Story(
    "late", Way.REST, "Maya Lindqvist", "maya@example.com", "late", 0, point_of_contact="noor",
    handling=Handling(hurry=True, grants=("lounge-access",)),
)  # fmt: skip
SCENARIO = replace(load(), stories=(STORY,))
NOOR = {"employee_id": "noor", "display_name": "Noor Haddad"}
T0 = 1_800_000_000
CIRCLE_BACK = followup_events.PROMISE_KIND_CIRCLE_BACK
UP = {**NOOR, "rank": 1}


def fact(name: str, **fields: Any) -> Fact:
    return Fact(name, json.loads(json.dumps(fields)))


def dossier(*, case: Mapping[str, Any] | None = None, **changed: Any) -> Dossier:
    whole = {
        "case_id": "c1", "status": events.STATUS_CLOSED, "closing": events.CLOSING_CONFIRMED,
        "owner": events.EmployeeRef(**NOOR), "first_contact": events.EmployeeRef(**NOOR),
        "grants": [resolution.Grant(remedy_id="lounge-access")],
        "steps": [resolution.Step(step_id="name", title="Use the name", due_ms=60_000, completed=True)],
    } | dict(case or {})  # fmt: skip
    good = Dossier(
        case=resolution.Case(**whole),
        facts=[
            fact("OwnerAssigned", owner=NOOR),
            fact("RemedyGranted"),
            fact("CaseResolved", resolved_at="2027-01-15T08:00:05.123456789Z"),
            fact("CaseClosed", message_id="m2"),
        ],
        messages=[
            common.InboundMessage(
                message_id="m1", party=common.Party(kind="email", value=STORY.address),
                occurred_at=Timestamp(seconds=T0),
            ),
            common.InboundMessage(message_id="m2", party=common.Party(kind="email", value=STORY.address)),
        ],
        contacts=[followup.Contact(contact_id="k1", human=True, state="delivered", provider_message_id="p1")],
        promises=[
            followup.Promise(kind=CIRCLE_BACK, employee_id="noor", state="kept"),
        ],
        clocks=[],
    )  # fmt: skip
    return replace(good, **changed)


def world(one: Dossier | None = None, **changed: Any) -> World:
    ledger = Ledger()
    ledger.add(Sent(Way.REST, What.COMPLAINT, STORY.address, "k", Answer(201), STORY.id))
    ledger.add(Sent(Way.EMAIL, What.BAD, "bad@example.com", "", Answer(552), "too large", 552))
    good = World(SCENARIO, ledger, [one or dossier()], {STORY.address: ["c1"]}, {"p1": 1}, "")
    return replace(good, **changed)


def bad_ledger(*more: Sent, unexpected: str = "") -> Ledger:
    ledger = world().ledger
    for sent in more:
        ledger.add(sent)
    if unexpected:
        ledger.surprise(unexpected)
    return ledger


def broken(one: World) -> set[str]:
    return {name for name, check in CHECKS.items() if check(one)}


def test_a_good_world_breaks_nothing() -> None:
    assert {name: check(world()) for name, check in CHECKS.items() if check(world())} == {}


BREAKS: Mapping[str, tuple[str, Callable[[], World]]] = {
    "a lost complaint": (
        "every accepted complaint is exactly one case",
        lambda: world(found={STORY.address: []}, dossiers=[]),
    ),
    "a doubled case": (
        "every accepted complaint is exactly one case",
        lambda: world(found={STORY.address: ["c1", "c2"]}),
    ),
    "a case out of nothing": (
        "every accepted complaint is exactly one case",
        lambda: world(dossiers=[dossier(), dossier()]),
    ),
    "an owner nobody knows": (
        "every case has exactly one owner",
        lambda: world(dossier(case={"owner": events.EmployeeRef(employee_id="queue")})),
    ),
    "a move without acceptance": (
        "every case has exactly one owner",
        lambda: world(dossier(facts=[*dossier().facts, fact("OwnerAssigned", owner=NOOR)])),
    ),
    "a rise in rank": (
        "nothing was passed up",
        lambda: world(
            dossier(
                facts=[fact("OwnerAssigned", owner=NOOR), fact("OwnerAssigned", owner={**NOOR, "rank": 1})]
            )
        ),
    ),
    "a refusal nobody recorded": (
        "nothing was passed up",
        lambda: world(ledger=_with_note("refused upward")),
    ),
    "a closing on a word nobody said": (
        "closed by the customer's own word, or rightly open",
        lambda: world(dossier(facts=[fact("CaseClosed", message_id="m9")])),
    ),
    "a closing without confirmation": (
        "closed by the customer's own word, or rightly open",
        lambda: world(dossier(case={"closing": events.CLOSING_UNREACHABLE})),
    ),
    "an open case of a customer who answered": (
        "closed by the customer's own word, or rightly open",
        lambda: world(dossier(case={"status": events.STATUS_OPEN})),
    ),
    "an undelivered word": (
        "every word of a person was delivered, once",
        lambda: world(
            dossier(contacts=[followup.Contact(human=True, state="sent", provider_message_id="p1")])
        ),
    ),
    "a word that arrived twice": (
        "every word of a person was delivered, once",
        lambda: world(copies={"p1": 2}),
    ),
    "a word nobody sent": (
        "every word of a person was delivered, once",
        lambda: world(copies={"p1": 1, "p2": 1}),
    ),
    "a broken promise": (
        "every promise was kept",
        lambda: world(
            dossier(promises=[followup.Promise(kind=followup_events.PROMISE_KIND_PROGRESS, state="broken")])
        ),
    ),
    "a circle-back by somebody else": (
        "the first person circled back",
        lambda: world(dossier(case={"first_contact": events.EmployeeRef(employee_id="ada")})),
    ),
    "a wrong answer to bad input": (
        "bad input was refused and became no case",
        lambda: world(ledger=bad_ledger(Sent(Way.SMS, What.BAD, "+1", "", Answer(200), "forged", 401))),
    ),
    "bad input that became a case": (
        "bad input was refused and became no case",
        lambda: world(found={STORY.address: ["c1"], "bad@example.com": ["c7"]}),
    ),
    "a slow gate": (
        "the four-hours-late flight was solved within sixty seconds",
        lambda: world(
            dossier(
                facts=[
                    fact("OwnerAssigned", owner=NOOR),
                    fact("CaseResolved", resolved_at="2027-01-15T08:01:01Z"),
                ]
            )
        ),
    ),
    "a gate that gave nothing": (
        "the four-hours-late flight was solved within sixty seconds",
        lambda: world(dossier(case={"grants": []})),
    ),
    "a step left out at the gate": (
        "the four-hours-late flight was solved within sixty seconds",
        lambda: world(dossier(case={"steps": [resolution.Step(title="Apologise", due_ms=60_000)]})),
    ),
    "a story that did not happen": (
        "everything the story is about happened",
        lambda: world(dossier(facts=[one for one in dossier().facts if one.name != "RemedyGranted"])),
    ),
    "a surprise": ("nothing unexpected happened", lambda: world(ledger=bad_ledger(unexpected="oh"))),
    "other figures": ("the figures are equal when counted again", lambda: world(recounted="grants: 1 not 2")),
}


def _with_note(what: str) -> Ledger:
    ledger = world().ledger
    ledger.count(what)
    return ledger


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_world_is_noticed(what: str) -> None:
    name, make = BREAKS[what]
    assert name in broken(make())


def test_every_invariant_can_be_broken() -> None:
    assert {name for name, _ in BREAKS.values()} == set(CHECKS)


def test_a_repeat_counts_as_the_complaint_it_repeats() -> None:
    ledger = Ledger()
    ledger.add(Sent(Way.SMS, What.COMPLAINT, "+1", "a", Answer(503)))
    ledger.add(Sent(Way.SMS, What.REPEAT, "+1", "a", Answer(200)))
    ledger.add(Sent(Way.SMS, What.REPEAT, "+1", "a", Answer(200)))
    assert len(list(ledger.complaints())) == 1


def test_the_scenario_of_these_tests_is_one() -> None:
    assert isinstance(SCENARIO, Scenario)
