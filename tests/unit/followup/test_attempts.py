"""Attempts to reach a customer: as they like it, undisturbed at night, enough to call them unreachable."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.attempts import Attempt, Plan, plan
from services.followup.domain.wishes import Preferences, Quiet
from services.followup.domain.words import Channel

BERLIN = Quiet("Europe/Berlin", time(21), time(8))
NEVER = Quiet("UTC", time(0), time(0))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAIL, SMS, CHAT = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP
NOTHING = Preferences()


def planned(
    reach: list[Channel], attempts: list[Attempt], preferences: Preferences = NOTHING, quiet: Quiet = NEVER
) -> Plan:
    found = plan(reach, attempts, preferences, quiet, NOON)
    assert found is not None
    return found


def test_the_first_attempt_is_made_at_once_on_the_channel_the_customer_likes() -> None:
    likes = Preferences((CHAT, SMS))
    assert planned([SMS, MAIL, CHAT], [], likes).channel is CHAT
    first = planned([SMS, MAIL], [])
    assert (first.channel, first.at, first.because) == (SMS, NOON, "untried")
    assert (first.attempts_missing, first.channels_missing, first.span_missing.days) == (2, 1, 5)


def test_no_attempt_is_planned_without_consent() -> None:
    assert planned([SMS, MAIL], [], Preferences((SMS,), frozenset({SMS}))).channel is MAIL
    assert plan([SMS], [], Preferences(refused=frozenset({SMS})), NEVER, NOON) is None
    assert plan([], [], NOTHING, NEVER, NOON) is None


@given(st.lists(st.sampled_from([MAIL, SMS, CHAT]), min_size=1, unique=True))
def test_whoever_follows_the_plan_may_close_as_unreachable_after_three_attempts(reach: list[Channel]) -> None:
    attempts: list[Attempt] = []
    for _ in range(3):
        last = plan(reach, attempts, NOTHING, BERLIN, attempts[-1].at if attempts else NOON)
        assert last is not None
        attempts.append(Attempt(last.channel, last.at))
    assert (last.attempts_missing, last.channels_missing, last.span_missing) == (0, 0, timedelta())
    assert attempts[-1].at - attempts[0].at >= timedelta(days=5)
    assert len({one.channel for one in attempts}) >= min(2, len(reach))


def test_two_attempts_are_never_nearer_than_a_day() -> None:
    late = [Attempt(SMS, NOON - timedelta(days=9)), Attempt(MAIL, NOON - timedelta(hours=1))]
    assert planned([SMS, MAIL], late).at == NOON + timedelta(hours=23)


@pytest.mark.parametrize(
    ("local", "over"),
    [
        ("2026-11-24 20:59", "2026-11-24 20:59"),
        ("2026-11-24 21:00", "2026-11-25 08:00"),
        ("2026-11-25 00:30", "2026-11-25 08:00"),
        ("2026-11-25 08:00", "2026-11-25 08:00"),
        ("2026-03-29 01:30", "2026-03-29 08:00"),  # the clock is set forward in this night
        ("2026-10-25 02:30", "2026-10-25 08:00"),  # and back in this one
    ],
)
def test_quiet_hours_are_the_customers_own(local: str, over: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    told, wanted = (datetime.fromisoformat(one).replace(tzinfo=zone).astimezone(UTC) for one in (local, over))
    assert BERLIN.over(told) == wanted


@given(
    st.integers(min_value=0, max_value=2 * 365 * 86400).map(lambda one: NOON + timedelta(seconds=one)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.times(),
    st.times(),
)
def test_nobody_is_disturbed_and_nobody_waits_longer_than_a_day(
    at: datetime, zone: str, since: time, until: time
) -> None:
    quiet = Quiet(zone, since, until)
    found = quiet.over(at)
    assert at <= found <= at + timedelta(hours=25)
    assert quiet.over(found) == found


def test_a_mail_disturbs_nobody_at_night() -> None:
    night = NOON.replace(hour=23)
    for channel, at in ((MAIL, night), (SMS, night.replace(day=25, hour=7))):
        found = plan([channel], [], NOTHING, BERLIN, night)
        assert found is not None
        assert found.at == at
