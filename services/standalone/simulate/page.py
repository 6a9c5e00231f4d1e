"""The report as one HTML file that needs nothing else: tables, and plots as inline SVG."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rich.console import Console

from services.standalone.simulate.report import show

_WIDTH, _HEIGHT, _LEFT, _BELOW = 760, 180, 56, 24
_COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f")
_STYLE = "body{font:15px sans-serif;max-width:60em;margin:2em auto}pre{overflow-x:auto}text{font-size:11px}"

Lines = Mapping[str, Sequence[float]]


def page(report: Mapping[str, Any]) -> str:
    """The whole file. Every number in it is also in the JSON at its end."""
    series = report["series"]
    at = [point["at_s"] for point in series]
    asked = report["asked"]
    title = f"{asked['rate']:g} complaints per second, {asked['pattern']}, {asked['duration_s']:g} s"
    plots = [
        ("Complaints per second", _lines(series, "wanted_per_s", "accepted_per_s")),
        ("Backlog", _lines(series, "unacknowledged", "unanswered", "customers")),
        ("Cores", _by_process(series, "cores")),
        ("Memory, MiB", _by_process(series, "memory_mib")),
    ]
    drawn = "".join(f"<h2>{escape(name)}</h2>{chart(at, lines)}" for name, lines in plots)
    facts = json.dumps(report, indent=1)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><pre>{escape(_text(report))}</pre>{drawn}"
        f"<details><summary>The report as JSON</summary><pre>{escape(facts)}</pre></details></html>\n"
    )


def chart(at: Sequence[float], lines: Lines) -> str:
    """Lines over seconds as an SVG element, with the highest value and the last second named."""
    most = max((value for line in lines.values() for value in line), default=0.0) or 1.0
    end = max(at, default=0.0) or 1.0
    drawn, legend = [], []
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(
            f"{_LEFT + x / end * (_WIDTH - _LEFT):.1f},{_HEIGHT - y / most * (_HEIGHT - 12):.1f}"
            for x, y in zip(at, line, strict=True)
        )
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>')
        legend.append(f'<span style="color:{colour}">&#9644; {escape(name)}</span>')
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + _BELOW}" role="img"><rect x="{_LEFT}" y="12" '
        f'width="{_WIDTH - _LEFT}" height="{_HEIGHT - 12}" fill="none" stroke="#ccc"/>{"".join(drawn)}'
        f'<text x="0" y="20">{most:.4g}</text><text x="0" y="{_HEIGHT}">0</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT + 16}">0 s</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 16}" text-anchor="end">{end:g} s</text></svg>'
        f"<p>{' '.join(legend)}</p>"
    )


def _lines(series: Sequence[Mapping[str, Any]], *names: str) -> Lines:
    return {name.replace("_per_s", "").replace("_", " "): [one[name] for one in series] for name in names}


def _by_process(series: Sequence[Mapping[str, Any]], what: str) -> Lines:
    names = sorted({name for one in series for name in one[what]})
    return {name: [one[what].get(name, 0.0) for one in series] for name in names}


def _text(report: Mapping[str, Any]) -> str:
    told = io.StringIO()
    show(report, Console(file=told, width=150))
    return told.getvalue()
