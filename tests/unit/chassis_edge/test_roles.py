"""Roles and scopes: deny by default, nobody can move a case without the protocol."""

from __future__ import annotations

import pytest

from services.chassis.errors import InvalidArgument, PermissionRefused
from services.chassis.security import (
    ROLE_SCOPES,
    AccessRole,
    Principal,
    Scope,
    key_id_of,
    new_token,
    require,
)

A, L, S, U, I = AccessRole  # noqa: E741 - agent, lead, supervisor, auditor, integration

# The RBAC table, one row per thing that can be done.
TABLE = {
    Scope.CASES_READ: {A, L, S, U, I},
    Scope.CASES_WORK: {A, L, S},
    Scope.CASES_HAND_OFF: {A, L, S},
    Scope.CASES_HELP: {L, S},
    Scope.CASES_ON_BEHALF: {L, S},
    Scope.REMEDIES_GRANT: {A, L, S},
    Scope.REMEDIES_FULFIL: {I},
    Scope.COMPLAINTS_CREATE: {A, L, S, I},
    Scope.FEEDBACK_WRITE: {A, L, S, I},
    Scope.STAFF_WRITE: {S, I},
    Scope.METRICS_READ: {A, L, S, U, I},
    Scope.POLICIES_READ: {A, L, S, U, I},
    Scope.POLICIES_WRITE: {S},
    Scope.KEYS_WRITE: {S},
    Scope.AUDIT_READ: {S, U},
    Scope.EVENTS_READ: {I},
    Scope.INTAKE_OPERATE: {S},
    Scope.PLAYBOOKS_WRITE: {A, L, S},
    Scope.PLAYBOOKS_ACTIVATE: {L, S},
}


def holder(role: AccessRole) -> Principal:
    return Principal("acme", "k1", role, "e1", frozenset(map(str, ROLE_SCOPES[role])))


@pytest.mark.parametrize("role", AccessRole)
@pytest.mark.parametrize("scope", Scope)
def test_a_role_may_do_what_the_table_says_and_nothing_else(scope: Scope, role: AccessRole) -> None:
    if role in TABLE[scope]:
        require(holder(role), scope)
    else:
        with pytest.raises(PermissionRefused) as refused:
            require(holder(role), scope)
        assert scope not in refused.value.allowed["scopes"].split()


def test_no_scope_moves_a_case_without_the_hand_off() -> None:
    assert not [scope for scope in Scope if any(word in scope for word in ("assign", "transfer", "escalate"))]


def test_an_unknown_scope_is_refused_to_everybody() -> None:
    for role in AccessRole:
        with pytest.raises(PermissionRefused):
            require(holder(role), "cases:take")


def test_tokens_are_never_twice_the_same_and_tell_their_id() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len({key_id_of(token) for token in tokens}) == 100


@pytest.mark.parametrize(
    "bad",
    ["", "ak_", "ak_short_x", "rk_" + new_token()[3:], new_token() + "x", new_token()[:-1]],
    ids=["empty", "no id", "short", "another prefix", "too long", "cut off"],
)
def test_a_malformed_token_is_refused(bad: str) -> None:
    with pytest.raises(InvalidArgument):
        key_id_of(bad)
