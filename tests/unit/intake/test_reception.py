"""The door between the channels and the committer: nothing that a customer says goes in unassessed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from services.chassis.clock import SystemClock
from services.intake.adapters.wordlists import load_classifier
from services.intake.app.handlers import Reception
from services.intake.domain.assessment import Assessment, Severity
from services.intake.domain.records import (
    Answer,
    Channel,
    CustomerWord,
    Item,
    Outcome,
    Party,
    Source,
    Speech,
    Submission,
)

SOURCE = Source("t", "p", "a", "1", Channel.API)
WORD = CustomerWord(SOURCE, (Party("email", "a@b.example"),), text_stripped="My son was injured there")
SPOKEN = Speech(SOURCE, ("call",), by_employee=False, employee_id="", segment_id="1", text="I smell smoke")


def taken(*items: Item) -> tuple[Item, ...]:
    """What is made durable of `items`."""
    kept: list[Submission] = []

    class Keeper:
        async def submit(self, submission: Submission) -> tuple[Answer, ...]:
            kept.append(submission)
            return tuple(Answer(Outcome.THREADED, submission.received_at) for _ in submission.items)

    reception = Reception(Keeper(), SystemClock(), load_classifier())
    asyncio.run(reception.accept(b"raw", "text/plain", datetime.now(UTC), items))
    return kept[0].items


def test_what_a_customer_writes_or_says_is_assessed_whatever_way_it_comes() -> None:
    for item in taken(WORD, SPOKEN):
        assert isinstance(item, CustomerWord | Speech)
        assert item.assessment is not None
        assert (item.assessment.severity, item.assessment.grounds) == (Severity.CRITICAL, ("safety",))


def test_what_was_assessed_what_says_nothing_and_what_an_employee_says_stays_as_it_is() -> None:
    before = (
        replace(WORD, assessment=Assessment()),
        replace(WORD, text_stripped=""),
        replace(SPOKEN, by_employee=True),
    )
    assert taken(*before) == before
