"""Every human word to a customer is checked, and goes to where the customer can read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import replies
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.words import Address, Closing, Outcome, ReplyKind, Status, Word
from tests.unit.resolution.world import FIRST_REPLY, MAIL, World


def reply(world: World, text: str = FIRST_REPLY, **more: object) -> c.SendReply:
    return replace(c.SendReply(world.ana, "r-1", ReplyKind.REPLY, text), **more)  # type: ignore[arg-type]


def send(world: World, command: c.SendReply) -> list[e.Event]:
    assert world.case is not None
    pack = world.rules.pack_of(world.case)
    return replies.send(world.case, command, world.now, pack, world.rules.playbook)


def refusal(world: World, command: c.SendReply) -> Refusal:
    with pytest.raises(Refusal) as refused:
        send(world, command)
    return refused.value


def test_a_good_first_reply_is_checked_and_sent_to_where_the_customer_wrote(world: World) -> None:
    world.open()
    checked, sent = send(world, reply(world))
    assert isinstance(checked, e.ReplyChecked)
    assert checked.outcome is Outcome.PASSED
    assert isinstance(sent, e.ReplySent)
    assert sent.to == MAIL
    assert sent.subject == "Re: Four hours late"
    assert set(sent.said) >= {"apology", "thanks", "first_name", "ownership"}


def test_blame_stops_a_reply_and_only_the_check_is_on_record(world: World) -> None:
    world.open()
    (checked,) = send(world, reply(world, FIRST_REPLY + " It must have been accounting."))
    assert isinstance(checked, e.ReplyChecked)
    assert checked.outcome is Outcome.STOPPED
    assert "blame_colleague" in {each.category for each in checked.findings}


def test_a_stopped_reply_goes_out_with_a_reason_that_is_kept(world: World) -> None:
    world.open()
    text = FIRST_REPLY + " It must have been accounting."
    checked, sent = send(world, reply(world, text, override_reason="The customer asked who it was"))
    assert isinstance(checked, e.ReplyChecked)
    assert (checked.outcome, checked.override_reason) == (
        Outcome.OVERRIDDEN,
        "The customer asked who it was",
    )
    assert isinstance(sent, e.ReplySent)


def test_a_blank_reason_overrides_nothing(world: World) -> None:
    world.open()
    assert len(send(world, reply(world, "It must have been accounting.", override_reason="  "))) == 1


def test_a_language_without_a_pack_is_unchecked_and_never_passed(world: World) -> None:
    world.open(language="it-IT")
    checked, sent = send(world, reply(world, "Gentile Maria, ci dispiace."))
    assert isinstance(checked, e.ReplyChecked)
    assert (checked.outcome, checked.pack_version) == (Outcome.UNCHECKED, "")
    assert isinstance(sent, e.ReplySent)


def test_only_the_owner_speaks_for_the_case(world: World) -> None:
    world.open()
    refused = refusal(world, reply(world, actor=world.ben))
    assert isinstance(refused, NotYours)
    assert refused.allowed["owner_id"] == "ana"


def test_the_first_person_circles_back_even_when_they_no_longer_own_the_case(world: World) -> None:
    world.open()
    world.replied()
    world.resolved()
    assert world.case is not None
    world.case = replace(world.case, owner=world.ben)
    _, sent = send(world, reply(world, "Maria, is it all solved?", kind=ReplyKind.CIRCLE_BACK))
    assert isinstance(sent, e.ReplySent)
    assert sent.author == world.ana
    assert refusal(world, reply(world)).rule == "not_the_owner"


def test_there_is_nothing_to_circle_back_to_before_the_case_is_resolved(world: World) -> None:
    world.open()
    assert refusal(world, reply(world, kind=ReplyKind.CIRCLE_BACK)).rule == "not_in_this_status"


def test_a_proposal_is_not_sent_as_a_reply(world: World) -> None:
    world.open()
    assert refusal(world, reply(world, kind=ReplyKind.PROPOSAL)).rule == "propose_instead"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("   ", "text_missing"),
        ("x" * 20_001, "text_too_long"),
        ("so\x00rry", "text_has_control_characters"),
    ],
)
def test_a_text_that_is_none_is_refused(world: World, text: str, rule: str) -> None:
    world.open()
    refused = refusal(world, reply(world, text))
    assert isinstance(refused, BadCommand)
    assert refused.rule == rule


def test_a_subject_cannot_carry_a_second_header(world: World) -> None:
    world.open()
    refused = refusal(world, reply(world, subject="Hello\r\nBcc: all@example.org"))
    assert refused.rule == "subject_has_control_characters"


def test_after_a_call_a_text_goes_to_the_same_number(world: World) -> None:
    world.open(address=Address("phone", "phone", "+39055123", account="+39800"), channel="phone")
    _, sent = send(world, reply(world))
    assert isinstance(sent, e.ReplySent)
    assert (sent.to.channel, sent.to.party_value, sent.to.account) == ("sms", "+39055123", "")


def test_a_complaint_from_a_form_is_answered_by_mail(world: World) -> None:
    world.open(address=Address("api", "email", "maria@example.org"), channel="api")
    _, sent = send(world, reply(world))
    assert isinstance(sent, e.ReplySent)
    assert sent.to.channel == "email"


def test_a_visitor_of_a_chat_is_answered_in_the_chat(world: World) -> None:
    chat = Address("webchat", "webchat", "5ca1ab1e" * 4, account="site")
    world.open(address=chat, channel="webchat")
    _, sent = send(world, reply(world))
    assert isinstance(sent, e.ReplySent)
    assert sent.to == chat


def test_a_reply_goes_where_the_customer_wrote_last_unless_another_channel_is_asked_for(world: World) -> None:
    world.open()
    sms = Address("sms", "phone", "+39055123")
    world.apply(e.CustomerSpoke(Word("m-1", world.tick()), sms))
    assert world.case is not None
    assert replies.address(world.case).channel == "sms"
    assert replies.address(world.case, "email") == MAIL
    with pytest.raises(NotNow) as refused:
        replies.address(world.case, "whatsapp")
    assert refused.value.allowed == {"channels": "email,sms"}


def test_the_first_words_must_carry_what_later_ones_may_leave_out(world: World) -> None:
    world.open()
    bare = "The new date is the 4th."
    (stopped,) = send(world, reply(world, bare))
    assert isinstance(stopped, e.ReplyChecked)
    missing = {each.category for each in stopped.findings if each.severity == "error"}
    assert missing == {"apology", "first_name", "ownership"}
    world.replied()
    checked, _ = send(world, reply(world, bare))
    assert isinstance(checked, e.ReplyChecked)
    assert {each.severity for each in checked.findings} == {"warning"}


def test_a_customer_whose_name_nobody_knows_is_not_missed_by_name(world: World) -> None:
    world.open(first_name="")
    checked, _ = send(world, reply(world, FIRST_REPLY.replace("Maria", "customer")))
    assert isinstance(checked, e.ReplyChecked)
    assert checked.findings == ()


def test_a_closed_case_is_still_answered(world: World) -> None:
    world.open()
    world.resolved()
    world.apply(e.CaseClosed(Closing.CONFIRMED, "m-9", "", world.tick()))
    assert world.case is not None
    assert world.case.status is Status.CLOSED
    assert len(send(world, reply(world))) == 2
