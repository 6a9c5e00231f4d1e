"""The clients' own book: what they sent and what they were answered, kept outside the system under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Sent:
    """One complaint on its way: `reference` is in its text, `case_id` what the answer named (REST alone)."""

    reference: str
    channel: str
    attempts: int = 0
    accepted: int = 0
    case_ids: set[str] = field(default_factory=set)


class ClientLedger:
    """Kept in memory and, line by line, in a file that is there for whoever looks into a failure."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("a", encoding="utf-8")
        self.sent: dict[str, Sent] = {}

    def begin(self, reference: str, channel: str) -> Sent:
        """A complaint that is about to be sent for the first time."""
        self.sent[reference] = Sent(reference, channel)
        return self.sent[reference]

    def answered(self, one: Sent, code: int, case_id: str = "") -> None:
        """An attempt was answered; 0 stands for a connection that was lost before any answer."""
        one.attempts += 1
        if 200 <= code < 300:
            one.accepted += 1
            if case_id:
                one.case_ids.add(case_id)
        line = {"reference": one.reference, "channel": one.channel, "code": code, "case_id": case_id}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def accepted(self) -> set[str]:
        """References of everything that was acknowledged at least once."""
        return {one.reference for one in self.sent.values() if one.accepted}
