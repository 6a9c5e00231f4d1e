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
from services.intake.domain.assessment import Assessor
from services.intake.domain.rate import SenderRate
from services.intake.domain.records import (
    NOWHERE,
    Again,
    Answer,
    Channel,
    CustomerWord,
    Item,
    Origin,
    Outcome,
    Refusal,
    Speech,
    Submission,
)

log = get_logger(__name__)

# Whoever has no right to be heard must not fill the disk either; what a provider signed, or a mailbox of ours
# got, is kept whole where it can be, so that it can be read again once the fault is mended.
REFUSED_RAW_KEPT = 64 * 1024
VERIFIED_RAW_KEPT = 4 * 1024 * 1024
REFUSALS_KEPT = 600  # of 64 KiB each; what is larger counts as several
REFUSALS_WINDOW_S = 60.0
_REFUSED = NOWHERE | {Outcome.REUSED_KEY}


class Reception:
    """The one door between the channels and the group committer."""

    def __init__(self, acceptor: Acceptor, clock: Clock, assessor: Assessor) -> None:
        self._acceptor = acceptor
        self._clock = clock
        self._assessor = assessor
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
        *,
        origin: Origin | None = None,
        again: Again | None = None,
    ) -> tuple[Answer, ...]:
        """Make a request durable; one answer per item. Raises Retryable or Rejected("unstorable") (see
        Acceptor). With `again` the bytes are kept already, and `received_at` is when they came first. What a
        customer said and its channel did not assess is assessed here.
        """
        submission = Submission(
            raw,
            media_type,
            received_at,
            self.now(),
            tuple(self._assessed(item) for item in items),
            tuple(refusals),
            traceparent=current_traceparent(),
            origin=origin,
            again=again,
        )
        answers = await self._acceptor.submit(submission)
        if again is not None:
            return answers  # counted when it came; how long that is ago is no time of answering
        for item, answer in zip(items, answers, strict=True):
            self._count(item.source.channel, item.source.provider, _told(answer), received_at)
        for refusal in refusals:
            self._count(refusal.channel, refusal.provider, "rejected", received_at)
        return answers

    async def refuse(
        self,
        refusal: Refusal,
        raw: bytes,
        media_type: str,
        received_at: datetime,
        origin: Origin | None = None,
    ) -> None:
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
        # what does not fit whole is never read again: then its beginning is enough to look at
        whole = origin and origin.verified and len(raw) <= VERIFIED_RAW_KEPT
        kept = raw if whole else raw[:REFUSED_RAW_KEPT]
        cost = max(1.0, len(kept) / REFUSED_RAW_KEPT)
        if not self._brake.take(refusal.tenant_id, refusal.code, received_at, cost):
            return
        submission = Submission(
            kept,
            media_type,
            received_at,
            self.now(),
            refusals=(replace(refusal, detail=refusal.detail[:500]),),
            raw_size=len(raw),
            traceparent=current_traceparent(),
            origin=origin,
        )
        await self._acceptor.submit(submission)

    def _assessed(self, item: Item) -> Item:
        """A further word may show that its case is graver, whatever way it comes, spoken words too."""
        match item:
            case CustomerWord(assessment=None, text_stripped=text) if text:
                return replace(item, assessment=self._assessor.judge(item.subject, text))
            case Speech(by_employee=False, text=text) if text:
                return replace(item, assessment=self._assessor.judge("", text))
            case _:
                return item

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
