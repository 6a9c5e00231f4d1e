"""Made-up complaints in the shape of `POST /v1/complaints`, each from a customer of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from services.intake.adapters.channels import rest
from services.intake.domain.classify import Classifier
from services.intake.domain.records import Channel, CustomerWord, Source

_TEXTS = (
    "My flight was four hours late and nobody at the gate told us anything. I missed the last train home and "
    "had to pay for a hotel myself. I would like to know what you are going to do about it.",
    "The invoice for October charges me twice for the same delivery. I wrote to you two weeks ago and have "
    "not heard a word since. Please put this right, I am tired of asking.",
    "The roof your people repaired in spring leaks again, in the very same place, and the ceiling of my "
    "daughter's room is wet. This is the third time. Please send somebody who mends it for good.",
    "Ordered a blue coat, got a green one, sent it back at my own cost and got the green one again. "
    "What is so hard about this? I am very disappointed with your service.",
)


def body(number: int, mark: str) -> bytes:
    """One request body, about half a kilobyte; `mark` keeps customers of several runs apart."""
    return json.dumps(
        {
            "text": f"{_TEXTS[number % len(_TEXTS)]} My reference is {mark}-{number}.",
            "subject": "This cannot be right",
            "customer": {"name": f"Ada Customer {number}", "email": f"c{number}@{mark}.example"},
            "language": "en",
        }
    ).encode()


def words(
    tenant_id: str, mark: str, count: int, classifier: Classifier, now: datetime
) -> Iterator[tuple[bytes, CustomerWord]]:
    """Bodies with the records intake makes of them."""
    for number in range(count):
        raw = body(number, mark)
        source = Source(tenant_id, "rest", "bench", f"{mark}-{number}", Channel.API)
        yield raw, rest.read_complaint(raw, source, classifier, now)
