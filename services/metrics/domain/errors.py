"""What the figures cannot take in."""

from __future__ import annotations


class CaseBeganTwice(Exception):
    """A case begun by one event is begun by another: the first stays, the second is parked."""

    rule = "case_began_twice"

    def __init__(self, first: str, second: str) -> None:
        self.detail = f"begun by event {first}, then by event {second}"
        self.allowed: dict[str, str] = {}
        super().__init__(f"{self.rule}: {self.detail}")
