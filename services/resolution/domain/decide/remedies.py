"""Payment on the spot by the person in front of the customer, inside limits (P1.3, P1.4)."""

from __future__ import annotations

from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide.guard import demand_act, demand_owner, demand_text
from services.resolution.domain.errors import BadCommand
from services.resolution.domain.limits import demand, total
from services.resolution.domain.state import Case
from services.resolution.domain.table import Act
from services.resolution.domain.words import Amount

MAX_QUANTITY = 1_000


def grant(case: Case, command: c.GrantRemedy, now: datetime) -> list[e.Event]:
    """The grant, inside the limits per grant and per case; nothing when this key has paid already. The limit
    per employee and day spans cases and is therefore taken where it is counted, in the same transaction."""
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
    charges = remedy.charges(quantity)
    demand(charges, command.limits, spent_on(case), {})
    return [
        e.RemedyGranted(
            grant_id=command.grant_id,
            remedy_id=remedy.remedy_id,
            granted_by_employee_id=command.actor.employee_id,
            cost=Amount(remedy.cost.unit, remedy.cost.value * quantity),
            value=Amount(remedy.value.unit, remedy.value.value * quantity),
            charges=charges,
            idempotency_key=key,
            granted_at=now,
            description=remedy.title if quantity == 1 else f"{quantity} x {remedy.title}",
        )
    ]


def spent_on(case: Case) -> dict[str, int]:
    """What the case has cost so far, by unit."""
    return total(charge for given in case.grants for charge in given.charges)
