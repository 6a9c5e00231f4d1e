"""A team shapes its own playbooks: draft, review, activate, roll back, and look at what is different (P3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.resolution.app.ports import Work
from services.resolution.app.turn import Caller, Turns, actor_of
from services.resolution.domain import playbook_versions as v
from services.resolution.domain.decide.guard import demand_text
from services.resolution.domain.errors import Unknown
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.playbook_diff import Difference, differences
from services.resolution.domain.playbook_versions import Active, PlaybookVersion, Written
from services.resolution.domain.words import Person


@dataclass(frozen=True, slots=True)
class Kept:
    """A version, and whether new cases of the tenant follow it."""

    version: PlaybookVersion
    followed: bool


class Editing:
    """What a team does with its playbooks, one transaction each; one at a time per tenant."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def draft(self, caller: Caller, written: Written) -> Kept:
        """Puts a version up for review; the same text again changes nothing. Raises what
        playbook_versions.draft raises."""
        book = written.playbook
        async with self._editing(caller) as (work, author):
            known = await work.list_playbooks(caller.tenant_id, book.playbook_id)
            same = await work.find_playbook(caller.tenant_id, book.playbook_id, book.version)
            active = await work.active_playbook(caller.tenant_id)
            if same and (same.text, same.author_id) == (written.text, author.employee_id):
                return self._kept(same, active)
            now, shipped = self._turns.clock.now(), self._turns.rules.shelf.shipped
            version = v.draft(written, author, now, known, shipped)
            await work.save_playbook(caller.tenant_id, version)
            event = v.PlaybookDrafted(version.playbook_id, version.version, author.employee_id, now)
            await work.publish_playbook(caller.tenant_id, self._turns.ids.new(), event, now)
        return self._kept(version, active)

    async def review(self, caller: Caller, playbook_id: str, version: int, approved: bool, note: str) -> Kept:
        """Approves a version of somebody else, or returns it with a note."""
        async with self._editing(caller) as (work, reviewer):
            found = await _found(work, caller, playbook_id, version)
            now = self._turns.clock.now()
            reviewed = v.review(found, reviewer, approved, note, now)
            await work.save_playbook(caller.tenant_id, reviewed)
            event = v.PlaybookReviewed(
                playbook_id, reviewed.version, reviewer.employee_id, approved, reviewed.note, now
            )
            await work.publish_playbook(caller.tenant_id, self._turns.ids.new(), event, now)
            return self._kept(reviewed, await work.active_playbook(caller.tenant_id))

    async def activate(self, caller: Caller, playbook_id: str, version: int, reason: str) -> Kept:
        """Lets new cases follow an approved version; cases under way keep theirs."""
        async with self._editing(caller) as (work, actor):
            found = await _found(work, caller, playbook_id, version)
            v.demand_approved(found)
            before = await work.active_playbook(caller.tenant_id)
            kept = self._kept(found, before)
            if before is None or not kept.followed:  # to choose what is the default today is a choice too
                now = self._turns.clock.now()
                event = v.PlaybookActivated(
                    playbook_id, found.version, actor.employee_id, before, reason, now
                )
                kept = await self._follow(work, caller, found, actor, event)
        self._turns.rules.shelf.forget(caller.tenant_id)
        return kept

    async def roll_back(self, caller: Caller, playbook_id: str, version: int, reason: str) -> Kept:
        """Lets new cases follow an earlier version of the active playbook again, for a reason."""
        reason = demand_text("reason", reason)
        async with self._editing(caller) as (work, actor):
            active = v.demand_earlier(await work.active_playbook(caller.tenant_id), playbook_id, version)
            found = await _found(work, caller, playbook_id, version)
            v.demand_approved(found)
            now = self._turns.clock.now()
            event = v.PlaybookRolledBack(
                playbook_id, found.version, actor.employee_id, active.version, reason, now
            )
            kept = await self._follow(work, caller, found, actor, event)
        self._turns.rules.shelf.forget(caller.tenant_id)
        return kept

    async def list_all(
        self, caller: Caller, playbook_id: str, after: tuple[str, int], most: int
    ) -> Sequence[Kept]:
        """Versions without their text, those that ship too: at most `most`, behind the one of `after`."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            active = await work.active_playbook(caller.tenant_id)
            found = await work.list_playbooks(caller.tenant_id, playbook_id, after, most)
        return [self._kept(each, active) for each in found]

    async def get(self, caller: Caller, playbook_id: str, version: int) -> Kept:
        """One version with its text; 0 is the newest. Raises Unknown("unknown_playbook")."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            found = await _found(work, caller, playbook_id, version)
            return self._kept(found, await work.active_playbook(caller.tenant_id))

    async def diff(
        self, caller: Caller, old: tuple[str, int], new: tuple[str, int]
    ) -> tuple[Sequence[Difference], tuple[Playbook, Playbook]]:
        """What is different in `new`, each named by id and version, and the two of them. Raises
        Unknown("unknown_playbook")."""
        async with self._turns.works.begin(caller.tenant_id) as work:
            before = await _read(work, caller, *old)
            after = await _read(work, caller, *new)
        return differences(before, after), (before, after)

    @asynccontextmanager
    async def _editing(self, caller: Caller) -> AsyncIterator[tuple[Work, Person]]:
        async with self._turns.works.begin(caller.tenant_id) as work:
            actor = await actor_of(work, caller)
            await work.lock_playbooks(caller.tenant_id)
            yield work, actor

    async def _follow(
        self,
        work: Work,
        caller: Caller,
        version: PlaybookVersion,
        actor: Person,
        event: v.PlaybookActivated | v.PlaybookRolledBack,
    ) -> Kept:
        now = self._turns.clock.now()
        active = Active(version.playbook_id, version.version, actor.employee_id, now)
        await work.activate_playbook(caller.tenant_id, active)
        await work.publish_playbook(caller.tenant_id, self._turns.ids.new(), event, now)
        return self._kept(version, active)

    def _kept(self, version: PlaybookVersion, active: Active | None) -> Kept:
        """Without a choice of its own a tenant follows the default."""
        default = self._turns.rules.shelf.default
        followed = (active.playbook_id, active.version) if active else (default.playbook_id, default.version)
        return Kept(version, followed == (version.playbook_id, version.version))


async def _found(work: Work, caller: Caller, playbook_id: str, version: int) -> PlaybookVersion:
    found = await work.find_playbook(caller.tenant_id, playbook_id, version)
    if found is None:
        known = [str(each.version) for each in await work.list_playbooks(caller.tenant_id, playbook_id)]
        raise Unknown(
            "unknown_playbook",
            f"There is no version {version} of {playbook_id!r}.",
            {"versions": ",".join(known)},
        )
    return found


async def _read(work: Work, caller: Caller, playbook_id: str, version: int) -> Playbook:
    found = await _found(work, caller, playbook_id, version)
    ref = (caller.tenant_id, found.playbook_id, found.version)
    return (await work.read_playbooks([ref]))[ref]
