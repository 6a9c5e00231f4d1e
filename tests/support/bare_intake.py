"""Servers that do nothing, as a process: `python -m tests.support.bare_intake HTTP_PORT SMTP_PORT`.

The libraries, event loop and protocol of intake's own: uvicorn with httptools reads the body and answers 200,
aiosmtpd takes the mail and answers 250. Nothing is checked, read or kept.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import uvicorn
import uvloop
from aiosmtpd.smtp import SMTP
from starlette.types import Receive, Scope, Send

from services.chassis.service import calm_collector
from services.intake.adapters.channels.mime import MAIL_LIMIT


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """200 once the body is there."""
    while (await receive()).get("more_body", False):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class Nothing:
    """What aiosmtpd asks with each mail."""

    async def handle_DATA(self, *_: Any) -> str:
        """250, whatever it was."""
        return "250 OK"


async def serve(http_port: int, smtp_port: int) -> None:
    """Until it is told to stop."""
    config = uvicorn.Config(
        answer,
        host="127.0.0.1",
        port=http_port,
        http="httptools",
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    loop, server = asyncio.get_running_loop(), uvicorn.Server(config)
    mail = await loop.create_server(
        lambda: SMTP(Nothing(), data_size_limit=MAIL_LIMIT, enable_SMTPUTF8=True, hostname="bare", loop=loop),
        "127.0.0.1",
        smtp_port,
    )
    async with mail:
        serving = asyncio.create_task(server.serve())
        loop.add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
        await serving


if __name__ == "__main__":
    uvloop.install()
    calm_collector()
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
