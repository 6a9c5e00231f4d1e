"""`amends metrics`: the figures of docs/figures.md, asked over gRPC with the key in AMENDS_TOKEN."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from amends.metrics.v1 import service_pb2 as pb
from amends.metrics.v1.service_pb2_grpc import MetricsServiceStub
from google.protobuf.json_format import MessageToDict
from rich.table import Table

from services.chassis.clock import to_proto
from services.cli.calls import calls
from services.cli.common import console, print_json, run
from services.cli.metrics_rows import Line, line, names, write
from services.cli.parquet import write_parquet

app = typer.Typer(
    help="Ask for the figures: points, ranges, groups, the highest; live; as CSV or Parquet.",
    no_args_is_help=True,
)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SHOWN = ("complaints", "answered", "share_60s", "headline.p50_s", "headline.p95_s", "promises_kept", "open")

Since = Annotated[datetime | None, typer.Option("--since", help="windows from here on, in UTC")]
Until = Annotated[datetime | None, typer.Option("--until", help="windows before this, in UTC")]
Where = Annotated[
    list[str] | None, typer.Option("--where", help="channel=, severity=, team= or playbook=, again for more")
]
GroupBy = Annotated[
    str, typer.Option("--group-by", help="of channel, severity, team, playbook; separated by commas")
]
Window = Annotated[
    str, typer.Option("--window", help="length of a window, as 15m, 1h, 1d; else the range is one")
]
Hop = Annotated[str, typer.Option("--hop", help="a window begins so often; else when the last one ends")]


def _question(
    since: datetime | None, until: datetime | None, where: Sequence[str], group_by: str, window: str, hop: str
) -> pb.QueryRequest:
    pairs = [one.partition("=") for one in where]
    if any(not equals for _, equals, _ in pairs):
        raise typer.BadParameter("name=value", param_hint="--where")
    return pb.QueryRequest(
        since=to_proto(since.replace(tzinfo=UTC)) if since else None,
        until=to_proto(until.replace(tzinfo=UTC)) if until else None,
        where={name: value for name, _, value in pairs},
        group_by=[name.strip() for name in group_by.split(",") if name.strip()],
        window_s=_seconds(window, "--window"),
        hop_s=_seconds(hop, "--hop"),
    )


@app.command()
def query(
    since: Since = None,
    until: Until = None,
    where: Where = None,
    group_by: GroupBy = "",
    window: Window = "",
    hop: Hop = "",
    top: Annotated[str, typer.Option("--top", help="only the rows with the highest of this figure")] = "",
    lowest: Annotated[bool, typer.Option("--lowest", help="with --top: the lowest")] = False,
    limit: Annotated[int, typer.Option("--limit", help="with --top: so many rows")] = 10,
    live: Annotated[
        bool, typer.Option("--live", help="stay, and print rows that change as JSON lines")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="every figure, one JSON object")] = False,
) -> None:
    """Show figures by group and window. `--json` has every figure, the table the first of them."""
    asked = _question(since, until, where or [], group_by, window, hop)
    if top:
        asked.top_by, asked.limit, asked.lowest = top, limit, lowest
    if live:
        run(_follow(asked))
        return
    told = run(_asked(asked))
    if as_json:
        print_json({"as_of": told.as_of.ToJsonString(), "rows": [_as_json(row) for row in told.rows]})
        return
    console.print(
        table([line(row) for row in told.rows], [*_SHOWN, *([top] if top and top not in _SHOWN else [])])
    )
    console.print(f"complete up to {told.as_of.ToJsonString()}; + = may still change")


@app.command()
def export(
    to: Annotated[Path | None, typer.Option("--csv", help="file to write, - for standard output")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="file to write")] = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    group_by: GroupBy = "channel,severity,team,playbook",
    window: Window = "1h",
    hop: Hop = "",
) -> None:
    """Write every figure of every row as CSV or Parquet: a column per figure, empty where a row does not have
    it."""
    if not (to or parquet):
        raise typer.BadParameter("name a file, or both", param_hint="--csv, --parquet")
    run(_exported(_question(since, until, where or [], group_by, window, hop), to, parquet))


async def _exported(request: pb.QueryRequest, to: Path | None, parquet: Path | None) -> None:
    lines = [line(row) for row in (await _asked(request)).rows]
    if parquet:
        await asyncio.to_thread(write_parquet, lines, parquet)
    if to:
        with nullcontext(sys.stdout) if str(to) == "-" else to.open("w", newline="", encoding="utf-8") as out:
            write(lines, csv.writer(out))


async def _asked(request: pb.QueryRequest) -> pb.QueryResponse:
    async with calls("metrics", MetricsServiceStub) as desk:
        return await desk.Query(request)


async def _follow(request: pb.QueryRequest) -> None:
    async with calls("metrics", MetricsServiceStub) as desk:
        async for told in desk.Watch(request):
            for row in told.rows:
                print_json({"as_of": told.as_of.ToJsonString(), **_as_json(row)})
            await asyncio.to_thread(sys.stdout.flush)


def table(lines: Sequence[Line], shown: Sequence[str]) -> Table:
    """Some figures of every row."""
    of = names(one.of for one in lines)
    drawn = Table(*(name for name in of if name != "final"), *shown, "")
    for one in lines:
        cells = [one.of.get(name, "") for name in of if name != "final"]
        drawn.add_row(
            *cells,
            *(_number(one.figures.get(name, 0)) for name in shown),
            "" if one.of["final"] == "yes" else "+",
        )
    return drawn


def _as_json(row: pb.Row) -> dict[str, Any]:
    told: dict[str, Any] = MessageToDict(row, preserving_proto_field_name=True)
    return {"group": told.get("group", {}), "final": row.window.final, **line(row)._asdict()}


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.3f}"


def _seconds(text: str, hint: str) -> int:
    """15m, 1h; 0 of nothing."""
    if not text:
        return 0
    if text[-1] not in _UNITS or not text[:-1].isdigit():
        raise typer.BadParameter("a whole number with s, m, h or d", param_hint=hint)
    return int(text[:-1]) * _UNITS[text[-1]]
