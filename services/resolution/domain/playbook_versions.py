"""A tenant's own playbooks: drafted, reviewed by a second person, activated, rolled back (mission.md, P3: the
playbooks are data that a team edits, reviews and versions).

A version that was reviewed never changes: cases hold on to it by its number, and what was approved stays what
was approved. A playbook that ships is reviewed where it is made; a tenant may activate it as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from services.resolution.domain.errors import BadCommand, NotNow, NotYours
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.words import Person

MAX_NOTE = 2_000


class VersionStatus(StrEnum):
    """How far a version has come; whether it is followed is another matter (Active)."""

    DRAFTED = "drafted"
    APPROVED = "approved"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Written:
    """A playbook with the text it was read from."""

    playbook: Playbook
    text: str


@dataclass(frozen=True, slots=True)
class PlaybookVersion:
    """One version of a tenant's playbook. The reviewer and their note are empty until it was reviewed."""

    playbook_id: str
    version: int
    text: str
    status: VersionStatus
    author_id: str
    drafted_at: datetime
    reviewer_id: str = ""
    reviewed_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Active:
    """Which version new cases of a tenant follow, and since when."""

    playbook_id: str
    version: int
    activated_by: str
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class PlaybookDrafted:
    """Somebody put a version up for review, or their own unreviewed one in other words."""

    playbook_id: str
    version: int
    employee_id: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class PlaybookReviewed:
    """A second person approved a version or returned it with a note."""

    playbook_id: str
    version: int
    employee_id: str
    approved: bool
    note: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class PlaybookActivated:
    """New cases follow this version from now on; `before` is what they followed, None for the default."""

    playbook_id: str
    version: int
    employee_id: str
    before: Active | None
    reason: str
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class PlaybookRolledBack:
    """New cases follow an earlier version again."""

    playbook_id: str
    version: int
    employee_id: str
    from_version: int
    reason: str
    rolled_back_at: datetime


PlaybookEvent: TypeAlias = PlaybookDrafted | PlaybookReviewed | PlaybookActivated | PlaybookRolledBack


def draft(
    written: Written,
    author: Person,
    now: datetime,
    known: Collection[PlaybookVersion],
    shipped: Collection[str],
) -> PlaybookVersion:
    """The version to keep; `known` are those of this playbook that the tenant has. Raises
    NotNow("playbook_ships") for an id of ours, NotNow("version_reviewed") and NotNow("version_not_next")
    naming the version that is free, NotYours("not_the_author") for another's unreviewed draft."""
    book = written.playbook
    if book.playbook_id in shipped:
        raise NotNow(
            "playbook_ships",
            f"{book.playbook_id} ships with us; give yours an id of its own.",
            {"shipped": ",".join(sorted(shipped))},
        )
    following = max((each.version for each in known), default=0) + 1
    before = next((each for each in known if each.version == book.version), None)
    if before is not None:
        _demand_own_draft(before, author, following)
    elif book.version != following:
        raise NotNow(
            "version_not_next",
            f"The next version of {book.playbook_id} is {following}, not {book.version}.",
            {"version": str(following)},
        )
    return PlaybookVersion(
        book.playbook_id, book.version, written.text, VersionStatus.DRAFTED, author.employee_id, now
    )


def _demand_own_draft(before: PlaybookVersion, author: Person, following: int) -> None:
    if before.status is not VersionStatus.DRAFTED:
        raise NotNow(
            "version_reviewed",
            f"Version {before.version} was reviewed and stays as it is; what follows is version {following}.",
            {"version": str(following)},
        )
    if before.author_id != author.employee_id:
        raise NotYours(
            "not_the_author",
            f"Version {before.version} is a draft of {before.author_id}; draft version {following}.",
            {"author_id": before.author_id, "version": str(following)},
        )


def review(
    version: PlaybookVersion, reviewer: Person, approved: bool, note: str, now: datetime
) -> PlaybookVersion:
    """The version with the word of a second person. Raises NotYours("own_draft"), NotNow("version_reviewed"),
    BadCommand("note_missing") for a version returned without a reason, BadCommand("note_too_long")."""
    if version.status is not VersionStatus.DRAFTED:
        raise NotNow(
            "version_reviewed",
            f"Version {version.version} was reviewed by {version.reviewer_id} already.",
            {"status": version.status.value, "instead": "draft_playbook"},
        )
    if reviewer.employee_id == version.author_id:
        raise NotYours(
            "own_draft",
            "A second person reviews; nobody reviews what they wrote.",
            {"instead": "a colleague"},
        )
    note = note.strip()
    if not approved and not note:
        raise BadCommand("note_missing", "Say what has to change before this version can be approved.")
    if len(note) > MAX_NOTE:
        raise BadCommand("note_too_long", f"The note has {len(note)} characters.", {"max": str(MAX_NOTE)})
    status = VersionStatus.APPROVED if approved else VersionStatus.RETURNED
    return replace(version, status=status, reviewer_id=reviewer.employee_id, reviewed_at=now, note=note)


def demand_approved(version: PlaybookVersion) -> None:
    """Raises NotNow("not_approved"): nobody follows what no second person has approved."""
    if version.status is not VersionStatus.APPROVED:
        raise NotNow(
            "not_approved",
            f"Version {version.version} of {version.playbook_id} is {version.status}, not approved.",
            {"status": version.status.value, "instead": "review_playbook"},
        )


def demand_earlier(active: Active | None, playbook_id: str, version: int) -> Active:
    """What is rolled back. Raises NotNow("not_active") when new cases follow another playbook, and
    NotNow("not_earlier") for a version that is no earlier one."""
    if active is None or active.playbook_id != playbook_id:
        followed = active.playbook_id if active else "the default"
        raise NotNow(
            "not_active",
            f"New cases follow {followed}, so there is nothing of {playbook_id} to roll back.",
            {"active": followed, "instead": "activate_playbook"},
        )
    if version >= active.version:
        raise NotNow(
            "not_earlier",
            f"Version {active.version} is active; a roll-back goes to an earlier one.",
            {"active_version": str(active.version)},
        )
    return active
