"""Settings: typed, complete, and every problem in one error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from services.chassis.config import PlatformSettings, described, load, setting
from services.chassis.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Sample(PlatformSettings):
    service: ClassVar[str] = "sample"

    count: int = setting("AMENDS_SAMPLE_COUNT", help="how many")
    days: tuple[float, ...] = setting("AMENDS_{SERVICE}_DAYS", default=(1.0,), help="when")
    folder: Path | None = setting("AMENDS_SAMPLE_FOLDER", default=None, help="where")  # noqa: RUF009
    strict: bool = setting("AMENDS_SAMPLE_STRICT", default=False, help="whether")
    word: str = setting("AMENDS_SAMPLE_WORD", default="none", help="password", secret=True)


def test_values_are_typed_and_the_service_is_part_of_the_name() -> None:
    env = {
        "AMENDS_SAMPLE_COUNT": "12",
        "AMENDS_SAMPLE_DAYS": "1, 2.5",
        "AMENDS_SAMPLE_FOLDER": "some/where",
        "AMENDS_SAMPLE_STRICT": "Yes",
        "AMENDS_SAMPLE_APP_DSN": "postgresql://app",
    }
    read = load(Sample, env)
    assert (read.count, read.days, read.folder, read.strict) == (12, (1.0, 2.5), Path("some/where"), True)
    assert read.app_dsn == "postgresql://app"


def test_an_empty_variable_counts_as_unset() -> None:
    read = load(Sample, {"AMENDS_SAMPLE_COUNT": "1", "AMENDS_SAMPLE_DAYS": " ", "AMENDS_SAMPLE_FOLDER": ""})
    assert (read.days, read.folder) == ((1.0,), None)


def test_all_problems_are_told_at_once() -> None:
    env = {"AMENDS_SAMPLE_STRICT": "perhaps", "AMENDS_SAMPLE_DAYS": "1,two", "AMENDS_SAMPLE_ADMIN_PORT": "x"}
    with pytest.raises(ConfigError) as told:
        load(Sample, env)
    assert set(told.value.allowed) == {
        "AMENDS_SAMPLE_COUNT",
        "AMENDS_SAMPLE_STRICT",
        "AMENDS_SAMPLE_DAYS",
        "AMENDS_SAMPLE_ADMIN_PORT",
    }
    assert "AMENDS_SAMPLE_COUNT is missing (how many)" in told.value.detail


def test_a_secret_is_in_no_repr_and_in_no_error() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Guarded(PlatformSettings):
        pin: int = setting("AMENDS_PIN", help="four digits", secret=True)

    with pytest.raises(ConfigError) as told:
        load(Guarded, {"AMENDS_PIN": "hunter2"})
    assert "hunter2" not in str(told.value)
    assert "hunter2" not in repr(load(Sample, {"AMENDS_SAMPLE_COUNT": "1", "AMENDS_SAMPLE_WORD": "hunter2"}))


def test_every_setting_of_the_platform_has_a_variable_and_a_help() -> None:
    found = dict(described(Sample))
    assert found["system_dsn"].env == "AMENDS_SAMPLE_SYSTEM_DSN"
    assert all(one.env and one.help and "{" not in one.env for one in found.values())
