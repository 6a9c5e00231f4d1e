"""An employee's memory of the cases at hand."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """What an employee remembers of a case."""

    replied: bool = False
    offers: int = 0
    read_up_to: str = ""  # the customer's last message this employee has acted upon
    handed_over: bool = False
    asked_up: bool = False
    resolved: bool = False
    circle_backs: int = 0
    granted: set[str] = field(default_factory=set)
    rests_until: float = 0.0
