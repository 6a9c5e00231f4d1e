"""Cuts of the windows on the wire: a question in, rows out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from amends.metrics.v1 import service_pb2 as pb

from services.chassis.clock import stamp_or_none, to_proto
from services.metrics.adapters.wire import channel_value, figures_to_proto
from services.metrics.app.cuts import Cut, Cuts, Row, Top
from services.metrics.app.values import rates

# A console shows seconds; between two looks every change is gathered.
LIVE_S = 1.0


def cut_of(tenant_id: str, request: pb.QueryRequest) -> Cut:
    """The question in the words of the figures; whether it makes sense is not looked at here."""
    return Cut(
        tenant_id,
        stamp_or_none(request, "since"),
        stamp_or_none(request, "until"),
        dict(request.where),
        tuple(request.group_by),
        timedelta(seconds=request.window_s),
        timedelta(seconds=request.hop_s),
        Top(request.top_by, request.limit, request.lowest) if request.top_by else None,
    )


def answer(asked: Cut, rows: Sequence[Row], as_of: datetime) -> pb.QueryResponse:
    """The rows as they are answered."""
    return pb.QueryResponse(rows=[_row(asked, row) for row in rows], as_of=to_proto(as_of))


def _row(asked: Cut, row: Row) -> pb.Row:
    window = figures_to_proto(row.figures)
    window.tenant_id = asked.tenant_id
    window.channel = channel_value(row.group.get("channel", "unspecified"))
    window.final = row.final
    window.length_s = int(asked.length.total_seconds())
    if row.start is not None:
        window.start.CopyFrom(to_proto(row.start))
    return pb.Row(
        group=row.group,
        window=window,
        rates=[pb.Rate(**asdict(rate)) for rate in rates(row.figures)],
        final_at=to_proto(row.final_at) if row.final_at else None,
        oldest_open=to_proto(row.oldest_open) if row.oldest_open else None,
    )


async def live(cuts: Cuts, asked: Cut, every_s: float = LIVE_S) -> AsyncIterator[pb.QueryResponse]:
    """All rows, then, at most once per `every_s`, those that changed. Raises what Cuts.cut does.

    A row that is not among the highest any more is not told: who watches a top of rows asks for all of them.
    """
    known: dict[tuple[object, ...], bytes] = {}
    revision = -1
    while True:
        if cuts.revision != revision:
            revision = cuts.revision
            rows, as_of = cuts.cut(asked)
            told = answer(asked, rows, as_of)
            texts: dict[tuple[object, ...], bytes] = {
                (row.start, *row.group.values()): message.SerializeToString(deterministic=True)
                for row, message in zip(rows, told.rows, strict=True)
            }
            changed = [
                message
                for message, (place, text) in zip(told.rows, texts.items(), strict=True)
                if known.get(place) != text
            ]
            if changed or not known:
                yield pb.QueryResponse(rows=changed, as_of=told.as_of)
            known |= texts
        await asyncio.sleep(every_s)
