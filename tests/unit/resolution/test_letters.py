"""The letters that regulators demand go out only with what they must say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import replies
from services.resolution.domain.errors import BadCommand, NotNow
from services.resolution.domain.playbook_reading import parse
from services.resolution.domain.words import ReplyKind
from tests.unit.resolution.world import FIRST_REPLY, World

HOLDING = (
    FIRST_REPLY + " It takes longer, because the crew\nis abroad. You have our answer by 19 January 2027."
)
REASON, BY = "because the crew is abroad", "19 January 2027"


def send(world: World, kind: ReplyKind, text: str, **more: str) -> e.ReplySent:
    assert world.case is not None
    command = c.SendReply(world.ana, "r-1", kind, text, override_reason="Legal text", **more)
    pack = world.rules.pack_of(world.case)
    sent = replies.send(world.case, command, world.now, pack, world.rules.playbook)[1]
    assert isinstance(sent, e.ReplySent)
    return sent


def refused(world: World, kind: ReplyKind, text: str, **more: str) -> str:
    with pytest.raises((NotNow, BadCommand)) as caught:
        send(world, kind, text, **more)
    return caught.value.rule


def test_a_holding_reply_says_why_it_takes_longer_and_by_when_the_answer_comes(world: World) -> None:
    world.open()
    kind = ReplyKind.HOLDING_REPLY
    assert send(world, kind, HOLDING, delay_reason=REASON, answer_by=BY).kind is kind
    assert refused(world, kind, HOLDING, answer_by=BY) == "delay_reason_missing"
    assert refused(world, kind, HOLDING, delay_reason="the weather", answer_by=BY) == "reason_not_given"
    assert refused(world, kind, HOLDING, delay_reason=REASON) == "answer_by_missing"
    assert refused(world, kind, HOLDING, delay_reason=REASON, answer_by="1 May") == "answer_by_not_given"


def test_a_summary_resolution_names_the_ombudsman(world: World) -> None:
    world.open()
    kind, text = (
        ReplyKind.SUMMARY_RESOLUTION,
        FIRST_REPLY + " You can turn to the Financial Ombudsman Service.",
    )
    assert send(world, kind, text, ombudsman="financial ombudsman service").ombudsman
    assert refused(world, kind, FIRST_REPLY, ombudsman="Ombudsman") == "ombudsman_not_named"
    assert refused(world, kind, text) == "ombudsman_missing"


def test_a_delay_notice_says_why_and_names_the_ombudsman(world: World) -> None:
    world.open()
    kind, body = ReplyKind.DELAY_NOTICE, "Australian Financial Complaints Authority"
    text = f"{HOLDING} You can turn to the {body} now."
    sent = send(world, kind, text, delay_reason=REASON, ombudsman=body)
    assert (sent.kind, sent.ombudsman) == (kind, body)
    assert world.apply(sent).letter is None
    assert refused(world, kind, text, ombudsman=body) == "delay_reason_missing"
    assert refused(world, kind, text, delay_reason=REASON) == "ombudsman_missing"
    assert refused(world, kind, HOLDING, delay_reason=REASON, ombudsman=body) == "ombudsman_not_named"
    assert refused(world, kind, text, delay_reason="rain", ombudsman=body) == "reason_not_given"


def test_an_acknowledgement_names_its_author(world: World) -> None:
    world.open()
    kind, name = ReplyKind.ACKNOWLEDGEMENT, world.ana.display_name
    assert send(world, kind, f"{FIRST_REPLY} {name}").author == world.ana
    assert refused(world, kind, FIRST_REPLY.replace(name, "Somebody")) == "owner_not_named"


def test_a_letter_with_a_blank_stays_here_and_other_words_may_have_brackets(world: World) -> None:
    world.open()
    text = f"{FIRST_REPLY} {world.ana.display_name} [Why it takes longer.]"
    assert refused(world, ReplyKind.ACKNOWLEDGEMENT, text) == "letter_unfinished"
    assert send(world, ReplyKind.REPLY, text).text == text


def test_only_the_final_response_ends_a_case_by_letter(world: World) -> None:
    world.open()
    text = FIRST_REPLY + " You can turn to the Financial Ombudsman Service."
    sent = send(world, ReplyKind.SUMMARY_RESOLUTION, text, ombudsman="Financial Ombudsman Service")
    assert world.apply(sent).letter is None


GATED = {
    "id": "regulated",
    "version": 1,
    "title": "Regulated",
    "source": "DISP 1.5.4R",
    "steps": [
        {
            "id": "summary",
            "title": "The summary resolution has arrived",
            "evidence": {
                "event": "ContactMade",
                "where": {"kind": "summary_resolution", "delivered": True},
            },
            "gates": "close",
        }
    ],
}


def test_a_playbook_can_hold_the_closing_until_a_letter_was_delivered(world: World) -> None:
    (step,) = parse(GATED).steps
    arrived = e.ContactMade(
        "c-1", "r-1", "email", world.now, delivered=True, kind=ReplyKind.SUMMARY_RESOLUTION
    )
    assert step.gates == "close"
    assert step.proven_by(arrived)
    assert not step.proven_by(replace(arrived, delivered=False))
    assert not step.proven_by(replace(arrived, kind=ReplyKind.REPLY))
