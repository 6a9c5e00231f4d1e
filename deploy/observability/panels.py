"""Grafana's dashboards as plain data: a panel, a row of panels, a board. Positions and ids are given here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT = 24, 8
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: `queries` are an expression and the legend of its series."""

    title: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    help: str = ""
    # from which value on it is wrong, or (`above` False) up to which
    wrong: float | None = None
    above: bool = True
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: rows of panels that share the width."""

    uid: str
    title: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    # name of a variable -> what its values are read from
    variables: dict[str, str] = field(default_factory=dict)


def dashboard(board: Board) -> dict[str, Any]:
    """What Grafana imports."""
    return {
        "uid": board.uid,
        "title": board.title,
        "tags": ["amends"],
        "editable": False,
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_datasource(), *(_variable(*one) for one in board.variables.items())]},
        "annotations": {"list": []},
        "panels": _placed(board),
    }


def _placed(board: Board) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    top = 0
    for title, panels in board.rows:
        place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
        row = {"id": len(placed) + 1, "type": "row", "title": title, "gridPos": place}
        placed.append({**row, "collapsed": False, "panels": []})
        width = WIDTH // len(panels)
        for column, panel in enumerate(panels):
            place = {"x": column * width, "y": top + 1, "w": width, "h": HEIGHT}
            placed.append({"id": len(placed) + 1, "gridPos": place, **_panel(panel)})
        top += 1 + HEIGHT
    return placed


def _panel(panel: Panel) -> dict[str, Any]:
    many = panel.kind == "timeseries"
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": _thresholds(panel)}
    options: dict[str, Any] = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if many:
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        shown = "dashed" if panel.wrong is not None else "off"
        defaults["custom"] = {
            "fillOpacity": 10, "lineWidth": 1, "showPoints": "never", "stacking": stacking,
            "thresholdsStyle": {"mode": shown},
        }  # fmt: skip
        options = {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.help,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [_target(number, *query, many) for number, query in enumerate(panel.queries)],
    }


def _target(number: int, expr: str, legend: str, many: bool) -> dict[str, Any]:
    target = {"refId": chr(ord("A") + number), "expr": expr, "legendFormat": legend, "datasource": _SOURCE}
    return {**target, "range": many, "instant": not many, "exemplar": many, "editorMode": "code"}


def _thresholds(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.wrong is not None:
        before, after = ("green", "red") if panel.above else ("red", "green")
        steps = [{"color": before, "value": None}, {"color": after, "value": panel.wrong}]
    return {"mode": "absolute", "steps": steps}


def _datasource() -> dict[str, Any]:
    chosen = {"text": "Prometheus", "value": "prometheus", "selected": True}
    return {
        "name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source",
        "current": chosen, "hide": 0, "refresh": 1, "multi": False, "includeAll": False, "options": [],
    }  # fmt: skip


def _variable(name: str, expr: str) -> dict[str, Any]:
    everything = {"text": ["All"], "value": ["$__all"], "selected": True}
    return {
        "name": name, "type": "query", "label": name, "datasource": _SOURCE,
        "query": {"query": expr, "refId": name}, "definition": expr, "refresh": 2, "sort": 1, "hide": 0,
        "multi": True, "includeAll": True, "allValue": ".*", "current": everything, "options": [],
    }  # fmt: skip
