"""A message about to leave: it goes, waits for the morning of its customer, or stays for want of consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.followup.domain.contact import Contact, Refused
from services.followup.domain.policy import MetBy
from services.followup.domain.record import Fact, FollowUp, Policed
from services.followup.domain.record import learn as learn_facts
from services.followup.domain.wishes import Preferences, Quiet, Wishes
from services.followup.domain.words import Channel, ReplyKind, Via
from tests.unit.followup.cases import DAY, answer, at, complaint, fresh, regulator, said
from tests.unit.followup.test_mail import CONTACT

# Cases begin at noon UTC, which is 01:00 of the next day in Auckland: seven hours of quiet are left.
AUCKLAND = Quiet("Pacific/Auckland", time(21), time(8))
MORNING = at(7 * 3600)
SMS = replace(CONTACT, channel=Channel.SMS, via=Via.TWILIO, account="+64", party_value="+6421")
LATE = at(2 * 3600)
NIGHT = Wishes(quiet=AUCKLAND)


def case(*facts: Fact) -> FollowUp:
    return learn_facts(fresh(), [complaint(Channel.SMS), said("m0", 0), *facts])


def ruling(
    contact: Contact, record: FollowUp, now: datetime = LATE, wishes: Wishes = NIGHT
) -> Refused | datetime | None:
    found = wishes.ruling(contact, record, now)
    assert found is None or wishes.concern(contact, now)
    return found


def test_a_message_waits_until_the_quiet_hours_end_on_the_customers_own_clock() -> None:
    assert ruling(SMS, case()) == MORNING
    assert ruling(replace(SMS, human=False), case()) == MORNING
    assert ruling(SMS, case(), MORNING) is None
    assert ruling(SMS, case(), wishes=Wishes()) is None


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-03-28 22:00", 9), ("2026-10-24 22:00", 11), ("2026-11-22 22:00", 10)],  # forward, back, neither
)
def test_the_wait_is_as_long_as_the_night_in_which_clocks_are_changed(evening: str, hours: int) -> None:
    now = datetime.fromisoformat(evening).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    berlin = Wishes(quiet=Quiet("Europe/Berlin", time(21), time(8)))
    assert ruling(SMS, fresh(), now, berlin) == now + timedelta(hours=hours)


def test_what_rings_nowhere_or_has_rung_already_does_not_wait() -> None:
    assert ruling(CONTACT, case()) is None
    assert ruling(replace(SMS, channel=Channel.WEBFORM, via=Via.SMTP), case()) is None
    assert ruling(replace(SMS, parts_out=1), case()) is None
    assert ruling(replace(SMS, channel=Channel.PHONE), case()) == MORNING


@pytest.mark.parametrize("live", [False, True])
def test_who_has_just_written_or_is_on_the_line_is_answered_at_once(live: bool) -> None:
    just = said("m1", 3600 + 1, live=live)
    assert ruling(SMS, case(just)) is None
    assert ruling(SMS, case(replace(just, said_at=at(3600)))) == MORNING
    assert ruling(SMS, case(replace(just, suppressed=True))) == MORNING
    assert ruling(SMS, case(answer("a1", 3600 + 1, spoken=True))) is None
    assert ruling(SMS, case(answer("a1", 3600 + 1))) == MORNING


def test_what_was_long_under_way_to_us_does_not_show_that_they_are_awake() -> None:
    assert ruling(SMS, case(said("m1", -DAY, received=2 * 3600 - 1))) == MORNING


@pytest.mark.parametrize(
    ("rule", "kind", "goes"),
    [
        (regulator("first", MetBy.ANSWER, 3 * 3600), ReplyKind.REPLY, True),
        (regulator("first", MetBy.ANSWER, 7 * 3600), ReplyKind.REPLY, True),  # due when the quiet ends
        (regulator("first", MetBy.ANSWER, 8 * 3600), ReplyKind.REPLY, False),  # the morning is soon enough
        (regulator("first", MetBy.ANSWER, 1 * 3600), ReplyKind.REPLY, False),  # passed: haste saves nothing
        (regulator("final", MetBy.FINAL_RESPONSE, 3 * 3600), ReplyKind.FINAL_RESPONSE, True),
        (regulator("final", MetBy.FINAL_RESPONSE, 3 * 3600), ReplyKind.REPLY, False),
        (regulator("final", MetBy.HOLDING_OR_FINAL_RESPONSE, 3 * 3600), ReplyKind.HOLDING_REPLY, True),
    ],
)
def test_what_the_law_demands_before_the_morning_goes_out_and_nothing_else(
    rule: Policed, kind: ReplyKind, goes: bool
) -> None:
    letter = replace(SMS, reply_kind=kind)
    assert ruling(letter, case(rule)) == (None if goes else MORNING)
    assert ruling(replace(letter, human=False), case(rule)) == MORNING


def test_nothing_is_sent_on_a_channel_that_was_refused_until_the_customer_writes_there() -> None:
    refused = Wishes(Preferences(refused=frozenset({Channel.SMS})), told_at=at(60))
    law = regulator("first", MetBy.ANSWER, 3 * 3600)
    assert ruling(SMS, case(), wishes=refused) == Refused("blocked", "no_consent")
    assert ruling(replace(SMS, channel=Channel.PHONE), case(law), wishes=refused) == Refused(
        "blocked", "no_consent"
    )
    assert ruling(CONTACT, case(), wishes=refused) is None
    elsewhere = replace(said("m1", 3000), reach=Channel.EMAIL)
    assert ruling(SMS, case(elsewhere), wishes=refused) == Refused("blocked", "no_consent")
    assert ruling(SMS, case(replace(elsewhere, reach=Channel.SMS)), wishes=refused) is None
