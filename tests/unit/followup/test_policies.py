"""The data files: the shipped policy, what settings change, what is wrong in a file."""

from __future__ import annotations

import pytest

from services.chassis.errors import ConfigError
from services.followup.adapters.message_files import reply_subject
from services.followup.adapters.policies import adjusted, lexicon, terms
from services.followup.adapters.rules.policy_files import seconds
from services.followup.config import Settings
from services.followup.domain.policy import ANY
from services.followup.domain.words import ClockName, Severity
from tests.unit.followup.cases import DAY


def test_the_shipped_policy_says_sixty_seconds_and_circles_back_after_one_and_seven_days() -> None:
    policy = terms("service-60s")
    assert [(one.clock, one.amount) for one in policy.targets[:3]] == [
        ("response_60s", {ANY: 60}),
        ("first_response", {ANY: 3600}),
        ("next_response", {ANY: 14400}),
    ]
    assert policy.circle_back_s == (DAY, 7 * DAY)
    assert policy.progress_s[Severity.CRITICAL] < policy.progress_s[Severity.LOW]


def test_the_shipped_policy_asks_for_every_other_clock_by_severity_and_for_words_as_often_as_promised() -> (
    None
):
    policy = terms("service-60s")
    rest = {one.clock: one.amount for one in policy.targets[3:]}
    assert set(rest) == set(ClockName) - {one.clock for one in policy.targets[:3]}
    assert all(one["critical"] < one["high"] < one["normal"] < one["low"] for one in rest.values())
    assert rest[ClockName.PROGRESS_UPDATE] == policy.progress_s


def test_settings_compress_days_and_say_so() -> None:
    settings = Settings(thread_secret="x", circle_back_s=(1.0, 2.0), circle_back_grace_s=3.0, progress_s=4.0)
    policy = adjusted(terms("service-60s"), settings)
    assert (policy.circle_back_s, policy.circle_back_grace_s) == ((1.0, 2.0), 3.0)
    assert set(policy.progress_s.values()) == {4.0}
    assert policy.policy_id == "service-60s@2+settings"


def test_settings_that_say_nothing_change_nothing() -> None:
    assert adjusted(terms("service-60s"), Settings(thread_secret="x")) == terms("service-60s")


@pytest.mark.parametrize(
    ("text", "value"), [("60s", 60), ("1.5h", 5400), ("7d", 7 * DAY), (90, 90), ("2m", 120)]
)
def test_durations_have_units(text: str | float, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "1w", "-5s", "one day"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


@pytest.mark.parametrize("load", [terms, lexicon])
def test_a_file_that_is_not_there_stops_the_start(load: object) -> None:
    with pytest.raises(ConfigError):
        load("nowhere")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("subject", "answer"),
    [("Late", "Re: Late"), ("RE: Late", "RE: Late"), ("  a\r\n b ", "Re: a b"), ("", "Your message to us")],
)
def test_a_reply_has_one_re(subject: str, answer: str) -> None:
    assert reply_subject(subject, "Your message to us") == answer
