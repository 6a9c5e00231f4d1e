"""Probes: what an orchestrator reads from the admin port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.chassis import probes
from services.chassis.probes import Health, admin_app

Ask = Callable[..., Awaitable[Any]]


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def broken() -> bool:
    raise ConnectionError("gone")


async def never() -> bool:
    await asyncio.Event().wait()
    return True


async def test_ready_only_when_started_and_every_check_holds(ask: Ask) -> None:
    health = Health()
    health.add("database", yes)
    app = admin_app(health)
    assert (await ask(app, "/readyz")).status == 503
    assert (await ask(app, "/startupz")).status == 503
    health.started()
    assert (await ask(app, "/startupz")).status == 200
    assert (await ask(app, "/readyz")).status == 200
    health.add("kafka", no)
    answer = await ask(app, "/readyz")
    assert answer.status == 503
    assert "[-]kafka failed" in answer.text
    assert "[+]database ok" in answer.text


async def test_alive_even_when_nothing_else_works(ask: Ask) -> None:
    health = Health()
    health.add("database", broken)
    health.started()
    app = admin_app(health)
    assert (await ask(app, "/livez")).status == 200
    assert (await ask(app, "/readyz")).status == 503


async def test_stopping_is_final_and_told_once(ask: Ask) -> None:
    health, told = Health(), []
    health.on_stopping(lambda: told.append("now"))
    health.started()
    health.stopping()
    health.stopping()
    app = admin_app(health)
    assert told == ["now"]
    assert (await ask(app, "/readyz")).status == 503
    assert (await ask(app, "/livez")).status == 200


async def test_a_check_that_hangs_or_throws_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "CHECK_TIMEOUT_S", 0.01)
    health = Health()
    health.started()
    health.add("hangs", never)
    health.add("throws", broken)
    health.add("works", yes)
    assert await health.ready() == {
        "started": True, "not_stopping": True, "hangs": False, "throws": False, "works": True,
    }  # fmt: skip


async def test_verbose_names_every_condition(ask: Ask) -> None:
    health = Health()
    health.started()
    assert (await ask(admin_app(health), "/readyz?verbose")).text.splitlines() == [
        "[+]started ok",
        "[+]not_stopping ok",
        "ok",
    ]


async def test_metrics_are_in_prometheus_text(ask: Ask) -> None:
    answer = await ask(admin_app(Health()), "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "process_resident_memory_bytes" in answer.text


async def test_other_paths_and_methods_are_refused(ask: Ask) -> None:
    app = admin_app(Health())
    assert (await ask(app, "/")).status == 404
    assert (await ask(app, "/metrics", "POST")).status == 405
