"""A tenant's own playbooks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.security import Scope
from services.resolution.adapters import playbook_answers as answers
from services.resolution.adapters.calls.callers import allowed
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.calls.paging import Page
from services.resolution.adapters.playbook_files import check
from services.resolution.app.turn import Caller
from services.resolution.domain.errors import BadCommand
from services.resolution.domain.playbook_versions import Written

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context

LARGEST_DRAFT = 65_536
"""Characters; the largest that ships has 5,000."""


class PlaybookCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    async def DraftPlaybook(self, request: pb.DraftPlaybookRequest, context: Context) -> pb.PlaybookVersion:
        caller = allowed(Scope.PLAYBOOKS_WRITE)
        return answers.version(await self._editing.draft(caller, await _written(request.text)))

    async def ReviewPlaybook(self, request: pb.ReviewPlaybookRequest, context: Context) -> pb.PlaybookVersion:
        caller = allowed(Scope.PLAYBOOKS_WRITE)
        return answers.version(
            await self._editing.review(
                caller, request.playbook_id, _number(request.version), request.approve, request.note
            )
        )

    async def ActivatePlaybook(
        self, request: pb.ActivatePlaybookRequest, context: Context
    ) -> pb.PlaybookVersion:
        caller = allowed(Scope.PLAYBOOKS_ACTIVATE)
        return answers.version(
            await self._editing.activate(caller, request.playbook_id, request.version, request.reason)
        )

    async def RollBackPlaybook(
        self, request: pb.RollBackPlaybookRequest, context: Context
    ) -> pb.PlaybookVersion:
        caller = allowed(Scope.PLAYBOOKS_ACTIVATE)
        return answers.version(
            await self._editing.roll_back(
                caller, request.playbook_id, _number(request.version), request.reason
            )
        )

    async def ListPlaybooks(
        self, request: pb.ListPlaybooksRequest, context: Context
    ) -> pb.ListPlaybooksResponse:
        caller, page = _reader(), Page(request, usual=200, most=1000)
        playbook_id, version = page.after_pair()
        after = (playbook_id, int(version or 0))
        found = await self._editing.list_all(caller, request.playbook_id, after, page.size)
        answer = pb.ListPlaybooksResponse(playbooks=[answers.version(each) for each in found])
        if found:
            last = answer.playbooks[-1]
            answer.next_page_token = page.following(len(found), last.playbook_id, str(last.version))
        return answer

    async def GetPlaybook(self, request: pb.GetPlaybookRequest, context: Context) -> pb.PlaybookVersion:
        return answers.version(await self._editing.get(_reader(), request.playbook_id, request.version))

    async def DiffPlaybooks(
        self, request: pb.DiffPlaybooksRequest, context: Context
    ) -> pb.DiffPlaybooksResponse:
        old = (request.playbook_id, request.from_version)
        new = (request.to_playbook_id or request.playbook_id, request.to_version)
        found, _ = await self._editing.diff(_reader(), old, new)
        return answers.differences(found)


def _reader() -> Caller:
    return allowed(Scope.POLICIES_READ)


def _number(version: int) -> int:
    """A version that is named; what was looked at is what is approved, not whatever is newest by then."""
    if version < 1:
        raise BadCommand("version_missing", "Name the version.", {"min": "1"})
    return version


async def _written(text: str) -> Written:
    """The playbook of a text. Raises BadCommand("bad_playbook") with every mistake by line and column."""
    if len(text) > LARGEST_DRAFT:
        raise BadCommand(
            "playbook_too_long", f"The text has {len(text)} characters.", {"max": str(LARGEST_DRAFT)}
        )
    playbook, mistakes = await asyncio.to_thread(check, text)
    if playbook is None:
        lines = [f"{each.line}:{each.column}: {each.said}" for each in mistakes]
        raise BadCommand(
            "bad_playbook",
            "\n".join(lines),
            {f"mistake-{number}": line for number, line in enumerate(lines, start=1)},
        )
    return Written(playbook, text)
