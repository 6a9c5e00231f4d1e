"""Errors whose type says what to do next: park the record, try again later, or answer the caller.

Every error carries `rule` (the broken rule, one machine word), `detail` (a sentence for a person) and
`allowed` (what would have been accepted). The domain of a service does not import these: it raises
exceptions of its own that have the same three attributes, and the edge maps both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Placed(Protocol):
    """A record by its place in the log, such as envelope.Event."""

    @property
    def topic(self) -> str:
        """Without the prefix."""
        ...

    @property
    def partition(self) -> int:
        """Counted from 0."""
        ...

    @property
    def offset(self) -> int:
        """Within the partition."""
        ...


class AmendsError(Exception):
    """Something is not as it must be; the subclass says what to do about it."""

    def __init__(self, rule: str, detail: str = "", allowed: Mapping[str, str] | None = None) -> None:
        self.rule = rule
        self.detail = detail
        self.allowed = dict(allowed or {})
        super().__init__(f"{rule}: {detail}" if detail else rule)


class Rejected(AmendsError):
    """This record can never be processed: park it and the later ones of its key, go on with the others.

    `event` names the record; without it the consumer finds the record itself by halving the batch.
    """

    def __init__(self, rule: str, detail: str = "", event: Placed | None = None) -> None:
        super().__init__(rule, detail)
        self.event = event


class Retryable(AmendsError):
    """A dependency is away: pause, back off, try the same again. Outside: 503 or UNAVAILABLE."""


class Busy(AmendsError):
    """As much as can be done at once is under way: come back in a moment, or ask another replica. Outside:
    429 or RESOURCE_EXHAUSTED."""


class ConfigError(AmendsError):
    """The settings are wrong: the process does not start; `detail` lists every problem at once."""


class InvalidArgument(AmendsError):
    """The caller's message is wrong in itself and will be wrong again: the caller changes it."""


class NotFound(AmendsError):
    """No such thing, or not the caller's: the two are never told apart."""


class Unauthenticated(AmendsError):
    """Nobody we know: no key, a wrong key, an expired or a revoked one."""


class PermissionRefused(AmendsError):
    """We know who asks, and this caller may not do it; `allowed` says who may."""


class PreconditionFailed(AmendsError):
    """Right in itself but not now: the state must change first; `allowed` says what can be done instead."""


class Conflict(AmendsError):
    """Somebody else changed the same thing first: read again, then decide again."""
