"""The form of the page behind a circle-back's link: is it solved, did it meet expectations, 0 to 10.

What was ticked travels beside the words (`CustomerWord.answer`), so that nobody has to guess; the words are
the same in a form that an employee reads. One link is one answer: the message that asked is the event's id.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from services.chassis.answerlink import AnswerLink
from services.chassis.errors import Rejected
from services.intake.adapters.channels.forms import PostedForm
from services.intake.domain.records import Channel, CustomerAnswer, CustomerWord, Party, Pointer, Source
from services.intake.domain.text import clean_text

PROVIDER = "answers"
BODY_LIMIT = 32 * 1024
COMMENT_LIMIT = 4_000
SOLVED = ("yes", "no")
VERDICTS = ("below", "meets", "exceeds")
SCALES = {"recommend": (0, 10), "satisfaction": (1, 5), "effort": (1, 7)}


def given(form: PostedForm) -> CustomerAnswer:
    """What was ticked and written. Raises Rejected("not_answered") without a yes or no, which nobody gives by
    accident: nothing is ticked beforehand; Rejected("bad_answer") for what the page cannot send."""
    solved = form.text("solved").strip()
    if not solved:
        raise Rejected("not_answered", "the field `solved` is neither yes nor no")
    verdict = form.text("verdict").strip()
    if solved not in SOLVED or verdict not in ("", *VERDICTS):
        raise Rejected("bad_answer", "solved: yes, no; verdict: below, meets, exceeds or empty")
    scores: dict[str, Any] = {name: score for name in SCALES if (score := _score(form, name)) is not None}
    return replace(CustomerAnswer(solved == "yes", verdict, comment=_comment(form)), **scores)


def word(tenant_id: str, link: AnswerLink, answer: CustomerAnswer, party: Party) -> CustomerWord:
    """The answer as a word of the case's customer, who is `party`."""
    text = words(answer)
    return CustomerWord(
        source=Source(tenant_id, PROVIDER, PROVIDER, str(link.contact_id), Channel.WEBFORM),
        parties=(party,),
        text=text,
        text_stripped=text,
        pointers=(Pointer("case", link.case_id),),
        must_thread=True,
        answer=answer,
        fingerprint=sha256(repr(answer).encode()).digest(),
    )


def words(answer: CustomerAnswer) -> str:
    """The answer for an employee to read."""
    told = [f"Solved: {'yes' if answer.solved else 'no'}"]
    told += [f"Expectations: {answer.verdict}"] if answer.verdict else []
    for name, (least, most) in SCALES.items():
        score = getattr(answer, name)
        told += [f"{name.capitalize()}: {score} of {most}"] if score >= least else []
    return "\n".join(told) + (f"\n\n{answer.comment}" if answer.comment else "")


def _comment(form: PostedForm) -> str:
    return clean_text(form.text("comment"))[:COMMENT_LIMIT].strip()


def _score(form: PostedForm, name: str) -> int | None:
    text = form.text(name).strip()
    least, most = SCALES[name]
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and least <= int(text) <= most):
        raise Rejected("bad_answer", f"{name} is a number from {least} to {most}")
    return int(text)
