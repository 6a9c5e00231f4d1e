"""Authority comes down: the owner asks, a higher rank lends to this owner for this case, and neither the case
nor the owner moves (domain.md, Authority)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.errors import BadCommand, NotNow, NotYours, Refusal
from services.resolution.domain.events.authority import REFUSED, TIMED_OUT
from services.resolution.domain.limits import PER_CASE, PER_GRANT, Limits, exceeded, total
from services.resolution.domain.state import Asked, Case, Drawn, Lent
from services.resolution.domain.table import Act
from services.resolution.domain.words import Amount, Person

MAX_UNITS = 10
MOST = 10**12  # of one unit: sums of it stay far inside 64 bits


def request(case: Case, command: c.RequestAuthority, now: datetime) -> list[e.Event]:
    """Asked for by the owner, of somebody of higher rank or of all of them; one request at a time."""
    demand_act(case, Act.GRANT)
    demand_owner(case, command.actor)
    reason = demand_text("reason", command.reason)
    if case.asked:
        raise NotNow(
            "authority_pending",
            "You have asked already; wait for the answer.",
            {"request_id": case.asked.request_id, "expires_at": case.asked.expires_at.isoformat()},
        )
    if command.of:
        _demand_above(case, command.of, BadCommand)
    return [
        e.AuthorityRequested(
            command.request_id,
            case.owner,
            command.of,
            _amounts(command.amounts),
            command.remedy_id,
            reason,
            now,
            command.expires_at,
        )
    ]


def lend(case: Case, command: c.LendAuthority, now: datetime) -> list[e.Event]:
    """Lent by a strictly higher rank, at most what was asked for and what the lender has. The lender's day
    spans cases and is therefore taken where it is counted, in the same transaction."""
    asked = _pending(case, command.request_id, now)
    _demand_above(case, command.actor, NotYours)
    if command.actor.rank < command.min_rank:
        raise NotYours(
            "remedy_not_for_you",
            f"{asked.remedy_id} is given by rank {command.min_rank} or above.",
            {"min_rank": str(command.min_rank)},
        )
    amounts = _amounts(command.amounts or asked.amounts)
    for amount in amounts:
        most = total(asked.amounts).get(amount.unit, 0)
        if amount.value > most:
            raise BadCommand(
                "more_than_asked",
                f"{most} {amount.unit} were asked for.",
                {"unit": amount.unit, "max": str(most)},
            )
        _demand_has(case, amount, command.limits)
    return [
        e.AuthorityLent(
            asked.request_id, command.actor, case.owner.employee_id, amounts, asked.remedy_id, now
        )
    ]


def deny(case: Case, command: c.DenyAuthority, now: datetime) -> list[e.Event]:
    """Refused, by whom was asked, else by anybody of higher rank; the owner is told why."""
    asked = _pending(case, command.request_id, now)
    _demand_above(case, command.actor, NotYours)
    if asked.of and asked.of.employee_id != command.actor.employee_id:
        raise NotYours(
            "not_the_one_asked",
            f"{asked.of.display_name} was asked. You may lend, but not refuse for them.",
            {"asked_id": asked.of.employee_id, "instead": "lend_authority"},
        )
    reason = demand_text("reason", command.reason)
    return [e.AuthorityDenied(asked.request_id, command.actor.employee_id, REFUSED, reason, now)]


def time_out(case: Case, request_id: str, now: datetime) -> list[e.Event]:
    """Nobody answered in time; nothing when somebody did, or it ended with its owner."""
    asked = case.asked
    if asked is None or asked.request_id != request_id or now < asked.expires_at:
        return []
    return [e.AuthorityDenied(request_id, "", TIMED_OUT, "", now)]


def _pending(case: Case, request_id: str, now: datetime) -> Asked:
    if any(lent.request_id == request_id for lent in case.lent):
        raise NotNow("authority_already_lent", "This has been lent already; the owner can ask for more.")
    asked = case.asked
    if asked is None or asked.request_id != request_id:
        raise NotNow("no_such_request", "This is not being asked for (any more); the owner can ask again.")
    if now >= asked.expires_at:
        raise NotNow(
            "authority_request_expired",
            "The answer came too late; the owner can ask again.",
            {"expires_at": asked.expires_at.isoformat()},
        )
    return asked


def _demand_above(case: Case, person: Person, kind: type[Refusal]) -> None:
    """Authority comes from a rank strictly above the owner's, so never from the owner."""
    if person.employee_id == case.owner.employee_id:
        rule, said = "lending_to_yourself", "Nobody lends to themselves."
    elif person.rank <= case.owner.rank:
        rule = "rank_not_higher"
        said = f"{person.display_name} has rank {person.rank}, the owner {case.owner.rank}."
    else:
        return
    raise kind(rule, f"{said} Authority comes from a higher rank.", {"min_rank": str(case.owner.rank + 1)})


def _amounts(amounts: Iterable[Amount]) -> tuple[Amount, ...]:
    """One amount per unit, each of something."""
    sums = total(amounts)
    if not 1 <= len(sums) <= MAX_UNITS:
        raise BadCommand(
            "amounts_missing", "Name a remedy, or one amount per unit.", {"max_units": str(MAX_UNITS)}
        )
    for unit, value in sums.items():
        demand_text("unit", unit, one_line=True)
        if not 1 <= value <= MOST:
            raise BadCommand("bad_amount", f"{value} {unit} is no amount.", {"min": "1", "max": str(MOST)})
    return tuple(Amount(unit, value) for unit, value in sorted(sums.items()))


def _demand_has(case: Case, amount: Amount, limits: Limits) -> None:
    """Nobody lends more than they could give on this case themselves."""
    on_case = total(charge for given in case.grants if not given.revoked_at for charge in given.charges)
    waiting = lent_left(case).get(amount.unit, 0)
    left = {
        PER_GRANT: limits.per_grant.get(amount.unit, 0),
        PER_CASE: limits.per_case.get(amount.unit, 0) - on_case.get(amount.unit, 0) - waiting,
    }
    binding = min(left, key=lambda name: left[name])
    if amount.value > left[binding]:
        raise exceeded(amount, binding, max(left[binding], 0))


def lent_left(case: Case) -> dict[str, int]:
    """What is still there of the authority lent to the owner, by unit."""
    return total(amount for lent in case.lent for amount in left_of(case, lent))


def left_of(case: Case, lent: Lent) -> list[Amount]:
    """What grants have left of one loan."""
    drawn = total(
        part.amount
        for given in case.grants
        if given.revoked_at is None
        for part in given.drawn
        if part.request_id == lent.request_id
    )
    return [Amount(each.unit, each.value - drawn.get(each.unit, 0)) for each in lent.amounts]


def draw(case: Case, wanted: Mapping[str, int]) -> tuple[Drawn, ...]:
    """Takes `wanted` out of what was lent, oldest first; there must be as much."""
    parts: list[Drawn] = []
    still = dict(wanted)
    for lent in case.lent:
        for amount in left_of(case, lent):
            value = min(amount.value, still.get(amount.unit, 0))
            if value > 0:
                still[amount.unit] -= value
                part = Amount(amount.unit, value)
                parts.append(Drawn(lent.request_id, lent.lender.employee_id, lent.lent_at.date(), part))
    return tuple(parts)
