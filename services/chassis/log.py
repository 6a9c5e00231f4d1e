"""JSON lines on stdout, with trace ids, and nothing personal: only keys of the allow-list leave the process.

Fields: `timestamp level event logger service.name trace_id span_id case_id tenant_id` and the keys of `ALLOWED`.
A key outside the list is dropped and counted in the line's `redacted`.
"""

from __future__ import annotations

from typing import Any, Protocol


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
    """Configure structlog and the standard library's logging for this process; other libraries from WARNING up."""


def get_logger(name: str) -> Logger:
    """A logger; cheap, usable before `setup`. `name` is the module's `__name__`."""
    raise RuntimeError
