"""`amends metrics`: what is shown of an answer, its CSV and its Parquet."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from amends.metrics.v1 import events_pb2, service_pb2
from rich.console import Console

from services.chassis.clock import to_proto
from services.cli.metrics import table
from services.cli.metrics_rows import line, write
from services.cli.parquet import write_parquet

NINE = datetime(2026, 11, 27, 9, tzinfo=UTC)

ROWS = [
    service_pb2.Row(
        group={"team": "cards"},
        window=events_pb2.Window(complaints=3, answered=2, share_60s=0.5, final=True, more={"chases": 1}),
        rates=[service_pb2.Rate(name="nps", count=1, n=2, value=50, low=-20, high=90)],
    ),
    service_pb2.Row(group={"team": "travel"}, window=events_pb2.Window(complaints=1, open=1)),
]


def test_a_table_has_a_row_per_group_and_marks_what_may_still_change() -> None:
    console = Console(width=132, file=StringIO(), record=True)
    console.print(table([line(row) for row in ROWS], ["complaints", "share_60s"]))
    shown = console.export_text()
    (cards,) = (one for one in shown.splitlines() if "cards" in one)
    (travel,) = (one for one in shown.splitlines() if "travel" in one)
    assert "0.500" in cards
    assert ("+" in cards, "+" in travel) == (False, True)


def test_csv_has_a_column_per_figure_and_nothing_where_a_row_does_not_have_it() -> None:
    out = StringIO()
    write([line(row) for row in ROWS], csv.writer(out))
    first, second = csv.DictReader(StringIO(out.getvalue()))
    assert (first["team"], first["final"], first["chases"], first["nps"], first["nps.n"]) == (
        "cards",
        "yes",
        "1",
        "50.0",
        "2",
    )
    assert (second["complaints"], second["open"], second["chases"], second["nps"]) == ("1", "1", "", "")


def test_parquet_has_the_same_columns_with_their_types(tmp_path: Path) -> None:
    dated = service_pb2.Row.FromString(ROWS[0].SerializeToString())
    dated.window.start.CopyFrom(to_proto(NINE))
    lines, out = [line(row) for row in (dated, ROWS[1])], StringIO()
    write(lines, csv.writer(out))
    write_parquet(lines, tmp_path / "figures.parquet")
    with duckdb.connect() as session:
        told = session.read_parquet(str(tmp_path / "figures.parquet"))
        assert told.columns == next(csv.reader(StringIO(out.getvalue())))
        (cards, travel) = (dict(zip(told.columns, row, strict=True)) for row in told.fetchall())
    assert (cards["start"], cards["final"], cards["nps"], cards["chases"]) == (NINE, True, 50.0, 1.0)
    assert (travel["start"], travel["final"], travel["nps"], travel["open"]) == (None, False, None, 1.0)


def test_a_parquet_file_that_cannot_be_written_is_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"figures\.parquet"):
        write_parquet([line(row) for row in ROWS], tmp_path / "nowhere" / "figures.parquet")
