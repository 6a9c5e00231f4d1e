"""What is given to a customer: grants, their fulfilment, their revocation. Events: RemedyGranted,
RemedyFulfilled, RemedyFulfilmentFailed, RemedyRevoked.

What a grant takes from accounts that other cases share (the employee's day, the customer's 90 days, the
stock) is the difference between what the case held before and holds after, taken by statements that check
the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from services.resolution.app.rules import Terms
from services.resolution.app.shapes import Standing, Taking
from services.resolution.app.turn import Turn
from services.resolution.domain import commands as c
from services.resolution.domain import limits
from services.resolution.domain.accounts import Account, Ledger, taken
from services.resolution.domain.catalogue import Remedy, Room, Wanted, out_of_stock
from services.resolution.domain.decide import authority, remedies
from services.resolution.domain.errors import Refusal
from services.resolution.domain.limits import Gone, Limits
from services.resolution.domain.state import Case, Grant
from services.resolution.domain.words import Amount


def suggest(case: Case, standing: Standing, terms: Terms, day: date) -> Sequence[Remedy]:
    """What could be given now, the most worth for its cost first."""
    gone = Gone(remedies.spent_on(case), standing.day, standing.customer, authority.lent_left(case))
    room = Room(limits_of(case, terms), gone, standing.stocks)
    giver = remedies.giver(case, standing.team)
    return terms.catalogue.suggest(Wanted(case.category, case.severity, giver, day), room)


def limits_of(case: Case, terms: Terms) -> Limits:
    """The owner's, and towards the customer those of who has lent to them."""
    lenders = (terms.authority.of(lent.lender.rank) for lent in case.lent)
    return terms.authority.of(case.owner.rank).and_lent_by(lenders)


async def grant(turn: Turn, grant_id: str, remedy_id: str, quantity: int, key: str) -> tuple[Grant, bool]:
    """Gives it. The flag tells that this key had paid already."""
    terms = turn.rules.terms_of(turn.key[0])
    before, remedy = turn.case, terms.catalogue.get(remedy_id)
    command = c.GrantRemedy(
        turn.actor,
        grant_id,
        remedy,
        quantity,
        key,
        limits_of(before, terms),
        team=await _team(turn, remedy),
        spent_day=await _spent_day(turn, remedy),
        fulfil_by=turn.now + terms.authority.fulfil_within if remedy.fulfilled_outside else None,
    )
    events = remedies.grant(before, command, turn.now)
    after = turn.apply(events)
    await take(turn, before, after, lambda account: _limit(account, command))
    return next(given for given in after.grants if given.idempotency_key == key), not events


async def _team(turn: Turn, remedy: Remedy) -> str:
    """Only asked for where it matters."""
    if not remedy.teams:
        return ""
    employee = await turn.work.find_employee(turn.key[0], turn.actor.employee_id)
    return employee.team if employee else ""


async def _spent_day(turn: Turn, remedy: Remedy) -> dict[str, int]:
    """How much of a grant has to come out of lent authority depends on what is left of the day."""
    if not turn.case.lent:
        return {}
    units = [charge.unit for charge in remedy.charges(1)]
    tenant_id, employee_id = turn.key[0], turn.actor.employee_id
    return dict(await turn.work.hold_day(tenant_id, employee_id, turn.now.date(), units))


def _limit(account: Account, command: c.GrantRemedy) -> int:
    if account.ledger is Ledger.STOCK:
        return command.remedy.stock or 0
    per = command.limits.per_day if account.ledger is Ledger.EMPLOYEE_DAY else command.limits.per_customer
    return per.get(account.unit, 0)


async def take(turn: Turn, before: Case, after: Case, limit: Callable[[Account], int]) -> None:
    """Takes what the case holds more than before. Raises NotNow for what its account does not have."""
    takings = [Taking(account, value, limit(account)) for account, value in taken(before, after).items()]
    short = await turn.work.take(turn.key[0], takings)
    if short is not None:
        raise _short(*short)


def _short(taking: Taking, remaining: int) -> Refusal:
    account = taking.account
    if account.ledger is Ledger.STOCK:
        return out_of_stock(account.holder, remaining)
    limit = limits.PER_DAY if account.ledger is Ledger.EMPLOYEE_DAY else limits.PER_CUSTOMER
    return limits.exceeded(Amount(account.unit, taking.value), limit, remaining)
