"""The table of `amends feedback`: no figure without its n and its interval."""

from __future__ import annotations

from io import StringIO

from amends.common.v1 import common_pb2
from amends.followup.v1 import service_pb2 as pb
from rich.console import Console

from services.cli.feedback import table


def test_every_figure_stands_with_its_interval_and_n_and_what_nobody_answered_is_a_dash() -> None:
    told = pb.GetFeedbackFiguresResponse(
        all=pb.FeedbackFigures(
            asked=20, solved=pb.Share(count=8, n=10, value=0.8, low=0.49, high=0.943),
            nps=pb.Nps(n=10, score=30, low=-9, high=61),
        ),
        by_severity=[pb.FeedbackFigures(severity=common_pb2.SEVERITY_HIGH, asked=3)],
    )  # fmt: skip
    console = Console(width=132, file=StringIO(), record=True)
    console.print(table(told))
    lines = console.export_text().splitlines()
    (solved,) = (line for line in lines if " solved " in line)
    (nps,) = (line for line in lines if " NPS " in line)
    (csat,) = (line for line in lines if " CSAT" in line)
    assert "80% (49% to 94%), n 10" in solved
    assert "+30 (-9 to +61), n 10" in nps
    assert "%" not in csat
