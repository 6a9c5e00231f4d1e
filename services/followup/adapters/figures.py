"""FollowupService's figures of what customers answered, in the shape of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amends.followup.v1 import service_pb2 as pb

from services.chassis import shares
from services.chassis.clock import stamp_or_none
from services.chassis.db import Database
from services.chassis.errors import InvalidArgument
from services.followup.adapters import loyalty, surveys
from services.followup.adapters.wire import names
from services.followup.domain.words import Channel


async def answer(
    database: Database, tenant_id: str, request: pb.GetFeedbackFiguresRequest
) -> pb.GetFeedbackFiguresResponse:
    """The figures of those asked within the time. Raises InvalidArgument, Retryable."""
    since, until = stamp_or_none(request, "since"), stamp_or_none(request, "until")
    if since is not None and until is not None and until <= since:
        raise InvalidArgument("bad_times", "until lies after since")
    asked = names.channel(request.channel)
    channel = "" if asked is Channel.UNSPECIFIED else asked.value
    async with database.transaction({tenant_id}) as tx:
        rows = await surveys.count(tx, tenant_id, since, until, channel)
        won = await loyalty.count(tx, tenant_id, since, until, channel)
    severities = sorted(one for one in rows.keys() | won.keys() if one)
    found = [_figures(one, rows.get(one, surveys.NOBODY), won.get(one, (0, 0))) for one in ("", *severities)]
    return pb.GetFeedbackFiguresResponse(
        all=found[0], by_severity=found[1:], method=shares.METHOD, nps_method=shares.NPS_METHOD
    )


def _figures(severity: str, row: Mapping[str, Any], champions: tuple[int, int]) -> pb.FeedbackFigures:
    judged = row["below"] + row["meets"] + row["exceeds"]
    score = shares.nps(row["promoters"], row["passives"], row["detractors"])
    return pb.FeedbackFigures(
        severity=f"SEVERITY_{(severity or 'unspecified').upper()}",
        asked=row["asked"],
        answered=row["answered"],
        noted=row["noted"],
        response_rate=_share(row["answered"], row["asked"]),
        solved=_share(row["solved"], row["solved"] + row["not_solved"]),
        met=_share(row["meets"] + row["exceeds"], judged),
        exceeded=_share(row["exceeds"], judged),
        nps=pb.Nps(
            promoters=score.promoters,
            passives=score.passives,
            detractors=score.detractors,
            n=score.n,
            score=score.score,
            low=score.low,
            high=score.high,
        ),
        csat=_share(row["satisfied"], row["rated"]),
        ces=_share(row["easy"], row["efforts"]),
        ces_mean=row["effort"],
        champions=_share(*champions),
    )


def _share(count: int, n: int) -> pb.Share:
    told = shares.share(count, n)
    return pb.Share(count=told.count, n=told.n, value=told.value, low=told.low, high=told.high)
