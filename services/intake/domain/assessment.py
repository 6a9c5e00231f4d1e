"""What assessing a customer's words yields (ISO 10002: severity, safety, complexity, impact), and the seam
for another way to assess.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol


class Severity(IntEnum):
    """How much it matters to the customer; the numbers are those of the event contract."""

    UNKNOWN = 0
    LOW = 1
    NORMAL = 2
    HIGH = 3
    CRITICAL = 4


class Signal(NamedTuple):
    """One reason: the entry of our data that was met, and where in the words. `start` and `end` count code
    points of the subject or of the text that was read; both 0 when the words as a whole are meant.

    `weight` is in log-odds for "complaint" and "topic", else a number that says how much it counted.
    """

    aspect: str  # complaint, severity:<ground>, topic:<topic>, emotion:<emotion>
    entry: str
    weight: float
    start: int = 0
    end: int = 0
    in_subject: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the words say. `chance` is how likely they are a dissatisfaction that expects an answer, 0 to 1.

    `topic`, `language` and `emotion` are empty when nothing says so; `grounds` are why it is severe;
    `matters` is how many topics the words name (complexity). `confident_query` only where the words leave no
    doubt: all else is treated as a complaint.
    """

    severity: Severity = Severity.NORMAL
    topic: str = ""
    chance: float = 0.5
    confident_query: bool = False
    grounds: tuple[str, ...] = ()
    language: str = ""
    emotion: str = ""
    matters: int = 0
    signals: tuple[Signal, ...] = ()
    method: str = ""


class Assessor(Protocol):
    """Whatever judges words. The one that ships is classify.Classifier; a better one takes its place in
    bootstrap.
    """

    def judge(self, subject: str, text: str) -> Assessment:
        """Assess what a customer wrote; the same words always get the same answer.

        Called once per written word, on the event loop, before the provider is answered: it must not block
        and should take tens of microseconds. Never raises: words it cannot read are a normal complaint.
        """
        ...
