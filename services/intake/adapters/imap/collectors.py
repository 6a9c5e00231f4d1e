"""Component that collects every mailbox of the accounts file: a new, changed or removed account is seen
within seconds, and each mailbox has a loop of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp

from services.chassis.errors import InvalidArgument, Retryable
from services.chassis.log import get_logger
from services.chassis.wakeup import pause
from services.intake.adapters.accounts import TTL, Accounts, ChannelAccount
from services.intake.adapters.channels.imap import PROVIDER, mailbox_of
from services.intake.adapters.imap.collector import Collector, Post
from services.intake.adapters.imap.tokens import Tokens

log = get_logger(__name__)

Key = tuple[str, str]
_FINISH_S = 10.0  # for the mail that is just being taken


@dataclass(slots=True)
class _Running:
    account: ChannelAccount
    task: asyncio.Task[None]
    stop: asyncio.Event


class Collectors:
    """Component. Stopped together with the servers: what is taken is committed, the leases are let go."""

    name = "imap"

    def __init__(self, accounts: Accounts, post: Post, session: aiohttp.ClientSession) -> None:
        self._accounts = accounts
        self._post = post
        self._session = session
        self._running: dict[Key, _Running] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the accounts until `stop`."""
        try:
            while not stop.is_set():
                try:
                    await self._follow(await self._accounts.all(PROVIDER))
                except Retryable as away:
                    log.warning("mailboxes cannot be listed", rule=away.rule)
                await pause(stop, TTL.total_seconds())
        finally:
            await self._end(list(self._running))

    async def _follow(self, accounts: list[ChannelAccount]) -> None:
        wanted = {(one.tenant_id, one.account): one for one in accounts}
        gone = [
            key
            for key, running in self._running.items()
            if running.account != wanted.get(key) or running.task.done()
        ]
        await self._end(gone)
        for key, account in wanted.items():
            if key not in self._running:
                await self._begin(key, account)

    async def _begin(self, key: Key, account: ChannelAccount) -> None:
        try:
            mailbox = mailbox_of(account)
        except InvalidArgument as wrong:
            if await self._post.places.hold(account) is not None:
                await self._post.places.tell(account, "misconfigured", wrong.detail)
            return
        stop = asyncio.Event()
        collector = Collector(mailbox, self._post, Tokens(self._session, mailbox))
        task = asyncio.create_task(collector.run(stop), name=f"imap {account.account}")
        self._running[key] = _Running(account, task, stop)

    async def _end(self, keys: list[Key]) -> None:
        ending = [self._running.pop(key) for key in keys]
        for one in ending:
            one.stop.set()
        if not ending:
            return
        done, late = await asyncio.wait([one.task for one in ending], timeout=_FINISH_S)
        for task in late:
            task.cancel()
        for fault in filter(None, (task.exception() for task in done if not task.cancelled())):
            # a fault of ours in one mailbox: it is begun anew, and is no other's
            log.error("collecting a mailbox failed", error=fault, error_type=type(fault).__name__)
