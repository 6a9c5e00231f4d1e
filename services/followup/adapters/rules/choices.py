"""What new cases of each tenant follow: its last choice, else the settings.

A choice is believed for a second, so that every replica follows a new one within that time and batches ask no
more often. What it says is read once, from the versions it names, and its calendars with the holidays of the
years around the start of the process."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.chassis.db import Connection
from services.chassis.errors import ConfigError
from services.followup.adapters import policies
from services.followup.adapters.policies import Regulators
from services.followup.adapters.rules import calendar_files, policy_files
from services.followup.adapters.rules import rows as choice_rows
from services.followup.adapters.rules.policy_files import Calendars
from services.followup.domain.choice import Choice, Kind, RuleText, Ruling
from services.followup.domain.policy import Policy
from services.followup.domain.record import Terms

BELIEVED_S = 1.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What a new case gets: the service's policy, and those of regulators."""

    terms: Terms
    regulators: Regulators

    def calendars(self) -> set[str]:
        """The ids of the calendars that they count by."""
        policies_of = (*self.regulators.policies.values(), *self.regulators.teams.values())
        every = [self.terms.policy, *(policy for those in policies_of for policy in those)]
        return {calendar.calendar_id for policy in every for calendar in policy.calendars}


class TenantPolicies:
    """`settings` is what tenants without a choice of their own follow; holidays are read for `years`."""

    def __init__(
        self, settings: Followed, years: Collection[int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self.years = tuple(years)
        self._monotonic = monotonic
        self._known: dict[str, tuple[int, Followed]] = {}
        self._asked: dict[str, float] = {}

    async def of(self, tx: Connection, tenants: Collection[str]) -> Mapping[str, Followed]:
        """What new cases of these tenants follow. Raises ConfigError when a choice can be read no more."""
        now = self._monotonic()
        unsure = {one for one in tenants if self._asked.get(one, -BELIEVED_S) <= now - BELIEVED_S}
        if unsure:
            numbers = await choice_rows.numbers(tx, unsure)
            for tenant in sorted(unsure):
                number = numbers.get(tenant, 0)
                if self._known.get(tenant, (0, None))[0] != number:
                    self._known[tenant] = number, await self._read(tx, tenant)
                self._asked[tenant] = now
        return {one: self._known.get(one, (0, self._settings))[1] for one in tenants}

    def forget(self, tenant_id: str) -> None:
        """Ask again at the next case of this tenant."""
        self._asked.pop(tenant_id, None)

    def read(self, tenant_id: str, choice: Choice, texts: Mapping[tuple[Kind, str], RuleText]) -> Followed:
        """What a choice says; `texts` are those it names, of a tenant's own. Raises ConfigError."""
        calendars = {rule_id: one.text for (kind, rule_id), one in texts.items() if kind is Kind.CALENDAR}
        known = Calendars(self.years, calendars)
        own_service = choice.service_policy != ""
        terms = self._found(choice.service_policy, texts, known) if own_service else self._settings.terms
        if not isinstance(terms, Terms):
            raise ConfigError("no_service_policy", f"{choice.service_policy!r} is a regulator's policy")
        chosen: dict[tuple[str, str], tuple[Policy, ...]] = {}
        teams: dict[tuple[str, str], tuple[Policy, ...]] = {}
        for ruling in choice.rulings:
            policy = _ruling(ruling, self._found(ruling.policy_id, texts, known))
            by, key = (teams, ruling.team) if ruling.team else (chosen, ruling.category)
            by[tenant_id, key] = (*by.get((tenant_id, key), ()), policy)
        return Followed(terms, Regulators(chosen, teams))

    def _found(
        self, policy_id: str, texts: Mapping[tuple[Kind, str], RuleText], known: Calendars
    ) -> Terms | Policy:
        own = texts.get((Kind.POLICY, policy_id))
        if own is None and policy_id not in shipped(Kind.POLICY):
            raise ConfigError("unknown_policy", f"there is no policy {policy_id!r}")
        text = own.text if own else policies.shipped("policies", f"{policy_id}.yaml")
        return policies.either(f"{policy_id}.yaml", text, known)

    async def _read(self, tx: Connection, tenant_id: str) -> Followed:
        choice = await choice_rows.last(tx, tenant_id)
        if choice is None:
            return self._settings
        texts = await choice_rows.texts(tx, tenant_id)
        return self.read(tenant_id, choice, named(choice, texts))


def _ruling(ruling: Ruling, found: Terms | Policy) -> Policy:
    """What a ruling adds to the cases that it rules."""
    if ruling.team and ruling.category:
        raise ConfigError("team_and_category", f"{ruling.policy_id!r} rules by team or by category")
    if isinstance(found, Policy):
        return found
    if not ruling.team:
        raise ConfigError("no_regulator", f"{ruling.policy_id!r} is a policy of the service")
    return found.policy


def named(choice: Choice, texts: Collection[RuleText]) -> Mapping[tuple[Kind, str], RuleText]:
    """The texts in the versions that a choice names."""
    return {
        (one.kind, one.rule_id): one
        for one in texts
        if choice.versions.get(one.kind, {}).get(one.rule_id) == one.version
    }


def shipped(kind: Kind) -> frozenset[str]:
    """The ids of what ships."""
    folder: Path = policy_files.FOLDER if kind is Kind.POLICY else calendar_files.FOLDER
    return frozenset(file.stem for file in folder.glob("*.yaml"))
