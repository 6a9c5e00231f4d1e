"""What a customer wishes of being written to, and what that does to a message about to leave: it goes, waits
until their quiet hours end, or is not sent for want of their consent (docs/sending.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import clocks
from services.followup.domain.contact import Contact, Refused
from services.followup.domain.life import heard
from services.followup.domain.policy import LETTERS, REGULATOR, MetBy
from services.followup.domain.record import FollowUp
from services.followup.domain.words import Channel, ReplyKind, Via

# A mail waits in its box until it is looked at; everything else makes a telephone sound.
SILENT = frozenset({Channel.EMAIL})
# Whoever said something so recently is awake and waits for the answer.
JUST = timedelta(hours=1)
# The reason of our own for not handing a message over.
NO_CONSENT = "no_consent"
_ANY_WORDS = (MetBy.ANSWER, MetBy.WRITTEN, MetBy.UPDATE)


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when nobody is disturbed, on the customer's own clock (IANA zone); past midnight where
    `until` is the earlier one, never where both are the same."""

    zone: str
    since: time
    until: time

    def over(self, at: datetime) -> datetime:
        """The first moment from `at` on (aware UTC) at which somebody may be disturbed."""
        local = at.astimezone(ZoneInfo(self.zone))
        clock = local.time().replace(tzinfo=None)
        if not self._holds(clock):
            return at
        day = local.date() + timedelta(days=1 if self.since > self.until and clock >= self.since else 0)
        ends = datetime.combine(day, self.until, ZoneInfo(self.zone)).astimezone(at.tzinfo)
        # A clock that is set back while it is quiet shows the end twice: the first of both lies behind.
        return ends if ends > at else ends + timedelta(hours=1)

    def _holds(self, clock: time) -> bool:
        if self.since <= self.until:
            return self.since <= clock < self.until
        return clock >= self.since or clock < self.until


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a customer told us; `preferred` in their order, `refused` are channels without their consent."""

    preferred: tuple[Channel, ...] = ()
    refused: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What holds for a message: channels refused, and since when; quiet hours that somebody stated, the
    customer or their tenant."""

    channels: Preferences = field(default_factory=Preferences)
    told_at: datetime | None = None
    quiet: Quiet | None = None

    def concern(self, contact: Contact, now: datetime) -> bool:
        """Whether the message may have to wait or stay, so that the case must be looked at."""
        channel = written_on(contact)
        return channel in self.channels.refused or self._held_until(channel, now) > now

    def ruling(self, contact: Contact, record: FollowUp, now: datetime) -> Refused | datetime | None:
        """None: it goes. A time: it waits until then. Refused: it does not go at all."""
        channel = written_on(contact)
        if channel in self.channels.refused and not self._asked_there(record, channel):
            return Refused("blocked", NO_CONSENT)
        until = self._held_until(channel, now)
        if until <= now or contact.parts_out or _awake(record, now) or _by_law(contact, record, now, until):
            return None
        return until

    def _held_until(self, channel: Channel, now: datetime) -> datetime:
        return now if self.quiet is None or channel in SILENT else self.quiet.over(now)

    def _asked_there(self, record: FollowUp, channel: Channel) -> bool:
        """Whoever writes on a channel they had refused asks for the answer there."""
        since = self.told_at
        return since is not None and any(
            one.reach is channel and one.said_at > since and not one.suppressed and not one.spoken
            for one in heard(record)
        )


def written_on(contact: Contact) -> Channel:
    """The channel that a message arrives on: a caller is written to by SMS, a form's sender by mail."""
    if contact.via is Via.SMTP:
        return Channel.EMAIL
    if contact.via is Via.TWILIO:
        return Channel.WHATSAPP if contact.channel is Channel.WHATSAPP else Channel.SMS
    return Channel(contact.via.value)


def _awake(record: FollowUp, now: datetime) -> bool:
    """They wrote, or an employee spoke with them on a call: of a call the employee's words are known."""
    written = (one.said_at for one in heard(record) if not one.suppressed)
    spoken = (one.at for one in record.answers if one.spoken)
    return any(now - JUST < at for at in (*written, *spoken))


def _by_law(contact: Contact, record: FollowUp, now: datetime, until: datetime) -> bool:
    """Whether a regulator's clock that this message may meet would run out while it waits. Only a person's
    words meet any (rule 7)."""
    return contact.human and any(
        clock.clock.startswith(REGULATOR)
        and clock.deadline is not None
        and now < clock.deadline <= until
        and _meets(contact.reply_kind, clock)
        for clock in clocks(record)
    )


def _meets(kind: ReplyKind, clock: ClockInstance) -> bool:
    if clock.met_by is MetBy.PROPOSAL:
        return kind is ReplyKind.PROPOSAL
    return clock.met_by in _ANY_WORDS or kind in LETTERS.get(clock.met_by, ())
