"""Raw sockets for what no decent client would send: half requests, wrong lengths, mails line by line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

_PATIENCE_S = 30.0


async def http_bytes(address: str, *pieces: bytes, half_close: bool = False) -> bytes:
    """Send the pieces one after the other; everything that comes back until the server closes.

    With `half_close` the client says that it sends no more. A reset counts as the end.
    """
    async with _connected(address) as (reader, writer):
        answer = b""
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if half_close:
                writer.write_eof()
            async with asyncio.timeout(_PATIENCE_S):
                while block := await reader.read(65536):
                    answer += block
        except ConnectionError:
            return answer
        return answer


def status_of(answer: bytes) -> int:
    """The status of the first response, 0 when there was none."""
    words = answer.split(b" ", 2)
    return int(words[1]) if answer.startswith(b"HTTP/1.1 ") else 0


class Dialogue:
    """A mail session, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, line: bytes) -> str:
        """Send a line; the last line of the reply."""
        self._writer.write(line + b"\r\n")
        await self._writer.drain()
        return await self.reply()

    async def reply(self) -> str:
        """The last line of the next reply, "" at the end."""
        while True:
            line = (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
            if line[3:4] != "-":
                return line

    async def mail(
        self, content: bytes, recipients: Sequence[bytes], sender: bytes = b"<eve@example.net>"
    ) -> str:
        """One mail, dot-stuffed as it is given; the reply that ended it."""
        for line in (b"MAIL FROM:" + sender, *(b"RCPT TO:<" + one + b">" for one in recipients)):
            told = await self.say(line)
        if (told := await self.say(b"DATA")) and not told.startswith("354"):
            await self.say(b"RSET")
            return told
        self._writer.write(content + b"\r\n.\r\n")
        await self._writer.drain()
        return await self.reply()


@asynccontextmanager
async def dialogue(address: str, greeting: bytes = b"EHLO sender.example") -> AsyncIterator[Dialogue]:
    """A greeted session."""
    async with _connected(address) as streams:
        opened = Dialogue(*streams)
        assert (await opened.reply()).startswith("220")
        assert (await opened.say(greeting)).startswith("250")
        yield opened


@asynccontextmanager
async def _connected(address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
