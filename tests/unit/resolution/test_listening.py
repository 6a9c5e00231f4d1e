"""Speech on a call is read as it comes: what it gave, what it must not say, and which words are due."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.resolution.domain import events as e
from services.resolution.domain.decide import listening
from services.resolution.domain.words import Word
from tests.unit.resolution.world import MAIL, NOON, World


def hear(
    world: World, text: str, second: int, employee_id: str = "ana", segment_id: str = ""
) -> list[e.Event]:
    """A stretch of speech at this second of the complaint; what follows is applied."""
    assert world.case is not None
    at = world.case.complained_at + timedelta(seconds=second)
    spoke = e.EmployeeSpoke(employee_id, segment_id or world.new_id(), at, text=text)
    pack, playbook = world.rules.pack_of(world.case), world.rules.playbook_of(world.case)
    events = listening.hear_employee(world.case, spoke, world.now, pack, playbook)
    world.apply(*events)
    return events


def hears_customer(world: World, second: int) -> list[e.Event]:
    assert world.case is not None
    at = world.case.complained_at + timedelta(seconds=second)
    pack, playbook = world.rules.pack_of(world.case), world.rules.playbook_of(world.case)
    spoke = e.CustomerSpoke(Word(world.new_id(), at))
    hints = listening.remind_owner(world.case, spoke, world.now, pack, playbook)
    world.apply(spoke, *hints)
    return [spoke, *hints]


def said(events: list[e.Event]) -> set[str]:
    return {good for event in events if isinstance(event, e.EmployeeSpoke) for good in event.said}


def hints(events: list[e.Event]) -> list[e.HintGiven]:
    return [event for event in events if isinstance(event, e.HintGiven)]


def due(events: list[e.Event]) -> list[str]:
    return [each.good for hint in hints(events) for each in hint.missing]


def faults(events: list[e.Event]) -> list[str]:
    return [each.category for hint in hints(events) for each in hint.findings]


def test_thanks_cut_in_two_by_the_transcription_are_thanks(world: World) -> None:
    world.open()
    assert "thanks" not in said(hear(world, "Maria, thank", 3))
    assert "thanks" in said(hear(world, "you for telling me", 5))


def test_what_was_said_in_one_stretch_is_not_counted_again_in_the_next(world: World) -> None:
    world.open()
    assert "apology" in said(hear(world, "I am so sorry about this", 3))
    assert "apology" not in said(hear(world, "and the bags", 6))


def test_words_of_two_people_are_never_put_together(world: World) -> None:
    world.open()
    hear(world, "Maria, thank", 3)
    assert "thanks" not in said(hear(world, "you for telling me", 4, employee_id="ben"))
    assert "thanks" in said(hear(world, "you for telling me", 5))


def test_words_long_after_one_another_are_not_one_sentence(world: World) -> None:
    world.open()
    hear(world, "Maria, thank", 3)
    assert "thanks" not in said(hear(world, "you for telling me", 40))


def test_a_segment_that_is_heard_twice_is_said_once(world: World) -> None:
    world.open()
    assert said(hear(world, "I am sorry", 3, segment_id="s-1"))
    assert hear(world, "I am sorry", 3, segment_id="s-1") == []


def test_blame_on_a_call_brings_the_sentence_that_repairs_it_at_its_second(world: World) -> None:
    world.open()
    (hint,) = hints(hear(world, "It must have been accounting.", 12))
    (finding,) = hint.findings
    assert (hint.employee_id, hint.second) == ("ana", 12)
    assert hint.text[finding.start : finding.end] == "It must have been accounting"
    assert finding.category == "blame_colleague"
    assert world.case is not None
    pack = world.rules.pack_of(world.case)
    assert pack is not None
    assert finding.suggestion == pack.repairs["blame_colleague"]


def test_blame_over_two_stretches_is_found_where_it_is_completed_and_only_there(world: World) -> None:
    world.open()
    assert faults(hear(world, "well it must have", 5)) == []
    (hint,) = hints(hear(world, "been accounting", 7))
    assert [hint.text[each.start : each.end] for each in hint.findings] == ["it must have been accounting"]
    assert faults(hear(world, "you see", 9)) == []


def test_nothing_is_hinted_while_there_is_nothing_to_say(world: World) -> None:
    world.open()
    assert hints(hear(world, "Maria, let me see.", 2)) == []


def test_words_that_are_due_are_named_once_when_half_of_their_time_is_over(world: World) -> None:
    world.open()
    assert due(hear(world, "Hello, Ana here", 10)) == []
    assert set(due(hear(world, "one moment", 31))) == {"first_name", "apology", "thanks", "ownership"}
    assert due(hear(world, "one moment", 45)) == []


def test_words_that_were_said_in_time_are_never_asked_for(world: World) -> None:
    world.open()
    hear(world, "Maria, I am so sorry.", 4)
    assert set(due(hear(world, "one moment", 31))) == {"thanks", "ownership"}


def test_a_hint_says_until_when_and_in_whose_words(world: World) -> None:
    world.open()
    (hint,) = hints(hear(world, "one moment", 31))
    apology = next(each for each in hint.missing if each.good == "apology")
    assert apology.due_at == NOON + timedelta(seconds=60)
    assert apology.step_id == "apologise"
    name = next(each for each in hint.missing if each.good == "first_name")
    assert "Maria" in name.say


def test_a_name_that_nobody_knows_is_not_asked_for(world: World) -> None:
    world.open(first_name="")
    assert "first_name" not in due(hear(world, "one moment", 31))


def test_while_the_customer_speaks_the_owner_is_told_what_is_due(world: World) -> None:
    world.open()
    events = hears_customer(world, 40)
    assert "apology" in due(events)
    assert {hint.employee_id for hint in hints(events)} == {"ana"}


def test_a_written_word_of_the_customer_brings_no_hint(world: World) -> None:
    case = world.open()
    spoke = e.CustomerSpoke(Word("m-2", case.complained_at + timedelta(seconds=50)), MAIL)
    pack, playbook = world.rules.pack_of(case), world.rules.playbook_of(case)
    assert listening.remind_owner(case, spoke, world.now, pack, playbook) == []


def test_a_language_without_a_pack_is_heard_and_neither_praised_nor_blamed(world: World) -> None:
    world.open(language="it")
    events = hear(world, "Mi dispiace", 31)
    assert [type(event) for event in events] == [e.EmployeeSpoke]
    assert said(events) == set()


def test_on_a_call_whose_beginning_is_known_seconds_count_from_there(world: World) -> None:
    case = world.open()
    world.apply(e.CallStarted("i-1", "CA-1", case.complained_at - timedelta(seconds=20)))
    (hint,) = hints(hear(world, "It must have been accounting.", 12))
    assert hint.second == 32


def test_the_end_of_a_call_is_the_end_of_its_sentences(world: World) -> None:
    world.open()
    world.apply(e.CallStarted("i-1", "CA-1"))
    hear(world, "Maria, thank", 3)
    world.apply(e.CallEnded("i-1"))
    assert "thanks" not in said(hear(world, "you for telling me", 5))


@pytest.mark.parametrize("words", [1, 50, 400])
def test_what_is_kept_of_speech_is_short_however_long_somebody_speaks(world: World, words: int) -> None:
    world.open()
    for second in range(5):
        hear(world, "word " * words, second)
    assert world.case is not None
    (stretch,) = world.case.heard
    assert len(stretch.text) <= 240
