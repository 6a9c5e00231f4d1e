"""Logs: one JSON object per line, in one shape, with nothing of a customer in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.chassis import log
from services.chassis.errors import ConfigError
from services.chassis.telemetry import span_from

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@pytest.fixture(autouse=True)
def configured(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.setup("intake", "info")
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_has_the_fields_everybody_filters_by(capsys: pytest.CaptureFixture[str]) -> None:
    with span_from(TRACE, "receive"):
        log.get_logger("services.intake.x").info("complaint accepted", case_id="c1", tenant_id="acme")
    (line,) = lines(capsys)
    assert line["event"] == "complaint accepted"
    assert line["logger"] == "services.intake.x"
    assert (line["service.name"], line["level"]) == ("intake", "info")
    assert (line["trace_id"], line["span_id"]) == (TRACE[3:35], TRACE[36:52])
    assert (line["case_id"], line["tenant_id"]) == ("c1", "acme")
    assert line["timestamp"].endswith("Z")


def test_a_key_outside_the_allow_list_never_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    log.get_logger("x").info("got mail", email="jo@example.org", text="my roof leaks", case_id="c1")
    (line,) = lines(capsys)
    assert line["redacted"] == 2
    assert "example.org" not in json.dumps(line)
    assert "roof" not in json.dumps(line)


def test_what_is_bound_is_filtered_too(capsys: pytest.CaptureFixture[str]) -> None:
    log.get_logger("x").bind(case_id="c1", name_of_customer="Jo").warning("late")
    (line,) = lines(capsys)
    assert (line["case_id"], line["redacted"]) == ("c1", 1)


def test_below_the_level_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    log.get_logger("x").debug("detail")
    assert lines(capsys) == []


def test_an_exception_keeps_its_stack_and_causes_but_not_the_row_it_quotes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def inner() -> None:
        raise KeyError("jo@example.org")

    try:
        try:
            inner()
        except KeyError as cause:
            told = "duplicate key\nDETAIL: Key (phone)=(+49 151 23456789) exists"
            raise RuntimeError(told) from cause
    except RuntimeError:
        log.get_logger("x").exception("write failed", case_id="c1")
    (line,) = lines(capsys)
    assert line["error_type"] == "RuntimeError"
    assert "in inner" in line["exception"]
    assert line["exception"].index("KeyError: '<address>'") < line["exception"].index(
        "RuntimeError: duplicate key"
    )
    assert "DETAIL: Key" not in line["exception"].rpartition("RuntimeError")[2]


def test_the_members_of_a_group_are_all_described() -> None:
    group = ExceptionGroup("two", [ValueError("first"), TypeError("second")])
    told = log.describe(group)
    assert "ValueError: first" in told
    assert "TypeError: second" in told


def test_other_libraries_log_in_the_same_shape_and_masked(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("mail.log").warning("refused %s from %s", "jo@example.org", "+1 (415) 555-1234")
    logging.getLogger("mail.log").info("chatter")
    (line,) = lines(capsys)
    assert line["event"] == "refused <address> from <number>"
    assert (line["logger"], line["level"], line["service.name"]) == ("mail.log", "warning", "intake")


@pytest.mark.parametrize(
    "kept", ["2026-11-22T04:00:00", "01995c1e-1111-7222-8333-123456789012", "127.0.0.1:55857", "15000 miles"]
)
def test_times_ids_and_addresses_of_servers_are_not_taken_for_numbers(kept: str) -> None:
    assert log.scrub(f"at {kept} it was") == f"at {kept} it was"


@pytest.mark.parametrize(
    "gone", ["jo.doe+x@mail.example.org", "+4915123456789", "030 1234 5678", "4111 1111 1111 1111"]
)
def test_addresses_and_numbers_of_people_are_masked(gone: str) -> None:
    assert gone not in log.scrub(f"from {gone}, again")


def test_an_unknown_level_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        log.setup("intake", "loud")
