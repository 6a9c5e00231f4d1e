"""What a case holds of the accounts that many cases share: employees' days, customers' 90 days, stocks.

The accounts are sums over all cases; what a decision changes in them is the difference between what its case
held before and holds after. So whatever ends a grant or a loan (a revocation, a new owner, the closing) gives
back exactly what it took, and nothing needs to be remembered beside the case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from services.resolution.domain.state import Case, Grant, Lent

CUSTOMER_WINDOW = timedelta(days=90)


class Ledger(IntEnum):
    """Kinds of accounts, in the order in which they are locked."""

    EMPLOYEE_DAY = 1
    CUSTOMER = 2
    STOCK = 3


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One sum: of a holder (employee, customer, remedy) in a unit, dated; a stock has one date for ever."""

    ledger: Ledger
    holder: str
    unit: str
    day: date


def held(case: Case | None) -> Counter[Account]:
    """What the case holds of each account."""
    sums: Counter[Account] = Counter()
    if case is None:
        return sums
    live = {lent.request_id for lent in case.lent}
    for lent in case.lent:
        sums.update(_lent(lent))
    for given in case.grants:
        if given.revoked_at is None:
            sums.update(_given(given, live))
    return sums


def _lent(lent: Lent) -> dict[Account, int]:
    """While it lasts, the whole of it is the lender's day's."""
    day = lent.lent_at.date()
    return {
        Account(Ledger.EMPLOYEE_DAY, lent.lender.employee_id, each.unit, day): each.value
        for each in lent.amounts
    }


def _given(given: Grant, live: set[str]) -> Counter[Account]:
    sums: Counter[Account] = Counter()
    day = given.granted_at.date()
    for charge in given.charges:
        sums[Account(Ledger.EMPLOYEE_DAY, given.employee_id, charge.unit, day)] += charge.value
        if given.customer_id:
            sums[Account(Ledger.CUSTOMER, given.customer_id, charge.unit, day)] += charge.value
    for part in given.drawn:
        unit, value = part.amount.unit, part.amount.value
        sums[Account(Ledger.EMPLOYEE_DAY, given.employee_id, unit, day)] -= value
        if part.request_id not in live:  # else it is inside what was lent
            sums[Account(Ledger.EMPLOYEE_DAY, part.lender_id, unit, part.lent_on)] += value
    if given.stocked:
        sums[stock_of(given.remedy_id)] += given.quantity
    return sums


def stock_of(remedy_id: str) -> Account:
    """The account of a remedy's stock: what has been taken of it."""
    return Account(Ledger.STOCK, remedy_id, "", date.min)


def taken(before: Case | None, after: Case) -> dict[Account, int]:
    """What the case holds more than before, in the order of locking."""
    return _more(held(before), held(after))


def given_back(before: Case | None, after: Case) -> dict[Account, int]:
    """What the case holds less than before, in the order of locking."""
    return _more(held(after), held(before))


def released(changes: Iterable[tuple[Case | None, Case]]) -> dict[Account, int]:
    """What these cases together hold less than before: what one passes on to another is not given back."""
    less: Counter[Account] = Counter()
    more: Counter[Account] = Counter()
    for before, after in changes:
        if before is None and not (after.grants or after.lent):
            continue  # most new cases hold nothing
        if before is not None and before.grants is after.grants and before.lent is after.lent:
            continue  # most changes are about something else
        more.update(held(before))
        less.update(held(after))
    return _more(less, more)


def _more(less: Counter[Account], more: Counter[Account]) -> dict[Account, int]:
    return {
        account: more[account] - less[account] for account in sorted(more) if more[account] > less[account]
    }
