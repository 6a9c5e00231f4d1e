"""PostgreSQL never runs as root, and its files lie where whoever runs it may go."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from services.standalone import identity
from services.standalone.identity import (
    Tenancy,
    choose_tenancy,
    other_user,
    reachable,
    settle,
    settle_binaries,
)
from services.standalone.process import SELF

NOBODY = pwd.getpwnam("nobody")


def test_an_ordinary_user_is_itself_and_root_never_is() -> None:
    tenancy = choose_tenancy()
    assert (tenancy.identity == SELF) == (os.geteuid() != 0)


def test_a_root_without_user_namespaces_becomes_another_user_who_owns_the_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(identity, "_works", lambda identity: False)
    tenancy = choose_tenancy()
    assert tenancy.owner is not None
    assert tenancy.owner.pw_uid != 0
    assert tenancy.identity.spec == f"user:{tenancy.owner.pw_uid}:{tenancy.owner.pw_gid}"


def test_files_stay_in_the_data_folder_when_they_remain_ours(tmp_path: Path) -> None:
    assert settle(tmp_path, Tenancy(SELF, None)) == tmp_path / "site"


def test_a_folder_is_reachable_only_if_everybody_may_pass_through_all_above(tmp_path: Path) -> None:
    deep = tmp_path / "open" / "shut" / "deep"
    deep.mkdir(parents=True)
    assert reachable(Path("/etc/hostname"), NOBODY)
    (tmp_path / "open" / "shut").chmod(0o700)
    assert not reachable(deep / "file", NOBODY) or os.geteuid() == NOBODY.pw_uid


def test_programs_nobody_else_can_reach_are_copied_to_where_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "venv" / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o700)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(identity, "ELSEWHERE", tmp_path / "everybody")
    assert settle_binaries(program.parent, Tenancy(SELF, None)) == program.parent
    copied = settle_binaries(program.parent, other_user(NOBODY))
    assert copied.is_relative_to(tmp_path / "everybody")
    assert (copied / "postgres").stat().st_mode & 0o777 == 0o755
    assert settle_binaries(program.parent, other_user(NOBODY)) == copied
