"""The last words of each speaker on a call, kept because transcription cuts sentences where it likes:
"I am so" / "sorry" is an apology."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

TOGETHER = timedelta(seconds=15)
"""Two stretches of one speaker that begin within this time are read together."""
_KEPT = 240
"""Characters of a speaker's last words; a sentence that is longer was not cut by chance."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one speaker said last, up to and with the segment of this id."""

    employee_id: str
    segment_id: str
    text: str
    spoken_at: datetime


Heard = tuple[Stretch, ...]


def before(heard: Heard, employee_id: str, at: datetime) -> str:
    """What this speaker said shortly before `at`; "" is nothing."""
    last = _last(heard, employee_id)
    return last.text if last and at - last.spoken_at <= TOGETHER else ""


def known(heard: Heard, employee_id: str, segment_id: str) -> bool:
    """Whether this segment was the speaker's last: heard twice, said once."""
    last = _last(heard, employee_id)
    return last is not None and last.segment_id == segment_id


def added(heard: Heard, new: Stretch) -> Heard:
    """The last words of everybody after `new`."""
    whole = f"{before(heard, new.employee_id, new.spoken_at)} {new.text}".strip()
    if len(whole) > _KEPT:
        whole = whole[-_KEPT:].partition(" ")[2] or whole[-_KEPT:]
    others = tuple(each for each in heard if each.employee_id != new.employee_id)
    return (*others, Stretch(new.employee_id, new.segment_id, whole, new.spoken_at))


def _last(heard: Heard, employee_id: str) -> Stretch | None:
    return next((each for each in heard if each.employee_id == employee_id), None)
