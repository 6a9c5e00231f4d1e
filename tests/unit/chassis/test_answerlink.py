"""Links to the page for a customer's answer: only ours, only for their tenant, as they were signed."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.answerlink import AnswerLink, believe, issue

LINK = AnswerLink(UUID(int=5), UUID(int=7), datetime(2026, 12, 24, tzinfo=UTC))
TOKEN = issue("acme", LINK, "new")


def test_a_link_is_believed_as_it_was_signed_also_while_the_secret_is_exchanged() -> None:
    assert believe("acme", TOKEN, ["newer", "new"]) == LINK
    assert len(TOKEN) == 64


@pytest.mark.parametrize(("tenant", "secrets"), [("other", ["new"]), ("acme", ["guess"]), ("acme", [])])
def test_a_link_of_another_tenant_or_of_nobody_is_none(tenant: str, secrets: list[str]) -> None:
    assert believe(tenant, TOKEN, secrets) is None


@given(st.integers(min_value=0, max_value=63), st.characters())
def test_a_link_with_one_character_changed_is_none(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    assert believe("acme", changed, ["new"]) == (LINK if changed == TOKEN else None)


@given(st.text(max_size=100))
def test_no_text_is_a_link(token: str) -> None:
    assert believe("acme", token, ["new"]) is None
