"""What the domain refuses, typed by what the caller can do about it. Every refusal names its rule in one
machine word, says in a sentence what happened, and lists what would be allowed."""

from __future__ import annotations

from collections.abc import Mapping

from services.resolution.domain.events import Event


class Refusal(Exception):
    """A command was refused; `events` are the facts that must be kept even so (an attempt that is
    counted)."""

    def __init__(
        self, rule: str, detail: str, allowed: Mapping[str, str] | None = None, events: tuple[Event, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.allowed = dict(allowed or {})
        self.events = events


class BadCommand(Refusal):
    """The command itself is wrong whatever the case's state: correct it and send it again."""


class NotYours(Refusal):
    """This caller may not do this to this case; somebody named in `allowed` may."""


class NotNow(Refusal):
    """The case's state or a limit forbids it at this moment; `allowed` says what is possible instead."""


class Unknown(Refusal):
    """What the command names does not exist for this tenant."""


class NobodyToOwn(Refusal):
    """The tenant has no employee at all, so no case can have its one owner; register one and replay."""


class BadData(Refusal):
    """A playbook, reply-check pack, catalogue or limits file is not valid; `detail` names the place in the
    file."""
