"""A data folder of its own for each test; the broker's jars come from the user's cache."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.standalone import identity
from services.standalone.layout import Layout


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """In place of /var/lib/amends: a folder that everybody may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="amends-elsewhere-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr(identity, "ELSEWHERE", Path(folder))
        yield Path(folder)


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A folder with a space in its name, far too deep for a socket file; emptied afterwards."""
    deep = tmp_path / "a folder with spaces" / ("deep" * 20)
    layout = Layout.from_environment({**os.environ, "AMENDS_HOME": str(deep)}, tmp_path)
    yield layout
    layout.fresh()


@pytest.fixture
def is_gone() -> object:
    """`await is_gone(pid)`: no such process, or a zombie whose new parent has not collected it yet."""

    async def gone(pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return stat.rpartition(")")[2].split()[0] in "ZX"

    return gone
