"""The few addresses that a provider has us fetch: certificates that prove its signatures, and confirmations.

An address comes with a request from outside, so only hosts of the provider are ever called, by https, without
following redirects.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from services.chassis.errors import Retryable
from services.intake.domain.errors import BadSignature

TIMEOUT_S = 5.0
_CERTIFICATE_LIMIT = 64 * 1024
_CERTIFICATES_KEPT = 32
_AT_ONCE = 4
# Amazon SNS, of every region; no port, no user, nothing before or behind the host.
_ALLOWED = re.compile(r"https://sns\.[a-z0-9-]{1,30}\.amazonaws\.com(?:\.cn)?/[!-~]{0,2000}")


def is_allowed(url: str) -> bool:
    """Whether this is an address that may be called at all."""
    return _ALLOWED.fullmatch(url) is not None and "\\" not in url


class Outbound:
    """One HTTP client for all of it; certificates are fetched once, their addresses change with them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._certificates: dict[str, bytes] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @classmethod
    @asynccontextmanager
    async def open(cls, connector: aiohttp.BaseConnector | None = None) -> AsyncIterator[Outbound]:
        """With connections of its own, or those of `connector`."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            yield cls(session)

    async def certificate(self, url: str) -> bytes:
        """What lies at an address, fetched once. Raises BadSignature when nothing does, Retryable."""
        known = self._certificates.get(url)
        if known is None:
            known = await self._get(url)
            if len(self._certificates) >= _CERTIFICATES_KEPT:
                self._certificates.pop(next(iter(self._certificates)))
            self._certificates[url] = known
        return known

    async def visit(self, url: str) -> None:
        """Call a confirmation's address; again does no harm. Raises BadSignature, Retryable."""
        await self._get(url)

    async def _get(self, url: str) -> bytes:
        if not is_allowed(url):
            raise BadSignature("foreign_address", "this address is not the provider's")
        try:
            async with self._turns, self._session.get(url, allow_redirects=False) as answer:
                body = await answer.content.read(_CERTIFICATE_LIMIT)
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError) as away:
            raise Retryable("provider_away", f"no answer: {type(away).__name__}") from away
        if status >= 500 or status == 429:
            raise Retryable("provider_away", f"answered {status}")
        if status != 200:
            raise BadSignature("nothing_there", f"answered {status}")
        return body
