"""Who calls: API keys hashed at rest, principals, roles and what they may do (deny by default).

A key is a random 256-bit secret, so one SHA-256 is enough at rest; slow hashes are for what people remember.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.chassis.clock import Clock, SystemClock
from services.chassis.db import Connection, Database
from services.chassis.errors import Conflict, InvalidArgument, NotFound, PermissionRefused, Unauthenticated


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
    CASES_ON_BEHALF = "cases:on_behalf"
    REMEDIES_GRANT = "remedies:grant"
    REMEDIES_FULFIL = "remedies:fulfil"
    COMPLAINTS_CREATE = "complaints:create"
    FEEDBACK_WRITE = "feedback:write"
    STAFF_WRITE = "staff:write"
    METRICS_READ = "metrics:read"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    PLAYBOOKS_WRITE = "playbooks:write"
    PLAYBOOKS_ACTIVATE = "playbooks:activate"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    EVENTS_READ = "events:read"
    INTAKE_OPERATE = "intake:operate"


_ANYBODY = frozenset({Scope.CASES_READ, Scope.METRICS_READ, Scope.POLICIES_READ})
_FRONT_LINE = _ANYBODY | {
    Scope.CASES_WORK,
    Scope.CASES_HAND_OFF,
    Scope.REMEDIES_GRANT,
    Scope.COMPLAINTS_CREATE,
    Scope.FEEDBACK_WRITE,
    # the team shapes its own approach (P3): everybody drafts and reviews, who leads activates
    Scope.PLAYBOOKS_WRITE,
}
_LEADING = _FRONT_LINE | {Scope.CASES_HELP, Scope.CASES_ON_BEHALF, Scope.PLAYBOOKS_ACTIVATE}

# Nobody has a scope that moves a case without the hand-off protocol, because there is none.
ROLE_SCOPES: Mapping[AccessRole, frozenset[Scope]] = {
    AccessRole.AGENT: _FRONT_LINE,
    AccessRole.TEAM_LEAD: _LEADING,
    AccessRole.SUPERVISOR: _LEADING
    | {Scope.STAFF_WRITE, Scope.POLICIES_WRITE, Scope.KEYS_WRITE, Scope.AUDIT_READ}
    | {Scope.INTAKE_OPERATE},
    AccessRole.AUDITOR: _ANYBODY | {Scope.AUDIT_READ},
    AccessRole.INTEGRATION: _ANYBODY
    | {Scope.COMPLAINTS_CREATE, Scope.FEEDBACK_WRITE, Scope.STAFF_WRITE, Scope.EVENTS_READ}
    | {Scope.REMEDIES_FULFIL},
}


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
    if scope not in principal.scopes:
        allowed = {"scopes": " ".join(sorted(principal.scopes))}
        raise PermissionRefused("scope_missing", f"a {principal.role} key needs the scope {scope}", allowed)


_TOKEN = re.compile(r"ak_([a-z2-7]{16})_([A-Za-z0-9_-]{43})")


def new_token() -> str:
    """A fresh `ak_<id>_<secret>`; `create(token=...)` puts the same key into several services' databases."""
    key_id = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return f"ak_{key_id}_{secrets.token_urlsafe(32)}"


def key_id_of(token: str) -> str:
    """The public half of a token, which names the key in `revoke` and in logs. Raises InvalidArgument."""
    return _split(token, InvalidArgument)[0]


def _split(token: str, error: type[InvalidArgument | Unauthenticated]) -> tuple[str, bytes]:
    """The key's id and the SHA-256 of its secret."""
    matched = _TOKEN.fullmatch(token)
    if matched is None:
        raise error("malformed_key", "a key looks like ak_<id>_<secret>")
    return matched[1], hashlib.sha256(matched[2].encode()).digest()


_COLUMNS = "tenant_id, secret_sha256, role, employee_id, scopes, expires_at, revoked_at"

_INSERT = """
-- one key; the same id again changes nothing
insert into api_key (key_id, tenant_id, secret_sha256, role, employee_id, scopes, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (key_id) do nothing
returning key_id
"""
_FIND = f"select {_COLUMNS} from api_key where key_id = $1"  # noqa: S608 - both parts are constants
_REVOKE = """
-- the first revocation stays the one on record
update api_key set revoked_at = coalesce(revoked_at, $3) where tenant_id = $1 and key_id = $2 returning key_id
"""


@dataclass(frozen=True, slots=True)
class _Cached:
    principal: Principal
    secret_sha256: bytes
    expires_at: datetime | None
    until: float


class ApiKeys:
    """The keys of one service's database. Positive answers are cached for 10 s, bounded; refusals are not."""

    CACHE_S = 10.0
    CACHE_SIZE = 4096

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._cache: dict[str, _Cached] = {}

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
        """Store a key's hash and return its token, the only time it is seen. No scopes = all of the role.

        Given `token`, the same call again changes nothing. Raises InvalidArgument for an unknown role, a
        scope the role does not have, or a malformed token; Conflict when the id exists and anything differs.
        """
        known = _known_role(role)
        narrowed = _within(known, scopes)
        token = token or new_token()
        key_id, secret = _split(token, InvalidArgument)
        wanted = (tenant_id, secret, str(known), employee_id, narrowed, expires_at)
        async with self._database.transaction([tenant_id]) as tx:
            if await tx.fetchval(_INSERT, key_id, *wanted) is None:
                await _same_or_conflict(tx, key_id, wanted)
        return token

    async def authenticate(self, token: str) -> Principal:
        """The holder of `token`. Raises Unauthenticated, the same for unknown, wrong, expired and revoked."""
        key_id, secret = _split(token, Unauthenticated)
        found = self._cached(key_id) or await self._look_up(key_id)
        # Compared even when there is no such key, so that the answer's time does not tell which ids exist.
        right = hmac.compare_digest(found.secret_sha256 if found else bytes(32), secret)
        if found is None or not right or _past(found.expires_at, self._clock.now()):
            raise Unauthenticated("unknown_key", "no valid key was given")
        self._remember(key_id, found)
        return found.principal

    async def revoke(self, tenant_id: str, key_id: str) -> None:
        """End a key; other processes forget it within CACHE_S. Raises NotFound."""
        async with self._database.transaction([tenant_id]) as tx:
            if await tx.fetchval(_REVOKE, tenant_id, key_id, self._clock.now()) is None:
                raise NotFound("unknown_key", "this tenant has no such key")
        self._cache.pop(key_id, None)

    def _cached(self, key_id: str) -> _Cached | None:
        found = self._cache.get(key_id)
        return found if found is not None and found.until > self._monotonic() else None

    async def _look_up(self, key_id: str) -> _Cached | None:
        async with self._database.system() as connection:
            row = await connection.fetchrow(_FIND, key_id)
        if row is None or row["revoked_at"] is not None:
            return None
        role = AccessRole(row["role"])
        whole = ROLE_SCOPES[role]
        scopes = whole & set(row["scopes"]) if row["scopes"] else whole
        holder = Principal(row["tenant_id"], key_id, role, row["employee_id"], frozenset(map(str, scopes)))
        return _Cached(holder, row["secret_sha256"], row["expires_at"], self._monotonic() + self.CACHE_S)

    def _remember(self, key_id: str, found: _Cached) -> None:
        self._cache[key_id] = found
        if len(self._cache) > self.CACHE_SIZE:
            del self._cache[next(iter(self._cache))]


def _known_role(role: str) -> AccessRole:
    try:
        return AccessRole(role)
    except ValueError:
        raise InvalidArgument("unknown_role", f"no role {role!r}", {"roles": " ".join(AccessRole)}) from None


def _within(role: AccessRole, scopes: Collection[str]) -> list[str]:
    whole = {str(scope) for scope in ROLE_SCOPES[role]}
    beyond = sorted(set(scopes) - whole)
    if beyond:
        allowed = {"scopes": " ".join(sorted(whole))}
        raise InvalidArgument("scope_beyond_role", f"{role} cannot have {' '.join(beyond)}", allowed)
    return sorted(set(scopes))


async def _same_or_conflict(tx: Connection, key_id: str, wanted: tuple[object, ...]) -> None:
    row = await tx.fetchrow(_FIND, key_id)
    if row is None or (*tuple(row)[:6], row["revoked_at"]) != (*wanted, None):
        raise Conflict("key_exists", "a key with this id exists and is not the same")


def _past(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now
