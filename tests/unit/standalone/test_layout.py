"""One folder holds the embedded servers' data, and one process at a time holds that folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.standalone.errors import FolderInUse
from services.standalone.layout import Layout


def test_the_data_folder_lies_under_the_working_directory_unless_the_environment_names_one(
    tmp_path: Path,
) -> None:
    assert Layout.from_environment({}, tmp_path).home == tmp_path / ".amends"
    named = Layout.from_environment({"AMENDS_HOME": str(tmp_path / "elsewhere")}, tmp_path)
    assert named.home == tmp_path / "elsewhere"


def test_jars_are_shared_in_the_users_cache(tmp_path: Path) -> None:
    by_home = Layout.from_environment({"HOME": str(tmp_path)}, tmp_path)
    assert by_home.jar_cache == tmp_path / ".cache" / "amends" / "jars"
    by_xdg = Layout.from_environment({"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "c")}, tmp_path)
    assert by_xdg.jar_cache == tmp_path / "c" / "amends" / "jars"


@pytest.mark.parametrize("env", [{}, {"HOME": "/dev/null"}, {"HOME": "/proc/1"}, {"HOME": "relative"}])
def test_jars_go_to_the_data_folder_where_no_user_cache_can_be(env: dict[str, str], tmp_path: Path) -> None:
    layout = Layout.from_environment(env, tmp_path)
    assert layout.jar_cache == layout.jars == tmp_path / ".amends" / "jars"


def test_nothing_is_created_before_prepare_and_only_the_owner_may_enter_after(tmp_path: Path) -> None:
    layout = Layout.from_environment({}, tmp_path)
    assert not layout.home.exists()
    layout.prepare()
    assert {folder.stat().st_mode & 0o777 for folder in (layout.home, layout.kafka, layout.postgres)} == {
        0o700
    }


def test_a_second_holder_of_the_folder_is_refused_and_told_who_has_it(layout: Layout) -> None:
    with layout.lock(), pytest.raises(FolderInUse, match=r"pid \d+.*AMENDS_HOME"), layout.lock():
        pytest.fail("two at once")
    with layout.lock():
        pass


def test_fresh_empties_the_data_but_keeps_the_jars(layout: Layout) -> None:
    layout.prepare()
    layout.jars.mkdir()
    kept = layout.jars / "a.jar"
    for file in (kept, layout.kafka / "segment", layout.postgres / "password", layout.logs / "kafka.log"):
        file.write_text("x")
    layout.fresh()
    assert kept.exists()
    assert [*layout.kafka.iterdir(), *layout.postgres.iterdir(), *layout.logs.iterdir()] == []


def test_fresh_also_removes_a_cluster_that_a_link_leads_to(layout: Layout, tmp_path: Path) -> None:
    layout.prepare()
    elsewhere = tmp_path / "var" / "data"
    (elsewhere / "cluster").mkdir(parents=True)
    (layout.postgres / "site").symlink_to(elsewhere)
    layout.fresh()
    assert not elsewhere.exists()
    assert list(layout.postgres.iterdir()) == []
