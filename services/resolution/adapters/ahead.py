"""A pack is made ready while nobody waits: its first text costs a second, every other a millisecond.

In a thread beside the loop, so that commands and customers are answered meanwhile."""

from __future__ import annotations

import asyncio

from services.resolution.app.rules import Rules
from services.resolution.domain.replycheck import Reading, check

_ANY_TEXT = "Thank you."


async def read_ahead(rules: Rules, stop: asyncio.Event) -> None:
    """Check a text in the language most customers speak, then rest until `stop` is set; the packs of other
    languages are made ready by their first text."""
    await asyncio.to_thread(check, Reading(_ANY_TEXT), rules.packs.get(rules.default_language))
    await stop.wait()
