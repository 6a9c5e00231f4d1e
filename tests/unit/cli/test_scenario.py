"""The demonstration's data: complete, and understood by the platform's own rules as it is meant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from amends.resolution.v1 import events_pb2 as events

from services.followup.adapters.policies import lexicon
from services.followup.domain.feedback import understand
from services.followup.domain.words import Solved
from services.resolution.adapters.data import load as load_rules
from services.resolution.config import Settings
from services.resolution.domain.replycheck import Pack, Reading, check
from services.resolution.domain.words import Outcome
from services.standalone.demo.customers import OFFER, QUESTION
from services.standalone.demo.manners import read_verdict
from services.standalone.demo.scenario import Scenario, Send, Shape, Signing, Story, Way, load

SCENARIO = load()
STORIES = pytest.mark.parametrize("story", SCENARIO.stories, ids=lambda story: story.id)
FILLED = {"greeting": "Maya", "owner": "Ada Marsh", "receiver": "Emre Aydin", "offer": "I put it right today"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The reply check that ships."""
    return load_rules(Settings()).packs["en"]


def said(template: str) -> str:
    return template.format(**FILLED)


def test_there_are_enough_complaints_over_enough_channels() -> None:
    ways = Counter(story.way for story in SCENARIO.stories)
    assert len(SCENARIO.stories) >= 24
    assert set(ways) == set(Way)


def test_everything_the_demonstration_promises_is_in_it() -> None:
    handlings = [story.handling for story in SCENARIO.stories]
    assert {story.sends for story in SCENARIO.stories} == set(Send)
    assert {story.shape for story in SCENARIO.stories} == set(Shape)
    assert {story.signing for story in SCENARIO.stories} == set(Signing)
    for promised in ("blame", "pass_up_to", "hand_off_to", "grants", "alternative", "hurry"):
        assert any(getattr(handling, promised) for handling in handlings), promised
    assert {story.way for story in SCENARIO.stories if story.handling.hand_off_to} == {Way.EMAIL, Way.PHONE}


def test_a_case_goes_to_a_colleague_and_is_never_offered_up_but_to_be_refused() -> None:
    rank = {one.employee_id: one.rank for one in SCENARIO.employees}
    for story in SCENARIO.stories:
        assert [rank.get(one) for one in story.handling.hand_off_to] in ([], [0, 0])
        assert rank.get(story.handling.pass_up_to or "ines", 0) > 0
        assert rank.get(story.point_of_contact or "ada") == 0


def test_every_remedy_is_in_the_catalogue() -> None:
    rules = load_rules(Settings())
    given = {remedy for story in SCENARIO.stories for remedy in story.handling.grants}
    assert given <= set(rules.catalogue.remedies)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("reply", "first"),
        ("proposal", "proposal"),
        ("introduction", "introduction"),
        ("taken_over", "reply"),
        ("circle_back", "circle_back"),
        ("circle_back_again", "circle_back"),
        ("ask_again", "reply"),
    ],
)
def test_what_employees_say_passes_the_reply_check(words: str, moment: str, pack: Pack) -> None:
    checked = check(Reading(said(getattr(SCENARIO.words, words)), "Maya", moment), pack)
    assert checked.outcome is Outcome.PASSED, checked.findings


@STORIES
def test_what_is_offered_passes_the_reply_check(story: Story, pack: Pack) -> None:
    handling = story.handling
    for offer in (handling.offer, handling.alternative, *SCENARIO.offers.values()):
        text = SCENARIO.words.proposal.format(**{**FILLED, "offer": offer})
        checked = check(Reading(text, "Maya", "proposal"), pack)
        assert checked.outcome is Outcome.PASSED, checked.findings


def test_blame_is_stopped(pack: Pack) -> None:
    (blame,) = [story.handling.blame for story in SCENARIO.stories if story.handling.blame]
    found = {finding.category for finding in check(Reading(blame, "Hannah", "first"), pack).findings}
    assert {"blame_colleague", "blame_customer"} <= found


def test_customers_recognise_offers_and_questions() -> None:
    words = SCENARIO.words
    assert [OFFER in said(text) for text in (words.proposal, words.spoken_proposal)] == [True, True]
    asking = (words.circle_back, words.circle_back_again, words.ask_again)
    assert all(QUESTION in said(text) for text in asking)
    others = (words.reply, words.introduction, words.taken_over, words.spoken_reply, words.goodbye)
    assert not any(OFFER in said(text) or QUESTION in said(text) for text in others)


@STORIES
def test_the_last_answer_on_whether_it_is_solved_is_understood_as_yes(story: Story) -> None:
    meant = [understand(text, lexicon("en")).solved for text in story.closings]
    assert meant[-2:] in ([Solved.YES, Solved.YES], [])
    assert set(meant[:-2]) <= {Solved.NO, Solved.CONTRADICTORY}


@STORIES
def test_the_last_verdict_is_a_happy_one(story: Story) -> None:
    read = [read_verdict(text) for text in story.verdicts]
    assert read[-1] in (events.VERDICT_MEETS, events.VERDICT_EXCEEDS)
    assert (events.VERDICT_BELOW in read) == bool(story.handling.alternative)


def test_two_stories_of_one_customer_are_refused(tmp_path: Path) -> None:
    document = yaml.safe_load((Path(load.__code__.co_filename).parent / "scenario.yaml").read_text())
    document["stories"].append({**document["stories"][0], "id": "again"})
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(ValueError, match="of its own"):
        load(tmp_path / "scenario.yaml")


def test_the_scenario_is_read_whole() -> None:
    assert isinstance(SCENARIO, Scenario)
    assert SCENARIO.by_address().keys() == {story.address for story in SCENARIO.stories}
