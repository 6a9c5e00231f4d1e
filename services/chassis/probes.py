"""Liveness, readiness and start-up, and the small admin application that answers them beside the metrics.

Liveness never looks at a dependency: restarting a process does not bring a database back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.chassis import log as logs
from services.chassis.providers import scraped

Check = Callable[[], Awaitable[bool]]

# A probe's own timeout is a second or two in most clusters: a check that hangs is an answer too.
CHECK_TIMEOUT_S = 2.0

log = logs.get_logger(__name__)


class Health:
    """What the probes and the gRPC health service say; one per process."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._callbacks: list[Callable[[], None]] = []
        self._started = False
        self._stopping = False

    def add(self, name: str, check: Check) -> None:
        """A condition of readiness: False, an exception or no answer in CHECK_TIMEOUT_S means not ready."""
        self._checks[name] = check

    def on_stopping(self, callback: Callable[[], None]) -> None:
        """Call `callback` once when the process begins to stop (the gRPC server says NOT_SERVING by it)."""
        self._callbacks.append(callback)

    def started(self) -> None:
        """Start-up is over: everything is open and running."""
        self._started = True

    def stopping(self) -> None:
        """From now on not ready, whatever the checks say; cannot be taken back."""
        if self._stopping:
            return
        self._stopping = True
        for callback in self._callbacks:
            callback()

    @property
    def is_started(self) -> bool:
        """Whether start-up is over."""
        return self._started

    async def ready(self) -> dict[str, bool]:
        """Every condition by name, `started` and `not_stopping` first; ready when all hold."""
        own = {"started": self._started, "not_stopping": not self._stopping}
        answers = await asyncio.gather(*(_ask(name, check) for name, check in self._checks.items()))
        return own | dict(zip(self._checks, answers, strict=True))


async def _ask(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return bool(await check())
    except Exception as failure:  # noqa: BLE001 - whatever a check throws, the answer to a probe is "not ready"
        log.debug("a readiness check failed", name=name, error=failure)
        return False


def admin_app(health: Health) -> ASGIApp:
    """`/livez`, `/readyz`, `/startupz` (each with `?verbose`) and `/metrics`, as OpenMetrics or as text."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the admin port serves HTTP, not {scope['type']}")
        response = await _answer(health, scope)
        await response(scope, receive, send)

    return app


async def _answer(health: Health, scope: Scope) -> Response:
    if scope["method"] not in ("GET", "HEAD"):
        return PlainTextResponse("method not allowed\n", 405, {"allow": "GET, HEAD"})
    if scope["path"] == "/metrics":
        accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
        told, content_type = scraped(accept)
        return Response(told, headers={"content-type": content_type})
    conditions = await _conditions(health, scope["path"])
    if conditions is None:
        return PlainTextResponse("not found\n", 404)
    return _told(conditions, verbose=b"verbose" in scope["query_string"])


async def _conditions(health: Health, path: str) -> dict[str, bool] | None:
    if path == "/livez":
        return {"loop": True}  # that we answer is the proof
    if path == "/startupz":
        return {"started": health.is_started}
    return await health.ready() if path == "/readyz" else None


def _told(conditions: dict[str, bool], *, verbose: bool) -> Response:
    holds = all(conditions.values())
    lines = [
        f"[{'+' if held else '-'}]{name} {'ok' if held else 'failed'}" for name, held in conditions.items()
    ]
    text = "\n".join([*(lines if verbose or not holds else []), "ok" if holds else "not ready"])
    return PlainTextResponse(text + "\n", 200 if holds else 503)
