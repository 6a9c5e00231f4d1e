"""amends.followup.v1.FollowupService: what was promised, what runs, what went out; each caller sees its
own tenant.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import grpc
import grpc.aio
from amends.followup.v1 import service_pb2 as pb

from services.chassis import journal
from services.chassis.clock import from_proto, stamp_or_none, to_proto
from services.chassis.db import Connection, Database
from services.chassis.errors import InvalidArgument, NotFound, PermissionRefused
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.followup.adapters import covers, digest, figures, letter_calls, loyalty, reaches
from services.followup.adapters.office import Office
from services.followup.adapters.postgres import decode
from services.followup.adapters.promise_rows import promise
from services.followup.adapters.reaching import ReachingCalls
from services.followup.adapters.rules import calls as policy_calls
from services.followup.adapters.wire import names, telling
from services.followup.app import handlers
from services.followup.domain.advance import picture
from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.contact import REPLY
from services.followup.domain.errors import (
    BadRule,
    FollowUpError,
    LetterNotDemanded,
    NotChosen,
    NothingPromised,
    NotTheOwner,
    OwnWriting,
    PromiseLater,
    PromisePast,
    UnknownCase,
)
from services.followup.domain.loyalty import Advocacy, Deed
from services.followup.domain.record import FollowUp
from services.followup.domain.words import Channel, PromiseKind, PromiseState, ReplyKind

ERRORS: Mapping[type[Exception], grpc.StatusCode] = {
    UnknownCase: grpc.StatusCode.NOT_FOUND,
    LetterNotDemanded: grpc.StatusCode.FAILED_PRECONDITION,
    NotChosen: grpc.StatusCode.FAILED_PRECONDITION,
    BadRule: grpc.StatusCode.INVALID_ARGUMENT,
    OwnWriting: grpc.StatusCode.PERMISSION_DENIED,
    NotTheOwner: grpc.StatusCode.PERMISSION_DENIED,
    PromisePast: grpc.StatusCode.INVALID_ARGUMENT,
    PromiseLater: grpc.StatusCode.FAILED_PRECONDITION,
    NothingPromised: grpc.StatusCode.FAILED_PRECONDITION,
    FollowUpError: grpc.StatusCode.FAILED_PRECONDITION,
}
DEFAULT_PAGE = 100

# Keyset paging: the next page begins after the last (due_at, promise_id) of this one.
_PROMISES = """
select promise_id, case_id, kind, employee_id, due_at, state, settled_at, reason from promise
where ($1 = '' or employee_id = $1) and ($2 = '' or case_id = $2)
  and ($3::timestamptz is null or (state = 'pending' and due_at <= $3))
  and ($4::timestamptz is null or (due_at, promise_id) > ($4, $5::uuid))
order by due_at, promise_id
limit $6
"""
_STATE = "select state::text from follow_up where tenant_id = $1 and case_id = $2"
_CONTACTS = """
select contact_id, case_id, kind, human, channel, state, provider_message_id, sent_at, delivered_at,
reply_kind, error_class, error, held_until
from contact where tenant_id = $1 and case_id = $2 order by position
"""
# A claimed message is still waiting as far as anybody outside can tell.
_STATES = {"sending": "queued"}


class FollowUpCalls(ReachingCalls):
    """The servicer; every call is one transaction of the caller's tenant."""

    def __init__(self, database: Database, office: Office) -> None:
        self._database = database
        self._office = office

    async def ListPromises(self, request: pb.ListPromisesRequest, context: object) -> pb.ListPromisesResponse:
        """Promises of an employee, a case, or the whole tenant, the next due first."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        size = request.page_size or DEFAULT_PAGE
        due_at, promise_id = _page_start(request.page_token)
        until = self._office.clock.now() if request.due_only else None
        async with self._database.transaction({caller.tenant_id}) as tx:
            rows = await tx.fetch(
                _PROMISES, request.employee_id, request.case_id, until, due_at, promise_id, size + 1
            )
        shown = rows[:size]
        token = _page_token(shown[-1]) if len(rows) > size else ""
        return pb.ListPromisesResponse(promises=[promise(row) for row in shown], next_page_token=token)

    async def MakePromise(self, request: pb.MakePromiseRequest, context: object) -> pb.Promise:
        """Promise sooner: the caller owes the next word, or covers for whoever does."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        if not caller.employee_id:
            raise PermissionRefused(
                "no_employee", "only a person can promise", {"caller": "an employee's key"}
            )
        key, now = (caller.tenant_id, request.case_id), self._office.clock.now()
        async with self._database.transaction({caller.tenant_id}) as tx:
            desk = self._office.desk(tx)
            step = await handlers.promise_sooner(
                desk, self._office.letters, key, from_proto(request.due_at), caller.employee_id,
                await covers.kept_by(tx, caller.tenant_id, caller.employee_id, now), now,
            )  # fmt: skip
            await journal.notify(tx)
        made = next(
            one
            for one in step.changed
            if one.state is PromiseState.PENDING and one.kind is PromiseKind.PROGRESS
        )
        return pb.Promise(
            promise_id=made.promise_id,
            case_id=request.case_id,
            kind=names.promise_kind_name(made.kind),
            employee_id=made.employee_id,
            due_at=to_proto(made.due_at),
            state=made.state,
        )

    async def GetClocks(self, request: pb.GetClocksRequest, context: object) -> pb.GetClocksResponse:
        """Every clock of a case, oldest first."""
        clocks = picture(await self._read(request.case_id)).clocks
        return pb.GetClocksResponse(clocks=[_clock(one, self._office.clock.now()) for one in clocks])

    async def ListLetters(self, request: pb.ListLettersRequest, context: object) -> pb.ListLettersResponse:
        """The letters that the policies of a case demand."""
        return await letter_calls.list_letters(self._read, request)

    async def DraftLetter(self, request: pb.DraftLetterRequest, context: object) -> pb.LetterDraft:
        """The words of such a letter with what is known filled in, for who works on cases."""
        require(principal(), Scope.CASES_WORK)
        return await letter_calls.draft_letter(
            self._read, self._office.drafts, self._office.languages, request
        )

    async def KeepRule(self, request: pb.KeepRuleRequest, context: object) -> pb.RuleText:
        """A policy or calendar of the tenant's own."""
        return await policy_calls.keep(self._database, self._office, request)

    async def ChoosePolicies(self, request: pb.ChoosePoliciesRequest, context: object) -> pb.PolicyChoice:
        """What new cases of the tenant follow."""
        return await policy_calls.choose(self._database, self._office, request)

    async def GetPolicies(self, request: pb.GetPoliciesRequest, context: object) -> pb.GetPoliciesResponse:
        """The tenant's choice and its own texts."""
        return await policy_calls.get(self._database, request)

    async def _read(self, case_id: str) -> FollowUp:
        """A case of the caller's tenant. Raises NotFound."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        async with self._database.transaction({caller.tenant_id}) as tx:
            state = await tx.fetchval(_STATE, caller.tenant_id, case_id)
        if state is None:
            raise NotFound("unknown_case", "there is no such case")
        return decode(state)

    async def ListContacts(self, request: pb.ListContactsRequest, context: object) -> pb.ListContactsResponse:
        """Every message that went out, or is about to, oldest first."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        async with self._database.transaction({caller.tenant_id}) as tx:
            await _known(tx, caller.tenant_id, request.case_id)
            rows = await tx.fetch(_CONTACTS, caller.tenant_id, request.case_id)
        return pb.ListContactsResponse(contacts=[_contact(row) for row in rows])

    async def GetDigest(self, request: pb.GetDigestRequest, context: object) -> pb.Digest:
        """What an employee owes and who waits for them; without a name the caller's own."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        employee_id = request.employee_id or caller.employee_id
        if not employee_id:
            raise InvalidArgument("employee_missing", "name the employee, or ask with an employee's key")
        within = timedelta(seconds=request.within_s) if request.within_s else digest.A_DAY
        now = self._office.clock.now()
        return await digest.answer(self._database, caller.tenant_id, employee_id, within, now)

    async def RecordAdvocacy(
        self, request: pb.RecordAdvocacyRequest, context: object
    ) -> pb.RecordAdvocacyResponse:
        """A deed of a customer, from a CRM."""
        caller = principal()
        require(caller, Scope.FEEDBACK_WRITE)
        now = self._office.clock.now()
        deed = advocacy_of(request, now)
        async with self._database.transaction({caller.tenant_id}) as tx:
            by, customer_id = caller.employee_id or caller.key_id, request.customer_id
            await loyalty.record(tx, caller.tenant_id, customer_id, deed, by)
            due = await loyalty.look(tx, caller.tenant_id, customer_id, self._office.champion_window)
        return pb.RecordAdvocacyResponse(case_ids=due)

    async def GetFeedbackFigures(
        self, request: pb.GetFeedbackFiguresRequest, context: object
    ) -> pb.GetFeedbackFiguresResponse:
        """What customers answered."""
        caller = principal()
        require(caller, Scope.METRICS_READ)
        return await figures.answer(self._database, caller.tenant_id, request)

    async def ConfirmAddress(
        self, request: pb.ConfirmAddressRequest, context: object
    ) -> pb.ConfirmAddressResponse:
        """A person vouches for an address that messages failed at."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        if not caller.employee_id:
            raise PermissionRefused(
                "no_employee", "only a person can confirm", {"caller": "an employee's key"}
            )
        key, now = (caller.tenant_id, request.case_id), self._office.clock.now()
        async with self._database.transaction({caller.tenant_id}) as tx:
            barred = await reaches.confirm(tx, key, UUID(request.contact_id), now, caller.employee_id)
        if barred is None:
            raise NotFound("unknown_contact", "there is no such message of this case")
        return pb.ConfirmAddressResponse(was_barred=barred)


def advocacy_of(request: pb.RecordAdvocacyRequest, now: datetime) -> Advocacy:
    """The deed of a request. Raises InvalidArgument."""
    at = stamp_or_none(request, "happened_at") or now
    if at > now:
        raise InvalidArgument("bad_happened_at", "it has happened", {"until": now.isoformat()})
    return Advocacy(Deed(pb.Deed.Name(request.deed).removeprefix("DEED_").lower()), request.reference, at)


async def _known(tx: Connection, tenant_id: str, case_id: str) -> None:
    if await tx.fetchval(_STATE, tenant_id, case_id) is None:
        raise NotFound("unknown_case", "there is no such case")


def _page_token(row: asyncpg.Record) -> str:
    return base64.urlsafe_b64encode(f"{row['due_at'].isoformat()}|{row['promise_id']}".encode()).decode()


def _page_start(token: str) -> tuple[datetime | None, UUID | None]:
    if not token:
        return None, None
    try:
        due_at, _, promise_id = base64.urlsafe_b64decode(token).decode().partition("|")
        return datetime.fromisoformat(due_at), UUID(promise_id)
    except (ValueError, binascii.Error) as error:
        raise InvalidArgument("page_token", "not a token of this service") from error


def _clock(clock: ClockInstance, now: datetime) -> pb.Clock:
    settled = clock.met_at or clock.paused_at or (clock.due_at if clock.breached else None)
    return pb.Clock(
        clock=clock.clock,
        instance_id=clock.instance_id,
        policy_id=clock.policy_id,
        state=_clock_state(clock),
        started_at=to_proto(clock.started_at),
        due_at=to_proto(clock.due_at),
        settled_at=to_proto(settled) if settled else None,
        breached=clock.breached,
        time=telling.clock_time(clock, now),
        severity=names.severity_name(clock.severity),
    )


def _clock_state(clock: ClockInstance) -> str:
    if clock.met_at is not None:
        return "met"
    if clock.breached:
        return "breached"
    return "paused" if clock.paused_at is not None else "running"


def _contact(row: asyncpg.Record) -> pb.Contact:
    return pb.Contact(
        contact_id=str(row["contact_id"]),
        case_id=row["case_id"],
        kind=names.contact_kind_name(row["kind"]),
        human=row["human"],
        channel=names.channel_name(Channel(row["channel"])),
        state=_STATES.get(row["state"], row["state"]),
        provider_message_id=row["provider_message_id"],
        sent_at=to_proto(row["sent_at"]) if row["sent_at"] else None,
        delivered_at=to_proto(row["delivered_at"]) if row["delivered_at"] else None,
        reply_kind=names.reply_kind_name(ReplyKind(row["reply_kind"])) if row["kind"] == REPLY else None,
        error_class=row["error_class"],
        reason=row["error"] if row["state"] == "failed" else "",
        held_until=to_proto(row["held_until"]) if row["state"] == "queued" and row["held_until"] else None,
    )
