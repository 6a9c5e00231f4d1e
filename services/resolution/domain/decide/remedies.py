"""Payment on the spot by the person in front of the customer, inside limits (P1.3, P1.4)."""

from __future__ import annotations

from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.catalogue import Giver
from services.resolution.domain.decide import authority
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.errors import BadCommand, NotNow, Unknown
from services.resolution.domain.limits import Gone, beyond, demand, total
from services.resolution.domain.state import Case, Drawn, Grant
from services.resolution.domain.table import Act
from services.resolution.domain.words import Amount, Fulfilment

MAX_QUANTITY = 1_000
NO_ANSWER = "timed_out"


def grant(case: Case, command: c.GrantRemedy, now: datetime) -> list[e.Event]:
    """The grant, inside the limits per grant and per case; nothing when this key has paid already. What
    spans cases (the employee's day, the customer's 90 days, the stock) is therefore taken where it is
    counted, in the same transaction."""
    key = demand_text("idempotency_key", command.idempotency_key, one_line=True)
    if any(given.idempotency_key == key for given in case.grants):
        return []
    demand_act(case, Act.GRANT)
    demand_owner(case, command.actor)
    if not 1 <= command.quantity <= MAX_QUANTITY:
        raise BadCommand(
            "bad_quantity", "Quantity is a whole number.", {"min": "1", "max": str(MAX_QUANTITY)}
        )
    remedy, quantity = command.remedy, command.quantity
    remedy.demand(giver(case, command.team), now.date())
    return [
        e.RemedyGranted(
            grant_id=command.grant_id,
            remedy_id=remedy.remedy_id,
            granted_by_employee_id=command.actor.employee_id,
            cost=Amount(remedy.cost.unit, remedy.cost.value * quantity),
            value=Amount(remedy.value.unit, remedy.value.value * quantity),
            charges=remedy.charges(quantity),
            idempotency_key=key,
            granted_at=now,
            description=remedy.title if quantity == 1 else f"{quantity} x {remedy.title}",
            customer_id=case.customer_id,
            quantity=quantity,
            stocked=remedy.stock is not None,
            drawn=_drawn(case, command),
            fulfil_by=command.fulfil_by,
        )
    ]


def _drawn(case: Case, command: c.GrantRemedy) -> tuple[Drawn, ...]:
    """The owner's own authority first; what it does not cover comes out of what was lent."""
    charges = command.remedy.charges(command.quantity)
    gone = Gone(spent_on(case), command.spent_day, {}, authority.lent_left(case))
    demand(charges, command.limits, gone)
    return authority.draw(case, {charge.unit: beyond(charge, command.limits, gone) for charge in charges})


def giver(case: Case, team: str) -> Giver:
    """The owner, with what has been opened to them by a higher rank."""
    return Giver(case.owner.rank, team, tuple(lent.remedy_id for lent in case.lent if lent.remedy_id))


def spent_on(case: Case) -> dict[str, int]:
    """What the case has cost so far out of its owners' own authority, by unit."""
    sums: dict[str, int] = {}
    for given in case.grants:
        if given.revoked_at is None:
            for unit, value in own(given).items():
                sums[unit] = sums.get(unit, 0) + value
    return sums


def own(given: Grant) -> dict[str, int]:
    """The part of a grant that was not lent, by unit."""
    lent = total(part.amount for part in given.drawn)
    return {unit: value - lent.get(unit, 0) for unit, value in total(given.charges).items()}


def revoke(case: Case, command: c.RevokeRemedy, now: datetime) -> list[e.Event]:
    """Taken back by the owner, with a reason, unless the customer has it. Nothing when it is done already."""
    demand_owner(case, command.actor)
    reason = demand_text("reason", command.reason)
    given = _given(case, command.grant_id)
    if given.revoked_at:
        return []
    if given.fulfilment is Fulfilment.FULFILLED:
        raise NotNow(
            "already_fulfilled", "The customer has it: it is theirs.", {"reference": given.reference}
        )
    return [e.RemedyRevoked(given.grant_id, reason, command.actor.employee_id, now)]


def confirm(case: Case, command: c.ConfirmFulfilment, now: datetime) -> list[e.Event]:
    """How it went, by the system that fulfils it; also after we gave up waiting, and after the case is
    closed. The same again is nothing; fulfilled stays fulfilled."""
    given = _given(case, command.grant_id)
    if given.revoked_at:
        raise NotNow(
            "remedy_revoked",
            "It has been taken back: do not hand it over.",
            {"revoked_at": given.revoked_at.isoformat()},
        )
    if given.fulfilment is Fulfilment.FULFILLED:
        if command.fulfilled:
            return []
        raise NotNow(
            "already_fulfilled", "You have said that it is fulfilled.", {"reference": given.reference}
        )
    if command.fulfilled:
        return [e.RemedyFulfilled(given.grant_id, command.reference.strip(), now)]
    if given.fulfilment is Fulfilment.FAILED:
        return []
    reason = demand_text("reason", command.reason)
    return [e.RemedyFulfilmentFailed(given.grant_id, "refused", reason, now)]


def time_out(case: Case, grant_id: str, now: datetime) -> list[e.Event]:
    """Nobody has said in time that it is fulfilled; nothing when somebody has, or it was taken back."""
    for given in case.grants:
        waits = given.fulfilment is Fulfilment.ORDERED and given.revoked_at is None
        if given.grant_id == grant_id and waits and given.fulfil_by and now >= given.fulfil_by:
            return [e.RemedyFulfilmentFailed(grant_id, NO_ANSWER, "", now)]
    return []


def _given(case: Case, grant_id: str) -> Grant:
    for given in case.grants:
        if given.grant_id == grant_id:
            return given
    raise Unknown(
        "unknown_grant",
        "This case has no such grant.",
        {"grants": ",".join(given.grant_id for given in case.grants)},
    )
