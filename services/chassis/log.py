"""JSON lines on stdout, with trace ids and nothing personal: only keys of the allow-list leave the process.

Fields: `timestamp level event logger service.name trace_id span_id case_id tenant_id` and the other keys of
`ALLOWED`. A key outside the list is dropped and counted in the line's `redacted`. What other libraries log,
and the texts of errors, cannot be checked key by key: mail addresses and long numbers in them are masked.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Protocol, cast

import structlog
from opentelemetry import trace

from services.chassis.errors import ConfigError

# Identifiers, counts, rules, durations, states. Never a name, an address, a number, a handle or a text.
_WORDS = """
    timestamp level event logger service.name trace_id span_id exception redacted
    tenant_id case_id event_id message_id interaction_id contact_id promise_id hand_off_id grant_id clock_id
    timer_id conversation_id employee_id key_id error_id channel provider kind type method status_code
    rule reason outcome result state stage role scope severity policy playbook step language
    service component name group topic partition offset position key sequence batch count size bytes limit lag
    attempt attempts backoff_s elapsed_s late_s due_at timeout_s grace_s seconds rate
    host port bind url_path endpoint bootstrap pid signal exit_code version migration database
    error error_type sqlstate constraint
"""
ALLOWED = frozenset(_WORDS.split())

_MAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ ()-]{0,2}\d){7,}(?![\w:-])")
_TEXT_LIMIT = 300
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Logger(Protocol):
    """What callers may do; `event` is a fixed sentence without values, the values are keywords."""

    def debug(self, event: str, **fields: Any) -> None:
        """For somebody who reads the code beside it."""

    def info(self, event: str, **fields: Any) -> None:
        """Something normal that an operator wants to see once."""

    def warning(self, event: str, **fields: Any) -> None:
        """Something that heals by itself but should not repeat."""

    def error(self, event: str, **fields: Any) -> None:
        """Something a person must look at."""

    def exception(self, event: str, **fields: Any) -> None:
        """As error, with the stack of the exception being handled."""

    def bind(self, **fields: Any) -> Logger:
        """The same logger with `fields` on every line."""


def setup(service: str, level: str = "info") -> None:
    """Configure structlog and the standard library's logging; other libraries from WARNING up.

    `level` is debug, info, warning or error. Raises ConfigError for anything else.
    """
    if level.lower() not in _LEVELS:
        raise ConfigError("unknown_log_level", f"{level!r} is not one of {', '.join(_LEVELS)}")
    threshold = _LEVELS[level.lower()]
    structlog.configure(
        processors=[_add_name, _add_service(service), *_PROCESSORS],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_Out,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Foreign(service)]  # replaced, not closed: they are not ours to close
    root.setLevel(max(threshold, logging.WARNING))


def get_logger(name: str) -> Logger:
    """A logger; cheap, usable at import and before `setup`. `name` is the module's `__name__`."""
    return cast(Logger, structlog.get_logger(name))


def scrub(text: str) -> str:
    """`text` with mail addresses and runs of eight or more digits masked, cut to 300 characters."""
    return _NUMBER.sub("<number>", _MAIL.sub("<address>", text))[:_TEXT_LIMIT]


def describe(failure: BaseException) -> str:
    """The stack of `failure` and its causes, every message reduced to its scrubbed first line.

    A database's message goes on with DETAIL lines that quote the row: those never leave.
    """
    lines: list[str] = []
    for one in _chain(failure):
        lines.extend(line.rstrip() for line in traceback.format_tb(one.__traceback__))
        lines.append(f"{type(one).__qualname__}: {scrub(str(one).partition(chr(10))[0])}")
    return "\n".join(lines)


def _chain(failure: BaseException) -> list[BaseException]:
    """From the first cause to `failure` itself; the members of a group before the group."""
    found: list[BaseException] = []
    pending: list[BaseException | None] = [failure]
    while pending:
        one = pending.pop()
        if one is None or one in found:
            continue
        found.append(one)
        pending.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
        pending.extend(one.exceptions if isinstance(one, BaseExceptionGroup) else ())
    return found[::-1]


Line = MutableMapping[str, Any]


class _Out:
    """Where structlog's lines end: one write per line, so that processes sharing a terminal do not mix."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    debug = info = warning = error = write


def _add_name(out: Any, _method: str, line: Line) -> Line:
    line["logger"] = out.name
    return line


def _add_service(service: str) -> Any:
    def add(_logger: Any, _method: str, line: Line) -> Line:
        line["service.name"] = service
        return line

    return add


def _add_trace(_logger: Any, _method: str, line: Line) -> Line:
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        line["trace_id"] = f"{found.trace_id:032x}"
        line["span_id"] = f"{found.span_id:016x}"
    return line


def _add_exception(_logger: Any, _method: str, line: Line) -> Line:
    given = line.pop("exc_info", None)
    failure = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if failure is not None:
        line["exception"] = describe(failure)
        line.setdefault("error_type", type(failure).__qualname__)
    return line


def _allow(_logger: Any, _method: str, line: Line) -> Line:
    dropped = [key for key in line if key not in ALLOWED]
    for key in dropped:
        del line[key]
    if "error" in line:
        line["error"] = scrub(str(line["error"]))
    if dropped:
        line["redacted"] = len(dropped)
    return line


def _render(_logger: Any, _method: str, line: Line) -> str:
    return json.dumps(line, default=str, separators=(",", ":"), ensure_ascii=False)


_PROCESSORS: list[Any] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
    _add_trace,
    _add_exception,
    _allow,
    _render,
]


class _Foreign(logging.Handler):
    """Lines of other libraries in the same shape."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._out = _Out()
        self._processors = [_add_service(service), *_PROCESSORS]

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: a broken line must not break what it tells of."""
        try:
            line: Any = {"event": scrub(record.getMessage()), "logger": record.name}
            if record.exc_info:
                line["exc_info"] = record.exc_info[1]
            for process in self._processors:
                line = process(None, record.levelname.lower(), line)
            self._out.write(str(line))
        except Exception:  # noqa: BLE001 - the standard library's own way for a handler that fails
            self.handleError(record)
