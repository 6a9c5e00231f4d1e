"""Kept bytes that are read again, inside the store's transaction: what had no meaning may be claimed anew,
and the refusals end with the acceptance.
"""

from __future__ import annotations

from services.chassis.db import Connection
from services.intake.adapters import statements as sql
from services.intake.adapters.batch import Batch
from services.intake.domain.records import NOWHERE, Answer


async def reopen(tx: Connection, batch: Batch) -> None:
    """Let what is read again be new where it had no meaning before."""
    rows = [
        (*entry.key, one.submission.again.raw_id)
        for one in batch.envelopes
        if one.submission.again
        for entry in one.entries
    ]
    if rows:
        await tx.execute(sql.REOPEN_INBOX, *zip(*rows, strict=True))


async def settle(tx: Connection, batch: Batch) -> None:
    """End the refusals of what was read again, unless something in it still leads nowhere."""
    rows = [
        (one.entries[0].item.source.tenant_id, reject_id)
        for one in batch.envelopes
        if one.submission.again and not any(_led_nowhere(entry.answer) for entry in one.entries)
        for reject_id in one.submission.again.settles
    ]
    if rows:
        now = max(one.stamps.normalised_at for one in batch.envelopes)
        await tx.execute(sql.SETTLE_REFUSALS, *zip(*rows, strict=True), now)


def _led_nowhere(answer: Answer | None) -> bool:
    return answer is None or answer.outcome in NOWHERE
