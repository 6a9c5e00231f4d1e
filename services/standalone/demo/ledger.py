"""What the customers' side wrote down: everything sent, how often, and what it was answered.

The platform is judged against this, not against its own records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from services.standalone.demo.scenario import Way


class What(StrEnum):
    """Why something was sent."""

    COMPLAINT = "complaint"
    REPEAT = "repeat"  # of a complaint: the same provider id once more
    WORD = "word"  # a further word of the customer on a case
    BAD = "bad"  # must be refused
    AUTOMATIC = "automatic"  # taken, but no person's complaint


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel answered: an HTTP status or an SMTP reply code, and its text."""

    code: int
    text: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the sender may forget about it: 2xx in both worlds."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing sent. `address` is the customer's; `expected` the code a bad input must get."""

    way: Way
    what: What
    address: str
    provider_id: str
    answer: Answer
    note: str = ""
    expected: int = 0


@dataclass(slots=True)
class Ledger:
    """Append-only; `tell` hears each line of the story as it happens."""

    tell: Callable[[str], None] = lambda line: None
    sent: list[Sent] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)

    def add(self, entry: Sent) -> Sent:
        """Write one entry down."""
        self.sent.append(entry)
        return entry

    def count(self, what: str, line: str = "") -> None:
        """One more of something the employees' side did; `line` tells the story."""
        self.notes[what] += 1
        if line:
            self.tell(line)

    def heard(self, story_id: str, *, automatic: bool) -> None:
        """Something reached the customer: what was sent automatically is counted."""
        if automatic:
            self.count("acknowledgements")

    def surprise(self, line: str) -> None:
        """Something that must not happen; the summary shows it and the demonstration fails."""
        self.unexpected.append(line)
        self.tell(f"UNEXPECTED {line}")

    def complaints(self) -> Iterator[Sent]:
        """Complaints that a channel said it has, each once."""
        seen: set[str] = set()
        for entry in self.sent:
            fits = entry.what in (What.COMPLAINT, What.REPEAT) and entry.answer.accepted
            if fits and entry.address not in seen:
                seen.add(entry.address)
                yield entry
