"""Prometheus' programs for the tests: those on the path, else Debian's package, fetched by its own apt and
unpacked into the user's cache. Nothing is installed, and nobody has to be root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

VARIABLE = "AMENDS_TEST_PROMETHEUS"
_PACKAGE = "prometheus"
_PATIENCE_S = 100.0


class NoPrometheus(Exception):
    """Prometheus cannot be had here: install it, or name the folder of its programs in
    AMENDS_TEST_PROMETHEUS.
    """


def program(name: str) -> Path:
    """`promtool` or `prometheus`; where neither can be had the test is skipped, and says why."""
    try:
        return find(name)
    except NoPrometheus as reason:
        return pytest.skip(f"{name}: {reason}")


def find(name: str) -> Path:
    """The program. Raises NoPrometheus with the reason."""
    if VARIABLE in os.environ:
        return Path(os.environ[VARIABLE]) / name
    if found := shutil.which(name):
        return Path(found)
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "amends" / _PACKAGE
    if not folder.is_dir():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise NoPrometheus(f"not installed, no Debian to fetch it from, and no {VARIABLE}")
        _fetch(folder)
    return folder / "usr" / "bin" / name


def _fetch(folder: Path) -> None:
    """Fetch and unpack beside the folder, then rename: whoever looks finds all of it or nothing."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_PACKAGE}-", dir=folder.parent) as made:
        here = Path(made)
        (here / "lists" / "partial").mkdir(parents=True)
        # A fresh machine may have no package lists, and only root could get them: so in a folder of ours.
        own = ["-o", f"Dir::State::Lists={here / 'lists'}", "-o", f"Dir::Cache={here}"]
        try:
            _run(["apt-get", "download", _PACKAGE], here)
        except NoPrometheus:
            _run(["apt-get", *own, "update"], here)
            _run(["apt-get", *own, "download", _PACKAGE], here)
        for package in here.glob("*.deb"):
            _run(["dpkg-deb", "-x", str(package), str(here / "unpacked")], here)
        with suppress(OSError):  # another run was faster
            (here / "unpacked").rename(folder)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoPrometheus(f"`{' '.join(command[:2])}` took longer than {_PATIENCE_S:.0f} s") from None
    if done.returncode != 0:
        raise NoPrometheus(f"`{' '.join(command[:2])}` failed:\n{done.stderr[-1000:]}")
