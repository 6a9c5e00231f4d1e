"""Whom a case concerns, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.resolution.domain.concerns import Concern, concerns_of, involved
from services.resolution.domain.state import Asked, HandOff
from services.resolution.domain.words import Amount, Status
from tests.unit.resolution.world import NOON, World


def test_an_owner_who_was_the_first_contact_is_its_owner_alone(world: World) -> None:
    assert concerns_of(world.open()) == {"ana": (Concern.OWNER,)}


def test_helpers_the_receiver_of_an_offer_and_the_first_contact_are_concerned_too(world: World) -> None:
    later = NOON + timedelta(minutes=1)
    offer = HandOff("h", world.ana, world.ben, "shift", "late", False, expires_at=later, offered_at=NOON)
    case = replace(world.open(), helpers=(world.lea, world.ben), hand_off=offer)
    assert concerns_of(case)["ben"] == (Concern.HELPER, Concern.RECEIVER)
    assert involved(case) == {"ben", "lea"}
    assert concerns_of(replace(case, owner=world.ben))["ana"] == (Concern.FIRST_CONTACT,)


def test_whoever_is_asked_for_help_or_for_authority_is_concerned_until_they_answer(world: World) -> None:
    later = NOON + timedelta(minutes=1)
    asked = Asked("r", world.ana, world.lea, (Amount("EUR", 5000),), "", "a broken window", NOON, later)
    case = replace(world.open(), invited=(world.ben,), asked=asked)
    assert concerns_of(case)["ben"] == (Concern.INVITED,)
    assert concerns_of(case)["lea"] == (Concern.LENDER,)
    assert involved(replace(case, invited=(), asked=replace(asked, of=None))) == frozenset()


def test_a_closed_case_concerns_its_owner_and_nobody_by_duty(world: World) -> None:
    case = replace(world.open(), owner=world.ben, status=Status.CLOSED)
    assert concerns_of(case) == {"ben": (Concern.OWNER,)}
    assert involved(case) == involved(None) == frozenset()
