"""Who calls: API keys hashed at rest, principals, roles and scopes (RBAC table, deny by default)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.chassis.clock import Clock, SystemClock
from services.chassis.db import Database


class AccessRole(StrEnum):
    """What a key's holder is to the tenant."""

    AGENT = "agent"
    TEAM_LEAD = "team_lead"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    INTEGRATION = "integration"


class Scope(StrEnum):
    """One thing a caller may do; whose case it is stays the service's own check."""

    CASES_READ = "cases:read"
    CASES_WORK = "cases:work"
    CASES_HAND_OFF = "cases:hand_off"
    CASES_HELP = "cases:help"
    REMEDIES_GRANT = "remedies:grant"
    COMPLAINTS_CREATE = "complaints:create"
    FEEDBACK_WRITE = "feedback:write"
    METRICS_READ = "metrics:read"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    EVENTS_READ = "events:read"


ROLE_SCOPES: Mapping[AccessRole, frozenset[Scope]] = {}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller; `scopes` are what the key may do, never more than its role."""

    tenant_id: str
    key_id: str
    role: AccessRole
    employee_id: str | None
    scopes: frozenset[str]


def require(principal: Principal, scope: Scope | str) -> None:
    """Raise PermissionRefused("scope_missing") unless the caller may do `scope`."""


def new_token() -> str:
    """A fresh `ak_<id>_<secret>`; to give the same key to several services' databases (`create(token=...)`)."""
    return ""


class ApiKeys:
    """The keys of one service's database. Positive answers are cached for 10 s, bounded; refusals are not."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def create(
        self,
        tenant_id: str,
        role: AccessRole | str,
        employee_id: str | None = None,
        scopes: Collection[str] = (),
        expires_at: datetime | None = None,
        *,
        token: str | None = None,
    ) -> str:
        """Store a key's hash and return its token, the only time it can be seen. No scopes = all of the role.

        Raises InvalidArgument for an unknown role, a scope the role does not have, or a malformed token;
        Conflict when the token's id exists already with another secret, tenant, role or employee.
        """
        return ""

    async def authenticate(self, token: str) -> Principal:
        """The holder of `token`. Raises Unauthenticated (the same for unknown, wrong, expired and revoked)."""
        raise RuntimeError

    async def revoke(self, tenant_id: str, key_id: str) -> None:
        """End a key; other processes forget it within 10 s. Raises NotFound."""
