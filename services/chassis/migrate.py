"""Migrations: numbered SQL files, the chassis's first, then the service's, each once, under a lock."""

from __future__ import annotations

from pathlib import Path


async def migrate(owner_dsn: str, service_migrations: Path | None) -> list[str]:
    """Apply what is missing and return the names applied, in order.

    Raises MigrationChanged when a file that was applied has another checksum now; Retryable when the server is away.
    """
    ...
