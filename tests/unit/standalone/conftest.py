"""A data folder of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.standalone.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Nothing shared with the user's cache or with another test."""
    return Layout(home=tmp_path / "home", jar_cache=tmp_path / "cache")
