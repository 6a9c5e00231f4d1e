"""What a load showed: one JSON object, and the same for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from amends.common.v1 import common_pb2 as common
from rich.console import Console
from rich.table import Table

from services.standalone.simulate.drive import BEHIND_S, MOST_HERE, Observed, Sample
from services.standalone.simulate.schedule import NAMES
from services.standalone.simulate.tally import IN_TIME_S, LATE_S, Channel

Report = dict[str, Any]


def report_of(seen: Observed) -> Report:
    """Everything in seconds, MiB and counts; latencies from the moment a complaint was due."""
    plan, tally, samples = seen.plan, seen.tally, seen.samples
    return {
        "asked": {
            "rate": plan.rate,
            "duration_s": plan.duration_s,
            "pattern": plan.pattern.value,
            "mix": {NAMES[way]: share for way, share in plan.mix.items()},
            "seed": plan.seed,
            "employees": seen.employees,
            "think_s": seen.manners.think_s,
            "wrong_first": seen.manners.wrong_first,
        },
        "began": seen.began.isoformat(timespec="seconds"),
        "interrupted": seen.interrupted,
        "due": tally.due + tally.turned_away,
        "late": {
            "count": sum(one.late for one in tally.channels.values()),
            "means": f"begun more than {LATE_S:g} s after it was due: the simulator was short of time",
            "lag_s": tally.lag.told(),
        },
        "turned_away": {
            "count": tally.turned_away,
            "means": f"not sent: {MOST_HERE} customers were here already",
        },
        "channels": {NAMES[way]: _channel(one) for way, one in sorted(tally.channels.items())},
        "accepted_to_visible_s": tally.visible.told(),
        "headline": {"simulator": _own_headline(seen), "metrics": _headline(seen)},
        "closed": tally.closed,
        "not_met": _not_met(seen),
        "processes": _processes(samples),
        "series": [_point(before, now) for before, now in pairwise([_START, *samples])],
        "counted": dict(sorted(tally.notes.items())),
        "unexpected": {"count": tally.unexpected_count, "first": tally.unexpected},
    }


_START = Sample(0.0, 0.0, 0, 0, 0, 0, 0, {}, {})


def _channel(one: Channel) -> Report:
    return {
        "due": one.due,
        "accepted": one.accepted,
        "refused": {str(code): count for code, count in sorted(one.refused.items())},
        "lost": one.lost,
        "late": one.late,
        "acknowledged_s": one.acknowledged.told(),
        "answered_s": one.answered.told(),
        "answered_in_60s": one.in_time,
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _own_headline(seen: Observed) -> Report:
    answered, in_time = seen.tally.answered, sum(one.in_time for one in seen.tally.channels.values())
    return {
        "accepted": seen.tally.accepted,
        "answered": answered,
        "within_60s": in_time,
        "share": _share(in_time, answered),
        "means": f"of the answered: a person's word reached them within {IN_TIME_S:g} s of the moment due",
    }


def _headline(seen: Observed) -> Report | None:
    """As the platform says it, over all channels: its own minute, from the provider's origin."""
    windows = seen.figures.windows if seen.figures is not None else ()
    every = next((one for one in windows if one.channel == common.CHANNEL_UNSPECIFIED), None)
    if every is None:
        return None
    known = every.answered - every.unknown
    return {
        "complaints": every.complaints,
        "answered": every.answered,
        "unknown": every.unknown,
        "within_60s": every.within_60s,
        "share": _share(every.within_60s, known),
        "open": every.open,
    }


def _not_met(seen: Observed) -> Report | None:
    """Where acknowledgements fell behind arrivals for the first time; None when they never did."""
    if seen.behind is None:
        return None
    return {
        "at_s": seen.behind.at,
        "rate": round(seen.behind.wanted, 2),
        "waiting": seen.behind.due - seen.behind.settled,
        "means": f"more waited for an acknowledgement than come in {BEHIND_S:g} s",
    }


def _processes(samples: Sequence[Sample]) -> Report:
    """Cores used on average, and the most memory."""
    if not samples:
        return {}
    last = samples[-1]
    return {
        name: {
            "cores": round(used / last.at, 3) if last.at else 0.0,
            "cpu_ms_per_complaint": round(used / last.accepted * 1000, 2) if last.accepted else None,
            "memory_mib": max(one.memory_mib.get(name, 0.0) for one in samples),
        }
        for name, used in last.cpu_s.items()
    }


def _point(before: Sample, now: Sample) -> Report:
    seconds = max(now.at - before.at, 1e-9)
    cores = {name: (used - before.cpu_s.get(name, 0.0)) / seconds for name, used in now.cpu_s.items()}
    return {
        "at_s": now.at,
        "wanted_per_s": round(now.wanted, 3),
        "accepted_per_s": round((now.accepted - before.accepted) / seconds, 3),
        "unacknowledged": now.due - now.settled,
        "unanswered": now.accepted - now.answered,
        "customers": now.here,
        "cores": {name: round(value, 3) for name, value in cores.items()},
        "memory_mib": dict(now.memory_mib),
    }


def show(report: Mapping[str, Any], console: Console) -> None:
    """The report as tables."""
    console.print(_channels(report["channels"]))
    console.print(_parts(report["processes"]))
    visible = report["accepted_to_visible_s"]
    console.print(f"accepted to visible: {_quantiles(visible)} s, n {visible['n']}", highlight=False)
    for who, one in report["headline"].items():
        told = (
            "no figures" if one is None else ", ".join(f"{key} {one[key]}" for key in one if key != "means")
        )
        console.print(f"sixty seconds by {who}: {told}", highlight=False)
    late, away = report["late"], report["turned_away"]
    for name, one in (("late", late), ("turned away", away)):
        if one["count"]:
            console.print(f"{name}: {one['count']} ({one['means']})", style="yellow", highlight=False)
    counted = ", ".join(f"{name} {count}" for name, count in report["counted"].items())
    console.print(f"closed by the customer {report['closed']}, {counted}", highlight=False)
    for line in report["unexpected"]["first"]:
        console.print(f"unexpected: {line}", markup=False, style="red", soft_wrap=True)
    console.print(_verdict(report), style="bold")


def _verdict(report: Mapping[str, Any]) -> str:
    behind, rate = report["not_met"], report["asked"]["rate"]
    if behind is None:
        return f"The rate of {rate:g} per second was met throughout."
    return (
        f"The rate was no longer met {behind['at_s']:g} s after the start, at {behind['rate']:g} per second: "
        f"{behind['waiting']} complaints waited for their acknowledgement."
    )


def _channels(channels: Mapping[str, Mapping[str, Any]]) -> Table:
    title = "From the moment due, in seconds: p50/p95/p99/max"
    columns = (
        "due",
        "accepted",
        "refused",
        "lost",
        "late",
        "acknowledged",
        "answered by a person",
        "<= 60 s",
    )
    table = Table("channel", *columns, title=title, title_justify="left", box=None)
    for name, one in channels.items():
        refused = " ".join(f"{code}:{count}" for code, count in one["refused"].items()) or "0"
        table.add_row(
            name, str(one["due"]), str(one["accepted"]), refused, str(one["lost"]), str(one["late"]),
            _quantiles(one["acknowledged_s"]), _quantiles(one["answered_s"]),
            f"{one['answered_in_60s']}/{one['answered_s']['n']}",
        )  # fmt: skip
    return table


def _quantiles(one: Mapping[str, float]) -> str:
    return "/".join(f"{one[name]:.3g}" for name in ("p50", "p95", "p99", "max")) if one["n"] else "-"


def _parts(processes: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("process", "cores", "CPU ms per complaint", "most MiB", box=None)
    for name, one in processes.items():
        each = one["cpu_ms_per_complaint"]
        table.add_row(
            name, f"{one['cores']:.2f}", "-" if each is None else f"{each:g}", f"{one['memory_mib']:g}"
        )
    return table
