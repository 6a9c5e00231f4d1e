"""Where a test run's temporary files lie."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from tests.support import scratch
from tests.support.scratch import scratch as opened


@pytest.fixture(autouse=True)
def _no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said where temporary files go, and there is room for them."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(scratch, "_NEEDED_BYTES", 1)


def test_temporary_files_go_where_there_is_room_and_go_with_the_run(tmp_path: Path) -> None:
    with opened(tmp_path), tempfile.TemporaryDirectory() as folder:
        assert tmp_path in Path(folder).parents
        assert os.environ["TMPDIR"] == tempfile.gettempdir()
        (Path(tempfile.gettempdir()) / "left behind").touch()
    assert list(tmp_path.iterdir()) == []
    assert "TMPDIR" not in os.environ
    assert tmp_path not in Path(tempfile.gettempdir()).parents


def test_a_choice_of_the_environment_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "mine"))
    with opened(tmp_path):
        assert os.environ["TMPDIR"] == str(tmp_path / "mine")
        assert list(tmp_path.iterdir()) == []


def test_too_little_memory_leaves_everything_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_NEEDED_BYTES", 1 << 60)
    with opened(tmp_path):
        assert "TMPDIR" not in os.environ
        assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_what_another_holds_is_not(tmp_path: Path) -> None:
    killed, living = tmp_path / "amends-tests-killed", tmp_path / "amends-tests-living"
    (killed / "cluster").mkdir(parents=True)
    living.mkdir()
    held = os.open(living, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with opened(tmp_path):
            assert not killed.exists()
            assert living.exists()
    finally:
        os.close(held)


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    proc, group = tmp_path / "proc", tmp_path / "group"
    proc.mkdir()
    group.mkdir()
    (proc / "meminfo").write_text("MemTotal: 99 kB\nMemAvailable: 50 kB\n")
    assert scratch._available(proc, group) == 50 << 10
    (group / "memory.max").write_text("max\n")
    assert scratch._available(proc, group) == 50 << 10
    (group / "memory.max").write_text("3000\n")
    (group / "memory.current").write_text("1000\n")
    assert scratch._available(proc, group) == 2000
