"""How the two sides understand each other: by what is said, never by a back door."""

from __future__ import annotations

from amends.resolution.v1 import events_pb2 as events

# What ends an offer, what asks for closure, and what marks a message that no person wrote.
OFFER = "make it right for you?"
QUESTION = "Is everything solved now"
AUTOMATIC = "sent automatically"


def read_verdict(text: str) -> events.Verdict:
    """What a person reads in an answer to "does that make it right for you?"."""
    words = text.casefold()
    if words.startswith("no") or "below" in words:
        return events.VERDICT_BELOW
    return events.VERDICT_EXCEEDS if "exceed" in words else events.VERDICT_MEETS
