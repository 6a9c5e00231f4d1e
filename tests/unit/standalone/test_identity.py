"""PostgreSQL never runs as root, and its files lie where whoever runs it may go."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from services.standalone import identity
from services.standalone.identity import Tenancy, choose_tenancy, reachable, settle
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
