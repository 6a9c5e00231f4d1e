"""What every channel does with what it read: accept it durably, or refuse it on record; counted either
way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.chassis.clock import Clock
from services.chassis.errors import Retryable
from services.chassis.log import get_logger
from services.chassis.meters import ACK_DURATION, CONTACTS_RECEIVED
from services.chassis.telemetry import current_traceparent
from services.intake.app.ports import Acceptor
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import Answer, Channel, Item, Outcome, Refusal, Submission

log = get_logger(__name__)

# Whoever has no right to be heard must not fill the disk either.
REFUSED_RAW_KEPT = 64 * 1024
REFUSALS_KEPT = 600
REFUSALS_WINDOW_S = 60.0
_REFUSED = frozenset({Outcome.UNKNOWN_SESSION, Outcome.UNKNOWN_CASE, Outcome.REUSED_KEY})


class Reception:
    """The one door between the channels and the group committer."""

    def __init__(self, acceptor: Acceptor, clock: Clock) -> None:
        self._acceptor = acceptor
        self._clock = clock
        self._brake = SenderRate(REFUSALS_KEPT, REFUSALS_WINDOW_S)

    def now(self) -> datetime:
        """The present moment: t1 is taken when the first byte was read, t2 by `accept`."""
        return self._clock.now()

    async def accept(
        self,
        raw: bytes,
        media_type: str,
        received_at: datetime,
        items: Sequence[Item],
        refusals: Sequence[Refusal] = (),
    ) -> tuple[Answer, ...]:
        """Make a request durable; one answer per item. Raises Retryable or Rejected("unstorable") (see
        Acceptor).
        """
        submission = Submission(
            raw,
            media_type,
            received_at,
            self.now(),
            tuple(items),
            tuple(refusals),
            traceparent=current_traceparent(),
        )
        answers = await self._acceptor.submit(submission)
        for item, answer in zip(items, answers, strict=True):
            self._count(item.source.channel, item.source.provider, _told(answer), received_at)
        for refusal in refusals:
            self._count(refusal.channel, refusal.provider, "rejected", received_at)
        return answers

    async def refuse(self, refusal: Refusal, raw: bytes, media_type: str, received_at: datetime) -> None:
        """Count a refusal and keep its bytes; in a flood only so many are kept per minute, tenant and code.

        Raises Retryable when it cannot be kept: then nothing final may be said to the provider.
        """
        self._count(refusal.channel, refusal.provider, "rejected", received_at)
        log.info(
            "input refused",
            tenant_id=refusal.tenant_id,
            channel=refusal.channel.value,
            provider=refusal.provider,
            rule=refusal.code,
        )
        if not self._brake.take(refusal.tenant_id, refusal.code, received_at):
            return
        submission = Submission(
            raw[:REFUSED_RAW_KEPT],
            media_type,
            received_at,
            self.now(),
            refusals=(replace(refusal, detail=refusal.detail[:500]),),
            raw_size=len(raw),
            traceparent=current_traceparent(),
        )
        await self._acceptor.submit(submission)

    def _count(self, channel: Channel, provider: str, outcome: str, received_at: datetime) -> None:
        CONTACTS_RECEIVED.add(1, channel=channel.value, provider=provider, outcome=outcome)
        elapsed = (self.now() - received_at).total_seconds()
        ACK_DURATION.record(max(0.0, elapsed), channel=channel.value, outcome=outcome)


def _told(answer: Answer) -> str:
    if answer.outcome in _REFUSED:
        return "rejected"
    return "duplicate" if answer.duplicate else "accepted"


def away(failure: Retryable) -> str:
    """What a channel says when nothing could be kept: no details of ours."""
    return f"temporarily unavailable ({failure.rule}); please try again"
