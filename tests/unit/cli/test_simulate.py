"""A load before it is sent, and how it is counted and told."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from services.chassis.errors import ConfigError
from services.standalone.demo.ledger import Answer, Sent, What
from services.standalone.demo.scenario import Story, Way, load
from services.standalone.simulate.crowd import Manners, Storyteller, crew
from services.standalone.simulate.drive import Observed, Sample
from services.standalone.simulate.page import page
from services.standalone.simulate.report import report_of
from services.standalone.simulate.schedule import Arrival, Pattern, Plan, arrivals, read_duration, read_mix
from services.standalone.simulate.tally import Histogram, Tally

MIX = {Way.EMAIL: 3.0, Way.SMS: 1.0}
STORY = Story("1", Way.SMS, "Ada", "+447700900111", "No signal.", 0.0)


def plan(pattern: Pattern = Pattern.STEADY, seed: int = 1) -> Plan:
    return Plan(20.0, 200.0, MIX, pattern, seed)


class Clock:
    """Says what it was told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("pattern", Pattern)
def test_the_mean_rate_is_the_one_asked_for_and_the_seed_decides_all(pattern: Pattern) -> None:
    found = list(arrivals(plan(pattern)))
    assert len(found) == pytest.approx(4000, rel=0.08)  # five standard deviations of a Poisson process
    assert found == list(arrivals(plan(pattern)))
    assert found != list(arrivals(plan(pattern, seed=2)))
    assert [one.at for one in found] == sorted(one.at for one in found)
    ways = Counter(one.way for one in found)
    assert ways[Way.EMAIL] / ways[Way.SMS] == pytest.approx(3, rel=0.1)


def test_steady_arrivals_come_as_a_poisson_process_does() -> None:
    times = [one.at for one in arrivals(plan())]
    counts = Counter(int(at) for at in times)
    per_second = [counts[second] for second in range(200)]
    mean = sum(per_second) / 200
    variance = sum((count - mean) ** 2 for count in per_second) / 199
    assert variance / mean == pytest.approx(1, abs=0.35)


def test_in_a_storm_many_come_at_once_with_the_same_failure_and_ask_again() -> None:
    scenario = load()
    teller = Storyteller(scenario.stories, crew(3), Manners(1.0, 0.0), 7)
    found = list(arrivals(plan(Pattern.STORM)))
    storm = [one for one in found if one.of_the_storm]
    busiest = Counter(int(one.at) for one in found).most_common(1)[0][1]
    assert busiest > 3 * 20
    assert len(storm) > len(found) / 2
    assert len({teller.story(one).text for one in storm if one.way is Way.SMS}) == 1
    assert len({teller.story(one).address for one in storm}) == len(storm)
    impatient = sum(one.asks_again for one in found) / len(found)
    assert impatient > 5 * sum(one.asks_again for one in arrivals(plan())) / len(found)


def test_a_share_of_first_replies_is_wrong_and_every_way_has_its_stories() -> None:
    scenario = load()
    teller = Storyteller(scenario.stories, crew(3), Manners(1.0, 0.25), 7)
    stories = [
        teller.story(Arrival(number, 0.0, way, of_the_storm=False, asks_again=False, chance=number))
        for number in range(400)
        for way in Way
    ]
    assert sum(bool(one.handling.blame) for one in stories) / len(stories) == pytest.approx(0.25, abs=0.06)
    assert {one.way for one in stories} == set(Way)
    assert all(one.point_of_contact for one in stories if one.way is Way.PHONE)


@pytest.mark.parametrize("text", ["", "mail", "mail=x", "post=1", "mail=-1,sms=2", "mail=0", "mail=nan"])
def test_a_mix_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        read_mix(text)


def test_a_mix_and_a_duration_are_read() -> None:
    assert read_mix("mail=5, voice=2.5") == {Way.EMAIL: 5.0, Way.PHONE: 2.5}
    assert [read_duration(text) for text in ("90", "90s", "1.5m", "2h")] == [90, 90, 90, 7200]
    for text in ("0s", "m", "-3s", "3d"):
        with pytest.raises(ConfigError):
            read_duration(text)


def test_a_percentile_is_right_to_one_per_cent_however_the_times_are_spread() -> None:
    chance = random.Random(3)
    times = sorted(chance.lognormvariate(0, 2) for _ in range(5000))
    seen = Histogram()
    for one in times:
        seen.add(one)
    for share in (0.5, 0.95, 0.99):
        assert seen.percentile(share) == pytest.approx(times[int(share * 5000) - 1], rel=0.01)
    assert seen.percentile(1.0) == pytest.approx(times[-1], rel=0.01)
    assert seen.worst == times[-1]
    assert len(seen.buckets) < 2500


def test_waiting_counts_from_the_moment_due_also_when_the_sender_was_late() -> None:
    clock = Clock()
    tally = Tally(clock, lambda story: None)
    clock.now = 15.0
    tally.begin(STORY, 5.0)
    clock.now = 16.0
    tally.add(Sent(Way.SMS, What.COMPLAINT, STORY.address, "SM1", Answer(200), STORY.id))
    clock.now = 70.0
    tally.heard(STORY.id, automatic=True)
    tally.heard(STORY.id, automatic=False)
    tally.heard(STORY.id, automatic=False)
    channel = tally.channel(Way.SMS)
    assert (channel.acknowledged.worst, channel.answered.worst) == (11.0, 65.0)
    assert (channel.answered.count, channel.in_time, channel.late) == (1, 0, 1)


def test_what_was_refused_or_lost_is_counted_apart_and_nobody_is_kept_who_left() -> None:
    tally = Tally(Clock(), lambda story: None)
    tally.begin(STORY, 0.0)
    tally.add(Sent(Way.SMS, What.COMPLAINT, STORY.address, "SM1", Answer(503), STORY.id))
    tally.end(STORY)
    tally.begin(STORY, 0.0)
    tally.lose(STORY)
    tally.end(STORY)
    channel = tally.channel(Way.SMS)
    assert (channel.due, channel.accepted, dict(channel.refused), channel.lost) == (2, 0, {503: 1}, 1)
    assert (tally.settled, tally.here, tally.sent) == (2, {}, [])


def observed() -> Observed:
    """A load of which the second half of the acknowledgements is missing."""
    seen = Observed(plan(), Manners(1.0, 0.1), 3, Tally(Clock(), lambda story: None), datetime.now(UTC))
    seen.tally.begin(STORY, 0.0)
    seen.tally.add(Sent(Way.SMS, What.COMPLAINT, STORY.address, "SM1", Answer(200), STORY.id))
    parts = {"intake": 0.5}, {"intake": 70.0}
    seen.samples = [
        Sample(1.0, 20.0, 20, 20, 20, 5, 20, *parts),
        Sample(2.0, 20.0, 60, 30, 30, 9, 51, *parts),
    ]
    seen.behind = seen.samples[-1]
    return seen


def test_the_report_says_where_the_rate_was_no_longer_met() -> None:
    told = report_of(observed())
    assert (told["not_met"]["at_s"], told["not_met"]["waiting"]) == (2.0, 30)
    assert told["channels"]["sms"]["accepted"] == 1
    assert told["processes"]["intake"] == {"cores": 0.25, "cpu_ms_per_complaint": 16.67, "memory_mib": 70.0}
    assert [point["accepted_per_s"] for point in told["series"]] == [20.0, 10.0]
    assert told["headline"]["metrics"] is None
    assert json.loads(json.dumps(told)) == told


def test_the_page_needs_nothing_from_outside_and_draws_what_was_seen() -> None:
    html = page(report_of(observed()))
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    assert [attrs for _, attrs in found if "src" in attrs or "href" in attrs] == []
    lines = [attrs["points"] for tag, attrs in found if tag == "polyline"]
    assert len(lines) == 2 + 3 + 1 + 1
    assert all(line and len(line.split()) == 2 for line in lines)
