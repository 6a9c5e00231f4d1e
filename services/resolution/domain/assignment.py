"""Who owns a new case, from its first second: the employee at the point of contact, else the best present
front-line match (skill, language, capacity, trust, load), else the duty owner of the lowest rank (domain.md,
Ownership). Never a queue or a team.

Trusted is the owner of the customer's last case that the customer confirmed as solved and did not reopen.
They are preferred when present at the front line and no worse in capacity, skill and language than the best
match: somebody who can do it comes before somebody who is known.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.resolution.domain.errors import NobodyToOwn
from services.resolution.domain.words import Because, Person

_Score = tuple[bool, bool, bool, float, str]


@dataclass(slots=True)
class Employee:
    """One employee as assignment sees them; `load` is the number of their cases not yet closed."""

    person: Person
    present: bool
    duty_owner: bool
    capacity: int
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    load: int = 0
    team: str = ""
    present_until: datetime | None = None
    """When the lease of their presence ends unless renewed; None is until they say otherwise."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a complaint asks of its owner; empty means any will do. Language is a primary subtag ("en")."""

    skill: str = ""
    language: str = ""


@dataclass(slots=True)
class Desk:
    """The employees of one tenant during one batch. Every choice adds to the chosen one's load, so that a
    burst spreads evenly: the heaps are lazy, an entry that has become too good is put back where it
    belongs."""

    employees: dict[str, Employee]
    _front_line: dict[Need, list[_Score]] = field(default_factory=dict)

    @classmethod
    def of(cls, employees: Iterable[Employee]) -> Desk:
        return cls({employee.person.employee_id: employee for employee in employees})

    def choose(
        self, need: Need, point_of_contact_id: str = "", trusted_id: str = ""
    ) -> tuple[Person, Because]:
        """The owner of a new case, one more on their load. Raises NobodyToOwn when the tenant has no
        employee."""
        employee, because = self._choose(need, point_of_contact_id, trusted_id)
        employee.load += 1
        return employee.person, because

    def _choose(self, need: Need, point_of_contact_id: str, trusted_id: str) -> tuple[Employee, Because]:
        # whoever stands before the customer is the front line, whatever their rank (P1.1)
        if point_of_contact_id in self.employees:
            return self.employees[point_of_contact_id], Because.POINT_OF_CONTACT
        if best := self._best_match(need):
            trusted = self.employees.get(trusted_id)
            if trusted and _at_the_front(trusted) and _fit(trusted, need) <= _fit(best, need):
                return trusted, Because.TRUSTED
            return best, Because.BEST_MATCH
        return self._duty_owner(), Because.DUTY_OWNER

    def _best_match(self, need: Need) -> Employee | None:
        if need not in self._front_line:
            scores = [_score(each, need) for each in self.employees.values() if _at_the_front(each)]
            heapq.heapify(scores)
            self._front_line[need] = scores
        heap = self._front_line[need]
        while heap:
            employee = self.employees[heap[0][-1]]
            now = _score(employee, need)
            if now == heap[0]:
                return employee
            heapq.heapreplace(heap, now)
        return None

    def _duty_owner(self) -> Employee:
        if not self.employees:
            raise NobodyToOwn(
                "tenant_has_no_employee", "No employee is registered, so nobody can own a case."
            )
        return min(self.employees.values(), key=_duty_order)


def _at_the_front(employee: Employee) -> bool:
    return employee.present and employee.person.rank == 0


def _fit(employee: Employee, need: Need) -> tuple[bool, bool, bool]:
    """Smaller is better: below capacity, has the skill, speaks the language."""
    return (
        employee.load >= employee.capacity,
        bool(need.skill) and need.skill not in employee.skills,
        bool(need.language) and need.language not in employee.languages,
    )


def _score(employee: Employee, need: Need) -> _Score:
    """Smaller is better: how well they fit, then the least loaded for their capacity."""
    return (
        *_fit(employee, need),
        employee.load / max(employee.capacity, 1),
        employee.person.employee_id,
    )


def _duty_order(employee: Employee) -> tuple[bool, int, bool, int, str]:
    return (
        not employee.duty_owner,
        employee.person.rank,
        not employee.present,
        employee.load,
        employee.person.employee_id,
    )
