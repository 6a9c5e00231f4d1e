"""`run/stack.env`: how to reach the platform that runs in a data folder, for the commands beside it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.standalone.layout import Layout

_NAME = "stack.env"


@contextmanager
def told(layout: Layout, environment: Mapping[str, str]) -> Iterator[None]:
    """The file is there while the block lasts, for the owner's eyes alone: it holds passwords."""
    file = layout.run / _NAME
    file.unlink(missing_ok=True)
    write_private(
        file, "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    )
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def read_stack_file(layout: Layout) -> dict[str, str]:
    """The environment of the platform that runs in this data folder; empty when none does."""
    file = layout.run / _NAME
    if not file.exists():
        return {}
    words = shlex.split(file.read_text(encoding="utf-8"))
    return dict(word.split("=", 1) for word in words if "=" in word)


def write_private(file: Path, text: str) -> None:
    """Create `file`, readable by its owner alone from the first byte on. Raises FileExistsError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
        new.write(text)
