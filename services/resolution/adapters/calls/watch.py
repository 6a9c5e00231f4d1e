"""The change stream of an employee: first what concerns them now, then what happens to it, in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from amends.resolution.v1 import service_pb2 as pb

from services.chassis.security import Scope
from services.resolution.adapters import answers
from services.resolution.adapters.calls.callers import allowed, reader
from services.resolution.adapters.calls.calls import Calls
from services.resolution.adapters.calls.tokens import sealed, unsealed
from services.resolution.adapters.enums import CONCERN
from services.resolution.adapters.watching import Happened, Subscriber, Watching
from services.resolution.app.turn import Caller
from services.resolution.domain.concerns import concerns_of
from services.resolution.domain.errors import NotYours
from services.resolution.domain.state import Case

if TYPE_CHECKING:
    from services.resolution.adapters.calls.callers import Context

Kind = pb.CaseChange.Kind


class WatchCalls(Calls):
    """See protos/amends/resolution/v1/service.proto."""

    watching: Watching
    heartbeat_s: float

    async def WatchCases(
        self, request: pb.WatchCasesRequest, context: Context
    ) -> AsyncIterator[pb.CaseChange]:
        caller = _watched(request.employee_id)
        async with self.watching.subscribe(caller.tenant_id, caller.employee_id) as subscriber:
            stream = _Stream(subscriber, self.watching.epoch, self._case)
            if request.resume_token:
                after = stream.position_in(request.resume_token)
                async for happened in self.watching.missed(subscriber, after):
                    yield stream.change(happened, after)
            else:
                after = subscriber.start
                for case in await self._questions.concerning(caller):
                    subscriber.know(case)
                    yield stream.snapshot(case)
                yield stream.only(Kind.KIND_SNAPSHOT_END, subscriber.start)
            while True:
                heard = await subscriber.next(self.heartbeat_s)
                if heard is None:
                    yield stream.only(Kind.KIND_HEARTBEAT, max(after, subscriber.settled))
                elif heard.position > after:
                    yield stream.change(heard, after)


def _watched(employee_id: str) -> Caller:
    """Whose cases: the caller's own, or those of another with the scope for it."""
    caller = reader()
    if employee_id and employee_id != caller.employee_id:
        return Caller(allowed(Scope.CASES_ON_BEHALF).tenant_id, employee_id)
    if not caller.employee_id:
        raise NotYours("no_employee", "This key is of no employee; say whose cases to watch.")
    return caller


class _Stream:
    """Changes as messages, each with the token to go on behind it."""

    def __init__(self, subscriber: Subscriber, epoch: int, present: Callable[[Case], pb.Case]) -> None:
        self._employee_id = subscriber.employee_id
        self._question = f"WatchCases\0{subscriber.tenant_id}\0{subscriber.employee_id}\0{epoch}".encode()
        self._present = present

    def position_in(self, token: str) -> int:
        """Where the token says to go on. Raises BadCommand("bad_resume_token"), also for one of a database
        that was made anew since."""
        return int(unsealed(self._question, token, "resume_token"))

    def only(self, kind: pb.CaseChange.Kind, position: int) -> pb.CaseChange:
        """A message about the stream itself."""
        return pb.CaseChange(kind=kind, resume_token=sealed(self._question, str(position)))

    def snapshot(self, case: Case) -> pb.CaseChange:
        """A case as it is at the beginning; no token, since others follow that were not told yet."""
        return pb.CaseChange(kind=Kind.KIND_SNAPSHOT, case=self._present(case), concerns=self._concerns(case))

    def change(self, happened: Happened, after: int) -> pb.CaseChange:
        """What a case went through behind the position `after`."""
        change = self.only(Kind.KIND_CHANGE, happened.position)
        change.case.CopyFrom(self._present(happened.case))
        change.events.extend(answers.entry(each) for each in happened.entries if each.position > after)
        change.concerns.extend(self._concerns(happened.case))
        return change

    def _concerns(self, case: Case) -> list[pb.Concern]:
        return [CONCERN[each] for each in concerns_of(case).get(self._employee_id, ())]
