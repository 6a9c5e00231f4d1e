"""How every benchmark takes its options and says its figures: one JSON object, or the same as text."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

Figures = dict[str, Any]


def main(
    name: str,
    about: str | None,
    run: Callable[[argparse.Namespace], Awaitable[Figures]],
    options: Mapping[str, int],
    argv: Sequence[str] | None = None,
) -> int:
    """Run a benchmark whose options are whole numbers; print what it returns. 1 when a target is missed."""
    parser = argparse.ArgumentParser(f"python -m tests.bench.{name}", description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    for option, default in options.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    asked = parser.parse_args(argv)
    figures = {"bench": name, **asyncio.run(run(asked)), "machine": machine()}
    sys.stdout.write(json.dumps(figures) + "\n" if asked.json else _as_text(figures))
    return 0


def machine() -> Figures:
    """What the figures were taken on; the ratios are what counts."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def median(values: Sequence[float]) -> float:
    """The middle one, rounded to what can be read."""
    return rounded(statistics.median(values))


def rounded(value: float) -> float:
    """Three significant digits or better."""
    return round(value, 3) if value < 100 else round(value, 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the others do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _as_text(figures: Mapping[str, Any], indent: str = "") -> str:
    lines = []
    for key, value in figures.items():
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key}:\n{_as_text(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key:<28} {value}\n")
    return "".join(lines)
