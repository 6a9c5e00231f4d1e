"""Which rows are already over: a file beside the export that a second run reads first.

It only saves work. What makes a second run harmless is the Idempotency-Key, so a line lost in a crash costs
one more request and doubles nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.chassis.errors import ConfigError


def key_of(tenant: str, source: str, row_id: str) -> str:
    """The Idempotency-Key of a row: the same in every run, on every machine, and it tells nobody the id."""
    digest = hashlib.sha256("\0".join((tenant, source, row_id)).encode()).hexdigest()
    return f"import-{digest[:48]}"


class Journal:
    """The keys of the rows that were answered 201, and the case each became."""

    def __init__(self, target: IO[str] | None, done: dict[str, str]) -> None:
        # No target where nothing will be sent.
        self._target = target
        self._done = done

    def __contains__(self, key: str) -> bool:
        return key in self._done

    def note(self, key: str, line: int, case_id: str) -> None:
        """Write one row down, at once."""
        self._done[key] = case_id
        if self._target is not None:
            self._target.write(json.dumps({"key": key, "line": line, "case_id": case_id}) + "\n")
            self._target.flush()

    @classmethod
    @contextmanager
    def open(cls, file: Path, url: str, tenant: str, source: str) -> Iterator[Journal]:
        """Go on with a journal or begin one. Raises ConfigError when it is of another import."""
        head = {"url": url, "tenant": tenant, "source": source}
        found = _entries(file)
        if found and found[0] != head:
            raise ConfigError(
                "other_journal", f"{file.name} is of another platform, tenant or system: move it away"
            )
        with file.open("a", encoding="utf-8") as target:
            if not found:
                target.truncate(0)
                target.write(json.dumps(head) + "\n")
            elif not file.read_bytes().endswith(b"\n"):
                target.write("\n")  # a kill cut the last line short
            yield cls(target, {entry["key"]: entry["case_id"] for entry in found[1:]})


def _entries(file: Path) -> list[dict[str, str]]:
    """The whole lines of a journal; a cut one is as if it had not been written."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
