"""Rows of figures, flat: what the tables, CSV and Parquet of `amends metrics` are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from amends.metrics.v1 import service_pb2 as pb

_PLAIN = ("complaints", "answered", "within_60s", "unknown", "share_60s")


class Line(NamedTuple):
    """One row of an answer, flat: what it is of, and its figures by their names."""

    of: dict[str, str]
    figures: dict[str, float]


def line(row: pb.Row) -> Line:
    """A row flat: its group, window and whether it is final; then every figure."""
    of = dict(row.group)
    if row.window.HasField("start"):
        of["start"] = row.window.start.ToJsonString()
    of["final"] = "yes" if row.window.final else "no"
    if row.HasField("oldest_open"):
        of["oldest_open"] = row.oldest_open.ToJsonString()
    window = row.window
    figures: dict[str, float] = {name: getattr(window, name) for name in _PLAIN}
    figures |= {
        field.name: getattr(window, field.name)
        for field in window.DESCRIPTOR.fields
        if field.cpp_type == field.CPPTYPE_INT64 and field.name not in _PLAIN
    }
    for gap in (*window.gaps, window.recovery):
        figures |= {
            f"{gap.name}.{name}": getattr(gap, name)
            for name in ("known", "unknown", "p50_s", "p95_s", "p99_s")
        }
    figures |= dict(sorted(window.more.items()))
    for rate in row.rates:
        figures |= {rate.name: rate.value, f"{rate.name}.n": rate.n}
        figures |= {f"{rate.name}.low": rate.low, f"{rate.name}.high": rate.high}
    return Line(of, figures)


def write(lines: Sequence[Line], out: Any) -> None:
    """As CSV rows."""
    of, figures = names(one.of for one in lines), names(one.figures for one in lines)
    out.writerow([*of, *figures])
    for one in lines:
        out.writerow(
            [*(one.of.get(name, "") for name in of), *(one.figures.get(name, "") for name in figures)]
        )


def names(many: Iterable[dict[str, Any]]) -> list[str]:
    """Every name once, in the order of their first appearance."""
    return list({name: None for one in many for name in one})
