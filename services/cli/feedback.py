"""`amends feedback`: what customers answered after their case was resolved, over gRPC with the key in
AMENDS_TOKEN."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from amends.common.v1 import common_pb2 as common
from amends.followup.v1 import service_pb2 as pb
from amends.followup.v1.service_pb2_grpc import FollowupServiceStub
from google.protobuf.json_format import MessageToDict
from rich.table import Table

from services.chassis.clock import to_proto
from services.cli.calls import calls
from services.cli.common import console, print_json, run

_CHANNELS = [name.removeprefix("CHANNEL_").lower() for name in common.Channel.keys()][1:]  # noqa: SIM118
_SHARES = (
    ("response rate", "response_rate"),
    ("solved", "solved"),
    ("meets or exceeds expectations", "met"),
    ("exceeds expectations", "exceeded"),
    ("CSAT, 4-5 of 1-5", "csat"),
    ("CES, 5-7 of 1-7", "ces"),
    ("champions, of closed by the customer", "champions"),
)


def feedback(
    since: Annotated[datetime | None, typer.Option("--since", help="asked then or later, in UTC")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="and before this, in UTC")] = None,
    channel: Annotated[str, typer.Option("--channel", help="that the complaint came by")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON, one object")] = False,
) -> None:
    """Show NPS, CSAT, CES and the rest of what customers answered, each with its n and 95 % interval."""
    if channel and channel not in _CHANNELS:
        raise typer.BadParameter(f"one of {', '.join(_CHANNELS)}", param_hint="--channel")
    request = pb.GetFeedbackFiguresRequest(
        since=None if since is None else to_proto(since.replace(tzinfo=UTC)),
        until=None if until is None else to_proto(until.replace(tzinfo=UTC)),
        channel=f"CHANNEL_{(channel or 'unspecified').upper()}",
    )
    told = run(_asked(request))
    if as_json:
        print_json(
            MessageToDict(told, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)
        )
        return
    console.print(table(told))
    console.print(
        f"intervals: {told.method}, of NPS {told.nps_method}; of all who were asked, the last answer"
    )


async def _asked(request: pb.GetFeedbackFiguresRequest) -> pb.GetFeedbackFiguresResponse:
    async with calls("followup", FollowupServiceStub) as desk:
        return await desk.GetFeedbackFigures(request)


def table(told: pb.GetFeedbackFiguresResponse) -> Table:
    """All first, then by severity."""
    of = [told.all, *told.by_severity]
    shown = Table("", *(_severity(one) for one in of))
    shown.add_row("asked", *(str(one.asked) for one in of))
    shown.add_row("answered on a call, noted", *(str(one.noted) for one in of))
    for name, field in _SHARES:
        shown.add_row(name, *(_share(getattr(one, field)) for one in of))
    shown.add_row("CES mean", *(f"{one.ces_mean:.2f}" if one.ces.n else "-" for one in of))
    shown.add_row("NPS", *(_nps(one.nps) for one in of))
    return shown


def _severity(one: pb.FeedbackFigures) -> str:
    if one.severity == common.SEVERITY_UNSPECIFIED:
        return "all"
    return common.Severity.Name(one.severity).removeprefix("SEVERITY_").lower()


def _share(of: pb.Share) -> str:
    if not of.n:
        return "-"
    return f"{of.value:.0%} ({of.low:.0%} to {of.high:.0%}), n {of.n}"


def _nps(of: pb.Nps) -> str:
    return f"{of.score:+.0f} ({of.low:+.0f} to {of.high:+.0f}), n {of.n}" if of.n else "-"
