"""FollowupService's calls about how and when a customer is reached next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from zoneinfo import ZoneInfo

from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1 import service_pb2_grpc

from services.chassis.clock import to_proto
from services.chassis.db import Connection, Database
from services.chassis.errors import InvalidArgument, NotFound
from services.chassis.rpc import principal
from services.chassis.security import Scope, require
from services.followup.adapters import holding, loyalty, preferences, reaches
from services.followup.adapters.office import Office
from services.followup.adapters.postgres import decode
from services.followup.adapters.preferences import Told
from services.followup.adapters.wire import names
from services.followup.domain.attempts import Attempt, Plan, plan
from services.followup.domain.life import heard
from services.followup.domain.record import FollowUp
from services.followup.domain.wishes import Preferences
from services.followup.domain.words import Channel

_STATE = "select state::text from follow_up where tenant_id = $1 and case_id = $2"
# What arrived or could not since the customer was last heard; what is under way is none.
_ATTEMPTS = """
select channel, coalesce(delivered_at, failed_at) as at from contact
where tenant_id = $1 and case_id = $2 and human and state in ('delivered', 'failed')
  and coalesce(delivered_at, failed_at) > $3
order by 2
"""


class ReachingCalls(service_pb2_grpc.FollowupServiceServicer):
    """The part of the service that is about reaching customers; each caller sees its own tenant."""

    _database: Database
    _office: Office

    async def SetContactPreferences(
        self, request: pb.ContactPreferences, context: object
    ) -> pb.ContactPreferences:
        """Write down what a customer told us, in the place of what was known."""
        caller = principal()
        require(caller, Scope.CASES_WORK)
        told, now = _told(request), self._office.clock.now()
        by = caller.employee_id or caller.key_id
        async with self._database.transaction({caller.tenant_id}) as tx:
            await preferences.keep(tx, caller.tenant_id, request.customer_id, told, by, now)
            await holding.release_of(tx, caller.tenant_id, request.customer_id, now)
        return _shown(request.customer_id, told)

    async def GetContactPreferences(
        self, request: pb.GetContactPreferencesRequest, context: object
    ) -> pb.ContactPreferences:
        """What a customer told us; empty where they told us nothing."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        async with self._database.transaction({caller.tenant_id}) as tx:
            told = await preferences.read(tx, caller.tenant_id, request.customer_id)
        return _shown(request.customer_id, told)

    async def SuggestAttempt(self, request: pb.SuggestAttemptRequest, context: object) -> pb.AttemptPlan:
        """When and where to try next; NOT_FOUND also for another tenant's case."""
        caller = principal()
        require(caller, Scope.CASES_READ)
        tenant_id = caller.tenant_id
        async with self._database.transaction({tenant_id}) as tx:
            state = await tx.fetchval(_STATE, tenant_id, request.case_id)
            if state is None:
                raise NotFound("unknown_case", "there is no such case")
            record = decode(state)
            customer_id = await loyalty.customer_of(tx, tenant_id, request.case_id)
            told = await preferences.read(tx, tenant_id, customer_id)
            attempts = await _attempts(tx, record)
            barred = await reaches.barred_channels(tx, tenant_id, request.case_id)
        quiet = told.quiet(preferences.tenants(self._office.quiet, tenant_id))
        reach = [one for one in _reach(record) if one not in barred]
        found = plan(reach, attempts, told.channels, quiet, self._office.clock.now())
        if found is None:
            return pb.AttemptPlan(because="no_consent" if reach else "no_address")
        return _planned(found)


async def _attempts(tx: Connection, record: FollowUp) -> list[Attempt]:
    words = heard(record)
    since = max((one.received_at for one in words if not one.suppressed), default=None)
    if since is None:
        return []
    rows = await tx.fetch(_ATTEMPTS, record.tenant_id, record.case_id, since)
    return [Attempt(Channel(row["channel"]), row["at"]) for row in rows]


def _reach(record: FollowUp) -> list[Channel]:
    """The channels on which we can write to the customer, the last used first."""
    known = [one.reach for one in reversed(heard(record))]
    return [one for one in dict.fromkeys(known) if one is not Channel.UNSPECIFIED]


def _told(request: pb.ContactPreferences) -> Told:
    preferred, refused = _asked(request.preferred), _asked(request.refused)
    if set(preferred) & set(refused):
        raise InvalidArgument("preferred_and_refused", "a channel is one or the other")
    if bool(request.quiet_since) != bool(request.quiet_until):
        raise InvalidArgument("bad_quiet_hours", "quiet_since and quiet_until, or neither")
    try:
        zone = ZoneInfo(request.time_zone).key if request.time_zone else ""
        for told in (request.quiet_since, request.quiet_until):
            time.fromisoformat(told or "00:00")
    except (ValueError, OSError) as error:
        raise InvalidArgument(
            "bad_quiet_hours", "an IANA zone and times like 21:00", {"example": "Europe/Berlin 21:00 08:00"}
        ) from error
    channels = Preferences(preferred, frozenset(refused))
    return Told(channels, zone, request.quiet_since, request.quiet_until)


def _asked(channels: Iterable[int]) -> tuple[Channel, ...]:
    found = tuple(dict.fromkeys(names.channel(one) for one in channels))
    if Channel.UNSPECIFIED in found:
        raise InvalidArgument("bad_channel", "name channels that we have")
    return found


def _shown(customer_id: str, told: Told) -> pb.ContactPreferences:
    return pb.ContactPreferences(
        customer_id=customer_id,
        preferred=[names.channel_name(one) for one in told.channels.preferred],
        refused=[names.channel_name(one) for one in sorted(told.channels.refused)],
        time_zone=told.zone,
        quiet_since=told.since,
        quiet_until=told.until,
    )


def _planned(found: Plan) -> pb.AttemptPlan:
    return pb.AttemptPlan(
        channel=names.channel_name(found.channel),
        at=to_proto(found.at),
        because=found.because,
        attempts_missing=found.attempts_missing,
        channels_missing=found.channels_missing,
        span_missing_s=round(found.span_missing.total_seconds()),
    )
