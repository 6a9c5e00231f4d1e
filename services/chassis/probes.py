"""Liveness, readiness and start-up, and the small admin application that answers them beside the metrics.

Liveness never looks at a dependency: restarting a process does not bring a database back (conventions: health).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp

Check = Callable[[], Awaitable[bool]]


class Health:
    """What the probes and the gRPC health service say; one per process."""

    def add(self, name: str, check: Check) -> None:
        """A condition of readiness: `check` answers within 2 s, False or an exception means not ready."""

    def on_stopping(self, callback: Callable[[], None]) -> None:
        """Call `callback` once when the process begins to stop (the gRPC server says NOT_SERVING by it)."""

    def started(self) -> None:
        """Start-up is over: everything is open and running."""

    def stopping(self) -> None:
        """From now on not ready, whatever the checks say; cannot be taken back."""

    async def ready(self) -> dict[str, bool]:
        """Every condition by name, among them `started` and `not_stopping`; ready when all hold."""
        return {}


def admin_app(health: Health) -> ASGIApp:
    """`/livez`, `/readyz`, `/startupz` (each with `?verbose`) and `/metrics` in Prometheus text format."""
    raise RuntimeError
