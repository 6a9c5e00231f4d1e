"""The least that a Faust agent can do: `python -m tests.support.bare_stream BOOTSTRAP GROUP TOPIC...`.

It counts records, and says how many whenever none came for a moment.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

import faust

from services.chassis.service import calm_collector

_SAY_S = 0.05


async def count(bootstrap: str, group: str, topics: Sequence[str]) -> None:
    """Until it is told to stop. The settings are those of metrics, as far as they cost or save anything."""
    with tempfile.TemporaryDirectory() as folder:
        app = faust.App(
            group,
            broker=f"kafka://{bootstrap}",
            datadir=folder,
            web_enabled=False,
            autodiscover=False,
            store="memory://",
            topic_allow_declare=False,
            topic_disable_leader=True,
            consumer_auto_offset_reset="earliest",
            broker_commit_interval=1.0,
            stream_wait_empty=False,
        )
        seen = 0

        async def agent(stream: Any) -> None:
            nonlocal seen
            async for _ in stream.events():
                seen += 1

        app.agent(app.topic(*topics, key_serializer="raw", value_serializer="raw"), name="count")(agent)
        app.finalize()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        async with app:
            said = 0
            while not stop.is_set():
                before = seen
                await asyncio.sleep(_SAY_S)
                if seen == before != said:
                    said = seen
                    sys.stdout.write(f"{said}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    calm_collector()
    asyncio.run(count(sys.argv[1], sys.argv[2], sys.argv[3:]))
