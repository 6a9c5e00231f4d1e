"""What follow-up refuses; each error carries `rule`, `detail` and `allowed`, which the edge maps to an
answer.
"""

from __future__ import annotations

from collections.abc import Mapping


class FollowUpError(Exception):
    """A command was refused; `rule` is the machine word, `allowed` what would have been accepted."""

    def __init__(self, rule: str, detail: str, allowed: Mapping[str, str] | None = None) -> None:
        self.rule = rule
        self.detail = detail
        self.allowed = dict(allowed or {})
        super().__init__(f"{rule}: {detail}")


class LetterNotDemanded(FollowUpError):
    """No policy of the case asks for such a letter."""


class NotChosen(FollowUpError):
    """A policy or calendar cannot be kept or followed as it is."""


class BadRule(FollowUpError):
    """A policy or calendar has something wrong; the detail is line:column: what."""


class OwnWriting(FollowUpError):
    """A second person puts a policy into force, not the one who wrote it."""


class UnknownCase(FollowUpError):
    """No such case, or not this tenant's: the caller cannot do anything about it."""


class NothingPromised(FollowUpError):
    """The case has no progress promise to move (it is resolved, closed or not open yet)."""


class PromiseLater(FollowUpError):
    """Promises move sooner, never later (domain.md): ask for an earlier time than `allowed["before"]`."""


class PromisePast(FollowUpError):
    """A promise is for the future: ask for a time after now."""


class NotTheOwner(FollowUpError):
    """Only the person who must keep a promise may make it sooner; `allowed["employee_id"]` names them."""
