"""How many connections a process may hold."""

from __future__ import annotations

import resource

import pytest

from services.chassis.service import open_many_files

FILES = resource.RLIMIT_NOFILE


@pytest.mark.parametrize(
    ("soft", "hard", "taken"),
    [(1024, 20_000, 20_000), (1024, resource.RLIM_INFINITY, 65_536), (1024, 1_048_576, 65_536)],
)
def test_a_process_takes_what_the_machine_allows(
    soft: int, hard: int, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda what, to: asked.append((what, to)))
    open_many_files()
    assert asked == [(FILES, (taken, hard))]


def test_what_is_allowed_already_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100_000, 100_000))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("nothing was to be changed"))
    open_many_files()
