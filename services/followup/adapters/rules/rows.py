"""The texts and choices of tenants in PostgreSQL; both are only ever added to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from services.chassis.db import Connection
from services.followup.domain.choice import Choice, Kind, RuleText, Ruling

_LOCK = """
-- one at a time changes the policies of a tenant
select pg_advisory_xact_lock(hashtextextended('policies of ' || $1, 0))"""
_KEEP = """
insert into rule_text (tenant_id, kind, rule_id, version, text, author_id, kept_at)
values ($1, $2, $3, $4, $5, $6, $7)"""
_NEWEST = """
-- the newest version of each text
select distinct on (kind, rule_id) kind, rule_id, version, text, author_id, kept_at
from rule_text where tenant_id = $1 order by kind, rule_id, version desc"""
_TEXTS = """
select kind, rule_id, version, text, author_id, kept_at
from rule_text where tenant_id = $1 order by kind, rule_id, version"""
_CHOOSE = """
insert into policy_choice
    (tenant_id, number, service_policy, rulings, versions, chosen_by, reason, chosen_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)"""
_LAST = """
select number, service_policy, rulings::text, versions::text, chosen_by, reason, chosen_at
from policy_choice where tenant_id = $1 order by number desc limit 1"""
_NUMBERS = """
-- the last choice of each of these tenants; one look-up per tenant
select asked.tenant_id, found.number from unnest($1::text[]) as asked (tenant_id)
cross join lateral (
    select number from policy_choice as one where one.tenant_id = asked.tenant_id order by number desc limit 1
) as found"""


async def lock(tx: Connection, tenant_id: str) -> None:
    """One at a time changes the policies of a tenant, until the transaction ends."""
    await tx.execute(_LOCK, tenant_id)


async def keep(tx: Connection, tenant_id: str, of: RuleText) -> None:
    """Adds a version."""
    await tx.execute(_KEEP, tenant_id, of.kind, of.rule_id, of.version, of.text, of.author_id, of.kept_at)


async def newest(tx: Connection, tenant_id: str) -> Mapping[tuple[Kind, str], RuleText]:
    """The newest version of each text of a tenant."""
    found = [_text(row) for row in await tx.fetch(_NEWEST, tenant_id)]
    return {(one.kind, one.rule_id): one for one in found}


async def texts(tx: Connection, tenant_id: str) -> Sequence[RuleText]:
    """Every version of every text of a tenant."""
    return [_text(row) for row in await tx.fetch(_TEXTS, tenant_id)]


async def choose(tx: Connection, tenant_id: str, of: Choice) -> None:
    """Adds a choice."""
    rulings, versions = (msgspec.json.encode(value).decode() for value in (of.rulings, of.versions))
    await tx.execute(
        _CHOOSE, tenant_id, of.number, of.service_policy, rulings, versions, of.chosen_by, of.reason,
        of.chosen_at,
    )  # fmt: skip


async def last(tx: Connection, tenant_id: str) -> Choice | None:
    """What new cases of a tenant follow; None before its first choice."""
    row = await tx.fetchrow(_LAST, tenant_id)
    if row is None:
        return None
    rulings = msgspec.json.decode(row["rulings"], type=tuple[Ruling, ...])
    versions = msgspec.json.decode(row["versions"], type=dict[Kind, dict[str, int]])
    return Choice(**{**dict(row), "rulings": rulings, "versions": versions})


async def numbers(tx: Connection, tenants: Collection[str]) -> Mapping[str, int]:
    """The number of the last choice of each tenant that has made one."""
    return {row["tenant_id"]: row["number"] for row in await tx.fetch(_NUMBERS, sorted(tenants))}


def _text(row: Any) -> RuleText:
    return RuleText(**{**dict(row), "kind": Kind(row["kind"])})
