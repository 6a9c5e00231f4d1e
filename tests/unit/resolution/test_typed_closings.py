"""Every exception to "the customer said so" has a type, and its own evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import closing, replies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.state import Case
from services.resolution.domain.words import Address, Closing, ReplyKind, Status, Word
from tests.unit.resolution.world import MAIL, World

WINDOW = timedelta(days=30)
SMS = Address("sms", "phone", "+351910000001", "Maria Rossi")
LETTER = (
    "Dear Maria, I am sorry that we let you down. This is our final response. Thank you for your patience; "
    "I am taking care of this myself. If you are not content, you can turn to the Financial Ombudsman "
    "Service within six months."
)


def close(world: World, kind: Closing, note: str = "", word: Word | None = None) -> list[e.Event]:
    assert world.case is not None
    message_id = word.message_id if word else ""
    command = c.CloseCase(world.ana, kind, message_id, note, word)
    return closing.close(world.case, command, world.now, world.rules.playbook)


def tried(world: World, channel: str = "email", *, delivered: bool = True, reply_id: str = "r") -> Case:
    contact = e.ContactMade(world.new_id(), reply_id, channel, world.tick(timedelta(hours=1)), delivered)
    return world.apply(contact)


def speak(world: World, message_id: str = "m-back") -> list[e.Event]:
    assert world.case is not None
    heard = e.CustomerSpoke(Word(message_id, world.tick()), MAIL)
    return closing.hear_word(world.case, heard, world.now, WINDOW)


def reachable_by_two(world: World) -> None:
    world.open()
    world.apply(e.CustomerSpoke(Word("m-sms", world.tick()), SMS))


def silent_for_six_days(world: World) -> None:
    tried(world)
    world.tick(timedelta(days=3))
    tried(world, "sms", delivered=False)
    world.tick(timedelta(days=3))
    tried(world)


def test_three_attempts_on_two_channels_over_five_days_make_a_customer_unreachable(world: World) -> None:
    reachable_by_two(world)
    silent_for_six_days(world)
    case = world.apply(*close(world, Closing.UNREACHABLE))
    assert (case.status, case.closing) == (Status.CLOSED, Closing.UNREACHABLE)


@pytest.mark.parametrize(
    ("attempts", "missing"),
    [
        ([], ("attempts", "0 of 3")),
        ([("email", 0), ("sms", 6)], ("attempts", "2 of 3")),
        ([("email", 0), ("email", 3), ("email", 3)], ("channels", "1 of 2")),
        ([("email", 0), ("sms", 1), ("email", 1)], ("days", "2.1 of 5")),
    ],
)
def test_a_customer_is_not_unreachable_while_something_is_untried(
    world: World, attempts: list[tuple[str, int]], missing: tuple[str, str]
) -> None:
    reachable_by_two(world)
    for channel, days in attempts:
        world.tick(timedelta(days=days))
        tried(world, channel)
    world.tick(timedelta(days=90))  # silence alone proves nothing
    with pytest.raises(NotNow) as refused:
        close(world, Closing.UNREACHABLE)
    assert refused.value.rule == "attempts_missing"
    assert refused.value.allowed[missing[0]] == missing[1]


def test_exactly_five_days_are_enough(world: World) -> None:
    world.open()
    at = world.tick()
    for days in (0, 2, 5):
        made = e.ContactMade(world.new_id(), "r", "email", at + timedelta(days=days), delivered=True)
        world.apply(made)
    assert close(world, Closing.UNREACHABLE)


def test_a_customer_with_one_channel_is_tried_on_that_one(world: World) -> None:
    world.open()
    for days in (0, 3, 3):
        world.tick(timedelta(days=days))
        tried(world)
    assert close(world, Closing.UNREACHABLE)


def test_any_word_of_the_customer_makes_the_attempts_count_from_nothing(world: World) -> None:
    reachable_by_two(world)
    silent_for_six_days(world)
    world.heard("m-there")
    with pytest.raises(NotNow) as refused:
        close(world, Closing.UNREACHABLE)
    assert refused.value.allowed["attempts"] == "0 of 3"


def test_what_became_of_one_message_is_one_attempt_however_often_it_is_told(world: World) -> None:
    world.open()
    for _ in range(5):
        case = world.apply(e.ContactMade("c-1", "r", "email", world.tick(timedelta(days=2)), delivered=False))
    assert len(case.attempts) == 1


def test_a_long_silence_is_kept_short_with_its_first_attempt(world: World) -> None:
    world.open()
    first = tried(world).attempts[0]
    for _ in range(100):
        case = tried(world)
    assert (len(case.attempts), case.attempts[0]) == (32, first)


def test_not_a_complaint_asks_for_the_reason(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as refused:
        close(world, Closing.NOT_A_COMPLAINT, "  ")
    assert refused.value.rule == "evidence_missing"
    case = world.apply(*close(world, Closing.NOT_A_COMPLAINT, "She asked for the opening hours"))
    assert (case.status, case.closing) == (Status.CLOSED, Closing.NOT_A_COMPLAINT)


def test_what_a_customer_has_accepted_a_solution_for_was_a_complaint(world: World) -> None:
    world.open()
    world.fixing()
    with pytest.raises(NotNow) as refused:
        close(world, Closing.NOT_A_COMPLAINT, "Only a question")
    assert refused.value.rule == "not_in_this_status"


@pytest.mark.parametrize("kind", [Closing.UNREACHABLE, Closing.NOT_A_COMPLAINT])
def test_the_next_word_of_somebody_given_up_or_misread_reopens(world: World, kind: Closing) -> None:
    world.open()
    world.apply(e.CaseClosed(kind, "", "reason", world.tick()))
    world.tick(WINDOW - timedelta(minutes=1))
    heard, reopened = speak(world)
    case = world.apply(heard, reopened)
    assert (case.status, case.closing, case.reopened) == (Status.OPEN, None, 1)
    assert case.last_word.message_id == "m-back"


def test_at_the_last_instant_of_the_window_the_case_reopens_and_after_it_a_new_one_begins(
    world: World,
) -> None:
    world.open()
    case = world.apply(e.CaseClosed(Closing.NOT_A_COMPLAINT, "", "reason", world.tick()))
    last = world.now + WINDOW
    spoke = e.CustomerSpoke(Word("m-1", last), MAIL)
    assert not closing.word_begins_new_case(case, last, WINDOW)
    assert len(closing.hear_word(case, spoke, last, WINDOW)) == 2
    after = last + timedelta.resolution
    assert closing.word_begins_new_case(case, after, WINDOW)
    assert closing.hear_word(case, spoke, after, WINDOW) == [spoke]


def test_a_word_after_withdrawing_waits_for_what_it_says(world: World) -> None:
    world.open()
    world.apply(*close(world, Closing.WITHDRAWN, word=world.heard("m-drop")))
    assert [type(event) for event in speak(world)] == [e.CustomerSpoke]


def letter(world: World, text: str = LETTER, ombudsman: str = "Financial Ombudsman Service") -> e.ReplySent:
    assert world.case is not None
    command = c.SendReply(
        world.ana,
        "r-letter",
        ReplyKind.FINAL_RESPONSE,
        text,
        ombudsman=ombudsman,
        override_reason="Legal text",
    )
    pack = world.rules.pack_of(world.case)
    sent = replies.send(world.case, command, world.tick(), pack, world.rules.playbook)[1]
    assert isinstance(sent, e.ReplySent)
    return sent


def test_a_final_response_ends_a_case_once_it_has_reached_the_customer(world: World) -> None:
    world.open()
    with pytest.raises(NotNow) as refused:
        close(world, Closing.FINAL_RESPONSE)
    assert refused.value.rule == "letter_missing"
    world.apply(letter(world))
    tried(world, delivered=True, reply_id="another")
    tried(world, delivered=False, reply_id="r-letter")
    with pytest.raises(NotNow) as refused:
        close(world, Closing.FINAL_RESPONSE)
    assert refused.value.rule == "letter_not_delivered"
    tried(world, delivered=True, reply_id="r-letter")
    case = world.apply(*close(world, Closing.FINAL_RESPONSE))
    assert (case.status, case.closing) == (Status.CLOSED, Closing.FINAL_RESPONSE)


def test_a_final_response_names_the_ombudsman_in_its_words(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as unnamed:
        letter(world, ombudsman="")
    assert unnamed.value.rule == "ombudsman_missing"
    with pytest.raises(NotNow) as refused:
        letter(world, LETTER.replace("Financial Ombudsman Service", "court"))
    assert refused.value.rule == "ombudsman_not_named"


def test_a_reopened_case_needs_a_new_letter(world: World) -> None:
    world.open()
    world.apply(letter(world))
    tried(world, reply_id="r-letter")
    world.apply(*close(world, Closing.FINAL_RESPONSE))
    case = world.apply(e.CaseReopened("m-1", "customer_word_after_closure", world.tick()))
    assert (case.letter, case.attempts) == (None, ())


def test_a_merge_is_no_closing_by_itself(world: World) -> None:
    world.open()
    with pytest.raises(BadCommand) as refused:
        close(world, Closing.MERGED)
    assert refused.value.rule == "merge_instead"


@pytest.mark.parametrize("kind", list(Closing))
def test_only_the_owner_closes_whatever_the_evidence(world: World, kind: Closing) -> None:
    case = world.open()
    command = c.CloseCase(world.ben, kind, "m-0", "reason", Word("m-0", world.now))
    with pytest.raises(NotYours) as refused:
        closing.close(case, command, world.now, world.rules.playbook)
    assert refused.value.rule == "not_the_owner"


@pytest.mark.parametrize("kind", [kind for kind in Closing if kind is not Closing.MERGED])
def test_a_closed_case_is_not_closed_again_another_way(world: World, kind: Closing) -> None:
    world.open()
    other = Closing.UNREACHABLE if kind is not Closing.UNREACHABLE else Closing.NOT_A_COMPLAINT
    world.apply(e.CaseClosed(other, "", "", world.tick()))
    with pytest.raises(NotNow) as refused:
        close(world, kind, "reason", world.heard("m-1"))
    assert refused.value.rule == "not_in_this_status"
