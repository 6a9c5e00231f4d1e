"""What the letters that regulators demand must say, before they go out (docs/clocks.md, Letters)."""

from __future__ import annotations

import re

from services.resolution.domain import commands as c
from services.resolution.domain.decide.guard import demand_text
from services.resolution.domain.errors import NotNow
from services.resolution.domain.words import ReplyKind

RIGHTS = (ReplyKind.FINAL_RESPONSE, ReplyKind.SUMMARY_RESOLUTION, ReplyKind.DELAY_NOTICE)
"""The letters that tell the customer of the ombudsman."""
LETTERS = (*RIGHTS, ReplyKind.ACKNOWLEDGEMENT, ReplyKind.HOLDING_REPLY)
_BLANK = re.compile(r"\[[^\]\n]{1,100}\]")


def demand_letter(command: c.SendReply) -> None:
    """Raises NotNow naming what the words do not say: "letter_unfinished", "ombudsman_not_named",
    "owner_not_named", "reason_not_given", "answer_by_not_given"; BadCommand where that is not said beside the
    words either."""
    blank = _BLANK.search(command.text)
    if blank:
        raise NotNow("letter_unfinished", "A blank of the letter is not filled in.", {"blank": blank.group()})
    if command.kind in RIGHTS:
        _demand(
            command,
            "ombudsman",
            command.ombudsman,
            "ombudsman_not_named",
            "Such a letter must tell the customer of the ombudsman they can turn to.",
        )
    if command.kind in (ReplyKind.HOLDING_REPLY, ReplyKind.DELAY_NOTICE):
        _demand(
            command,
            "delay_reason",
            command.delay_reason,
            "reason_not_given",
            "Such a letter must say why the answer takes longer.",
        )
    if command.kind is ReplyKind.HOLDING_REPLY:
        _demand(
            command,
            "answer_by",
            command.answer_by,
            "answer_by_not_given",
            "A holding reply must say by when the final response comes.",
        )
    named = command.actor.display_name.casefold() in command.text.casefold()
    if command.kind is ReplyKind.ACKNOWLEDGEMENT and not named:
        raise NotNow(
            "owner_not_named",
            "An acknowledgement must name the person who looks after the complaint.",
            {"name": command.actor.display_name},
        )


def _demand(command: c.SendReply, field: str, value: str, rule: str, said: str) -> None:
    name = demand_text(field, value)
    if _plain(name) not in _plain(command.text):
        raise NotNow(rule, said, {"name": name})


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
