"""What one customer was asked after the case was resolved, and what they answered in the end.

One survey per case: a customer who answers in two messages, or is asked twice, counts once. Of each question
the last answer counts. Asked is who a circle-back has reached (P2.7): whoever spoke up unasked would make the
response rate, and the figures, better than they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.followup.domain.feedback import Feedback
from services.followup.domain.promises import Promise
from services.followup.domain.words import PromiseKind, PromiseState, Solved, Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Survey:
    """Asked when the first circle-back arrived; `answered_at` is the first answer, None before it."""

    asked_at: datetime
    answered_at: datetime | None = None
    solved: Solved = Solved.UNSPECIFIED
    verdict: Verdict = Verdict.UNSPECIFIED
    recommend: int = -1
    satisfaction: int = 0
    effort: int = 0
    noted: bool = False  # an employee wrote it down after a call, or a part of it


def survey(promised: Sequence[Promise], told: Iterable[Feedback]) -> Survey | None:
    """The survey of a case by its promises and feedback; None before anybody was asked."""
    asked = [
        promise.settled_at
        for promise in promised
        if promise.kind is PromiseKind.CIRCLE_BACK
        and promise.state is PromiseState.KEPT
        and promise.settled_at is not None
    ]
    if not asked:
        return None
    answers = [one.message for one in told if one.answers_circle_back]
    return Survey(
        asked_at=min(asked),
        answered_at=min((one.received_at for one in answers), default=None),
        solved=_last((one.solved for one in answers), Solved.UNSPECIFIED),
        verdict=_last((one.verdict for one in answers), Verdict.UNSPECIFIED),
        recommend=_last((one.recommend for one in answers), -1),
        satisfaction=_last((one.satisfaction for one in answers), 0),
        effort=_last((one.effort for one in answers), 0),
        noted=any(one.noted_by for one in answers),
    )


def _last(values: Iterable[T], nothing: T) -> T:
    return next((one for one in reversed(list(values)) if one != nothing), nothing)
