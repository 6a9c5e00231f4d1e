"""`python -m services.standalone.provider --port N --smtp-port N`: the recording provider as its own process.

Secrets come from the environment: AMENDS_PROVIDER_TWILIO_AUTH_TOKEN, AMENDS_PROVIDER_META_APP_SECRET,
AMENDS_PROVIDER_META_ACCESS_TOKEN, AMENDS_PROVIDER_CHAT_TOKEN. One line of JSON on standard output says where
it listens once it does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from collections.abc import Mapping

from services.standalone.provider.receipts import Hooks
from services.standalone.provider.server import ProviderSettings, provider


def settings_from(arguments: list[str] | None, env: Mapping[str, str]) -> ProviderSettings:
    """What the command line and the environment ask for; exits with a usage message when it is unclear."""
    parser = argparse.ArgumentParser(prog="provider", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="HTTP; 0 takes any free one")
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--whatsapp-hook", default="", help="URL that gets WhatsApp's statuses")
    parser.add_argument("--messenger-hook", default="", help="URL that gets Messenger's deliveries")
    parser.add_argument("--receipts", choices=("delivered", "failed", "hold"), default="delivered")
    given = parser.parse_args(arguments)
    hooks = Hooks(
        whatsapp=given.whatsapp_hook,
        messenger=given.messenger_hook,
        twilio_auth_token=env.get("AMENDS_PROVIDER_TWILIO_AUTH_TOKEN", ""),
        meta_app_secret=env.get("AMENDS_PROVIDER_META_APP_SECRET", ""),
    )
    access_token = env.get("AMENDS_PROVIDER_META_ACCESS_TOKEN", "recorded")
    chat_token = env.get("AMENDS_PROVIDER_CHAT_TOKEN", "recorded")
    return ProviderSettings(
        given.host, given.port, given.smtp_port, access_token, chat_token, hooks, given.receipts
    )


async def serve(settings: ProviderSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with provider(settings) as running:
        print(
            json.dumps({"http": running.url, "smtp": f"{running.smtp_host}:{running.smtp_port}"}), flush=True
        )
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(settings_from(None, os.environ)))
