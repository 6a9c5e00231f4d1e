"""`amends metrics`: what is shown of an answer, and its CSV."""

from __future__ import annotations

import csv
from io import StringIO

from amends.metrics.v1 import events_pb2, service_pb2
from rich.console import Console

from services.cli.metrics import line, table, write

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
