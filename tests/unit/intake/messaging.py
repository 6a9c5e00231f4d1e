"""Requests to the hooks of messaging channels, and JSON of any shape that uses their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.channels.hooks import Request
from services.intake.adapters.channels.registry import HOOKS
from services.intake.domain.records import Item
from tests.unit.intake.corpora import SAMPLES
from tests.unit.intake.test_hooks import request

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def posted(
    path: str,
    body: bytes,
    account: str,
    secrets: Iterable[Secret] = (),
    headers: Mapping[str, str] | None = None,
) -> Request:
    """A POST to the hook at `path`, with one account of ours at its provider."""
    hook = HOOKS[path]
    known = ChannelAccount("main", hook.provider, account, hook.channel, {}, tuple(secrets))
    sent = {"content-type": "application/json", **(headers or {})}
    return replace(request(body, "application/json", {}), headers=sent, accounts={account: known})


def sample(name: str) -> bytes:
    return (SAMPLES / "webhooks" / name).read_bytes()


def read(path: str, name: str, account: str) -> list[Item]:
    """The items of a sample."""
    return list(HOOKS[path].read(posted(path, sample(name), account)).items)


def any_json(names: Iterable[str], likely: Iterable[Any] = ()) -> st.SearchStrategy[Any]:
    """Documents of any shape whose members have a provider's names, and now and then a likely value."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    return st.recursive(
        leaves | st.sampled_from([*likely, ""]),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*names]), inner, max_size=6)
        ),
        max_leaves=25,
    )


def spelt(value: Any) -> Any:
    """`messageId` as `message_id`: some corpora were written down in another spelling of the names."""
    if isinstance(value, list):
        return [spelt(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{char.lower()}" if char.isupper() else char for char in name): spelt(one)
        for name, one in value.items()
    }
