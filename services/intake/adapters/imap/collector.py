"""One mailbox: every mail becomes durable, then it is marked, then the place in the folder moves on.

In that order a crash anywhere fetches a mail again and the inbox key knows it; none is passed over. A mail
that cannot be taken is refused on record and left where it is, and the next one's turn comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from services.chassis.errors import Rejected, Retryable
from services.chassis.log import get_logger
from services.chassis.meters import MAILBOX_FAILURES
from services.chassis.telemetry import SpanKind, span_from
from services.chassis.wakeup import pause
from services.intake.adapters.channels.imap import PROVIDER, After, Begin, Mailbox, envelope_of
from services.intake.adapters.channels.mail import MailNormaliser, addressed
from services.intake.adapters.channels.mime import MAIL_LIMIT
from services.intake.adapters.imap.places import LeaseLost, Place, Places
from services.intake.adapters.imap.session import ImapSession, Listed, LoginRefused, MailboxAway
from services.intake.adapters.imap.tokens import Tokens
from services.intake.adapters.origins import of_mail
from services.intake.app.handlers import Reception
from services.intake.domain.errors import IntakeError, TooLarge
from services.intake.domain.records import Channel, CustomerWord, Receipt, Refusal, ThreadKey

log = get_logger(__name__)
T = TypeVar("T")

LEASE_S = 45.0
POLL_S = 15.0  # after this a mailbox is looked into unasked, also where its server tells of new mail
_SLICE_S = 5.0  # an IDLE looks this often whether to go on
_STANDBY_S = 10.0
_FINISH_S = 3.0  # for the mail that is just being taken when the service stops
_GROUP = 20  # mails between two notes of how far it is
_FIRST_RETRY_S = 1.0
_FIRST_LOGIN_RETRY_S = 60.0  # servers lock who tries a wrong password often
_LAST_RETRY_S = 600.0
_MEDIA_TYPE = "message/rfc822"


@dataclass(frozen=True, slots=True)
class Post:
    """What every collector of a process shares."""

    places: Places
    reception: Reception
    normaliser: MailNormaliser


class Collector:
    """The loop of one mailbox."""

    def __init__(self, mailbox: Mailbox, post: Post, tokens: Tokens) -> None:
        self._mailbox = mailbox
        self._account = mailbox.account
        self._post = post
        self._tokens = tokens
        # A server that never answers holds its own thread and nobody else's.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imap")
        self._session: ImapSession | None = None
        self._place = Place()
        self._idling = False
        self._good = False  # whether the last connection served for a whole round

    async def run(self, stop: asyncio.Event) -> None:
        """Collect until `stop`; heals whatever goes wrong at the server or the database."""
        failures = 0
        try:
            while not stop.is_set():
                try:
                    held = await self._post.places.hold(self._account)
                    if held is None:
                        await pause(stop, _STANDBY_S)
                        continue
                    self._place = held
                    await self._collect(stop)
                except MailboxAway as away:
                    failures = 1 if self._good else failures + 1
                    await self._back_off(away, failures, stop)
                except Retryable as away:
                    log.warning("a mailbox is left for now", **self._names(), rule=away.rule)
                    await pause(stop, _FIRST_RETRY_S)
                finally:
                    await self._close()
        finally:
            await self._leave()

    # ------------------------------------------------------------------------------------- one connection

    async def _collect(self, stop: asyncio.Event) -> None:
        """Until `stop`: connect, take what is there, wait for more. Raises MailboxAway, Retryable."""
        self._good = False
        token = await self._tokens.current()
        self._session = session = await self._call(lambda: ImapSession.connect(self._mailbox, token))
        waking = asyncio.create_task(self._wake(session, stop))
        try:
            await self._find_place(session, stop)
            while not stop.is_set():
                await self._take_new(session, stop)
                await self._tell("collecting")
                await self._wait(session, stop)
                await self._post.places.keep(self._account)
                self._good = True
        except MailboxAway:
            if not stop.is_set():
                raise
        finally:
            waking.cancel()

    async def _wake(self, session: ImapSession, stop: asyncio.Event) -> None:
        await stop.wait()
        if not self._idling:
            await asyncio.sleep(_FINISH_S)
        session.hang_up()

    async def _find_place(self, session: ImapSession, stop: asyncio.Event) -> None:
        """Where to go on; in a folder seen for the first time, where to begin."""
        place, folder = self._place, self._mailbox.folder
        if (place.folder, place.uid_validity) == (folder, session.uid_validity):
            return
        renumbered = place.folder == folder and place.begun_at is not None
        begun_at = place.begun_at if renumbered and place.begun_at else self._post.reception.now()
        if renumbered:
            log.warning("a mailbox was renumbered; it is read again", **self._names())
            await self._take(session, await self._since(session, begun_at), stop)
        elif self._mailbox.begin is Begin.UNSEEN:
            await self._take(session, await self._call(session.uids_unseen), stop)
        # What came meanwhile has a greater number than those that were there when the folder was opened.
        last = session.last_uid
        if not renumbered and self._mailbox.begin is Begin.ALL:
            last = 0
        if not stop.is_set():
            await self._move_on(Place(folder, session.uid_validity, last, begun_at))

    async def _since(self, session: ImapSession, begun_at: datetime) -> list[int]:
        """Mails that came after collecting began: older ones were never ours to take."""
        found: list[int] = []
        for group in _groups(await self._call(session.uids_all)):
            listed = await self._call(lambda group=group: session.listed(group))  # type: ignore[misc]
            found += [one.uid for one in listed if one.arrived_at is None or one.arrived_at >= begun_at]
        return found

    async def _take_new(self, session: ImapSession, stop: asyncio.Event) -> None:
        """Everything behind the place, and what came while that was taken."""
        while not stop.is_set():
            last = self._place.last_uid
            uids = await self._call(lambda: session.uids_after(last))  # noqa: B023  # called at once
            if not uids:
                return
            for group in _groups(uids):
                if stop.is_set():
                    return
                await self._take(session, group, stop)
                if not stop.is_set():
                    await self._move_on(replace(self._place, last_uid=group[-1]))

    async def _wait(self, session: ImapSession, stop: asyncio.Event) -> None:
        if not session.can_idle:
            await pause(stop, POLL_S)
            return
        self._idling = True
        try:
            await self._call(lambda: session.idle(POLL_S, lambda: not stop.is_set(), _SLICE_S))
        finally:
            self._idling = False

    # ------------------------------------------------------------------------------------- mails

    async def _take(self, session: ImapSession, uids: Sequence[int], stop: asyncio.Event) -> None:
        """Make these durable in their order, then mark them. Raises MailboxAway, Retryable."""
        for group in _groups(uids):
            await self._post.places.keep(self._account)
            done: list[int] = []
            for listed in await self._call(lambda group=group: session.listed(group)):  # type: ignore[misc]
                if stop.is_set():
                    break
                if await self._take_one(session, listed):
                    done.append(listed.uid)
            if done:
                await self._mark(session, done)

    async def _take_one(self, session: ImapSession, listed: Listed) -> bool:
        """Whether the mail is kept; one that cannot be is refused on record. Raises MailboxAway,
        Retryable.
        """
        received_at = self._post.reception.now()
        if listed.size_bytes > MAIL_LIMIT:
            beginning = await self._call(lambda: session.beginning(listed.uid))
            await self._refuse(
                TooLarge("mail_too_large", f"{listed.size_bytes} bytes"), beginning or b"", received_at
            )
            return False
        mail = await self._call(lambda: session.mail(listed.uid))
        if mail is None:
            return False
        with span_from(None, f"receive {PROVIDER}", SpanKind.SERVER):
            try:
                item = await asyncio.to_thread(self._read, mail, listed, received_at)
                origin = of_mail(PROVIDER, "", [self._account.account])
                await self._post.reception.accept(mail, _MEDIA_TYPE, received_at, [item], origin=origin)
            except IntakeError as refused:
                await self._refuse(refused, mail, received_at)
                return False
            except Rejected:
                return False  # the committer has it on record
        return True

    def _read(self, mail: bytes, listed: Listed, received_at: datetime) -> CustomerWord | Receipt:
        """The mail as a record. Raises IntakeError: a fault of ours, too, must not stop what stands
        behind it.
        """
        try:
            envelope = envelope_of(self._mailbox, mail, received_at)
            read = self._post.normaliser.read(mail, envelope)
        except IntakeError:
            raise
        except Exception as fault:
            log.error("a mail could not be read", error=fault, error_type=type(fault).__name__)
            raise IntakeError("unreadable", f"{type(fault).__name__} while reading it") from fault
        item = addressed(read, self._account.tenant_id, self._account.account)
        if listed.gmail_thread and isinstance(item, CustomerWord):
            thread = ThreadKey("gmail", listed.gmail_thread, "provider_thread", per_customer=True)
            return replace(item, keys=(*item.keys, thread))
        return item

    async def _refuse(self, refused: IntakeError, mail: bytes, received_at: datetime) -> None:
        refusal = Refusal(
            self._account.tenant_id,
            Channel.EMAIL,
            PROVIDER,
            refused.rule,
            refused.detail,
            self._account.account,
        )
        origin = of_mail(PROVIDER, "", [self._account.account])
        await self._post.reception.refuse(refusal, mail, _MEDIA_TYPE, received_at, origin)

    async def _mark(self, session: ImapSession, uids: Sequence[int]) -> None:
        match self._mailbox.after:
            case After.SEEN:
                await self._call(lambda: session.mark_seen(uids))
            case After.MOVE:
                await self._call(lambda: session.move(uids, self._mailbox.move_to))
            case After.KEEP:
                pass

    # ------------------------------------------------------------------------------------- the rest

    async def _move_on(self, place: Place) -> None:
        await self._post.places.move_on(self._account, place)
        self._place = place

    async def _back_off(self, away: MailboxAway, failures: int, stop: asyncio.Event) -> None:
        """Say what is wrong and wait, longer each time; with the lease kept, so that no other replica makes
        the same attempts.
        """
        refused = isinstance(away, LoginRefused)
        if refused:
            self._tokens.forget()
        first = _FIRST_LOGIN_RETRY_S if refused else _FIRST_RETRY_S
        wait_s = min(_LAST_RETRY_S, first * 2 ** min(failures - 1, 12))
        MAILBOX_FAILURES.add(1, reason=away.rule)
        log.warning("a mailbox is away", **self._names(), rule=away.rule, detail=away.detail)
        detail = f"{away.rule}: {away.detail}; tried {failures} times"
        await self._tell("refused" if refused else "retrying", detail)
        while wait_s > 0 and not stop.is_set():
            await pause(stop, min(wait_s, POLL_S))
            wait_s -= POLL_S
            await self._prolong()

    async def _prolong(self) -> None:
        try:
            await self._post.places.keep(self._account)
        except Retryable as away:
            log.info("a mailbox waits without its lease", **self._names(), rule=away.rule)

    async def _tell(self, state: str, detail: str = "") -> None:
        try:
            await self._post.places.tell(self._account, state, detail)
        except Retryable as away:
            log.warning("the state of a mailbox is not written", **self._names(), rule=away.rule)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await self._call(session.close)

    async def _leave(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        try:
            await self._post.places.let_go(self._account)
        except Retryable as away:
            log.info("a mailbox's lease runs out by itself", **self._names(), rule=away.rule)

    def _names(self) -> dict[str, str]:
        return {"tenant_id": self._account.tenant_id, "account": self._account.account}


def _groups(uids: Sequence[int]) -> list[Sequence[int]]:
    return [uids[start : start + _GROUP] for start in range(0, len(uids), _GROUP)]


__all__: Sequence[str] = ("Collector", "LeaseLost", "Post")
