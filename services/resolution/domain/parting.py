"""What goes back to a customer when a wrong merge with another is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from services.resolution.domain.accounts import Account, Ledger, held
from services.resolution.domain.state import Case
from services.resolution.domain.words import Closing


def restored_cases(cases: Mapping[str, Case], named: Collection[str]) -> set[str]:
    """Of `cases`, by id, those that intake names, and whatever we opened after or split from one of them."""
    found = {case_id for case_id in named if case_id in cases}
    while (
        more := {
            case_id
            for case_id, case in cases.items()
            if case.linked_case_id in found or any(cases[each].successor_id == case_id for each in found)
        }
        - found
    ):
        found |= more
    return found


def given(cases: Iterable[Case]) -> Counter[Account]:
    """What these cases hold of accounts of customers."""
    sums: Counter[Account] = Counter()
    for case in cases:
        sums.update({of: value for of, value in held(case).items() if of.ledger is Ledger.CUSTOMER})
    return sums


def last_confirmed(cases: Iterable[Case]) -> Case | None:
    """The case whose owner the customer of them all trusts."""
    confirmed = [(case.closed_at, case.case_id, case) for case in cases if case.closing is Closing.CONFIRMED]
    return max(confirmed, key=lambda each: each[:2])[2] if confirmed else None
