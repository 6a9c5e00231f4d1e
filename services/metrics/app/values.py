"""The figures of a window as names and numbers, and the shares that come of them (docs/figures.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.chassis.shares import nps, share
from services.metrics.domain.window import Figures


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `n` with its 95 % interval, from 0 to 1; `nps` from -100 to 100."""

    name: str
    count: int
    n: int
    value: float
    low: float
    high: float


def values(figures: Figures) -> Iterator[tuple[str, float]]:
    """Every figure that is counted or measured: what a recount compares."""
    yield "complaints", figures.complaints
    yield "answered", figures.answered
    yield "within_60s", figures.within_60s
    yield "unknown", figures.unknown
    yield "share_60s", figures.share_60s
    yield from figures.counts._asdict().items()
    yield from figures.more.items()
    for gap in (*figures.gaps, figures.recovery):
        yield f"{gap.name}.known", gap.known
        yield f"{gap.name}.unknown", gap.unknown
        for name in ("p50_s", "p95_s", "p99_s"):
            yield f"{gap.name}.{name}", getattr(gap, name)


def rates(figures: Figures) -> list[Rate]:
    """The shares of a window; one of nothing is left out."""
    counts, more = figures.counts, figures.more
    found = [
        _rate("rate.within_60s", figures.within_60s, figures.answered),
        _rate("rate.clocks_met", counts.clocks_met, counts.clocks_met + counts.clocks_breached),
        _rate("rate.promises_kept", counts.promises_kept, counts.promises_kept + counts.promises_broken),
        _rate("rate.on_the_spot", more.get("on_the_spot", 0), more.get("remedied", 0)),
        _rate("rate.response", more.get("surveys.answered", 0), more.get("surveys.sent", 0)),
        _rate("rate.csat", more.get("csat.satisfied", 0), more.get("csat.answers", 0)),
        _rate("rate.ces", more.get("ces.easy", 0), more.get("ces.answers", 0)),
        _rate("rate.champions", more.get("champions", 0), counts.closed_confirmed),
    ]
    camps = (more.get(f"nps.{camp}", 0) for camp in ("promoters", "passives", "detractors"))
    score = nps(*camps)
    found.append(Rate("nps", score.promoters, score.n, score.score, score.low, score.high))
    return [one for one in found if one.n]


def _rate(name: str, count: int, n: int) -> Rate:
    """Of cases that were closed and opened again more may be counted than there are now: never above 1."""
    found = share(min(count, n), n)
    return Rate(name, found.count, n, found.value, found.low, found.high)
