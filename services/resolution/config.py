"""Resolution's settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.chassis.config import PlatformSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(PlatformSettings):
    """What can be set, beside what every service has. Times in seconds."""

    service: ClassVar[str] = "resolution"

    data: str = setting(
        "AMENDS_RESOLUTION_DATA",
        default="",
        help="folder with playbooks/, replycheck/ and catalogues/; else those that ship",
    )
    playbook: str = setting("AMENDS_RESOLUTION_PLAYBOOK", default="amends", help="playbook of new cases")
    default_language: str = setting(
        "AMENDS_RESOLUTION_LANGUAGE", default="en", help="language of customers whose language is unknown"
    )
    hand_off_live_s: float = setting(
        "AMENDS_RESOLUTION_HAND_OFF_LIVE_S", default=60.0, help="time to accept a hand-off on a live call"
    )
    hand_off_s: float = setting(
        "AMENDS_RESOLUTION_HAND_OFF_S", default=900.0, help="time to accept any other hand-off"
    )
    reopen_window_s: float = setting(
        "AMENDS_RESOLUTION_REOPEN_WINDOW_S",
        default=30 * 86400.0,
        help="how long after closing a customer's word reopens the same case",
    )
    fulfilment: str = setting(
        "AMENDS_RESOLUTION_FULFILMENT",
        default="",
        help="file of the endpoints, with secrets, that fulfil remedies; empty = none",
    )
    fulfilment_retry_s: float = setting(
        "AMENDS_RESOLUTION_FULFILMENT_RETRY_S",
        default=1.0,
        help="first wait before a webhook is sent again; doubles up to five minutes",
    )
    prevention_s: float = setting(
        "AMENDS_RESOLUTION_PREVENTION_S",
        default=7 * 86400.0,
        help="time from resolved to have cause, prevention and debrief on record",
    )
    win_back_s: float = setting(
        "AMENDS_RESOLUTION_WIN_BACK_S",
        default=3 * 86400.0,
        help="time to act for whoever is asked to win a customer back",
    )
    key_days: float = setting(
        "AMENDS_RESOLUTION_KEY_DAYS",
        default=30.0,
        help="days for which a command sent again with its idempotency key gets its first answer",
    )
    consumer_batch: int = setting(
        "AMENDS_RESOLUTION_CONSUMER_BATCH", default=500, help="most events handled in one transaction"
    )
    watch_room: int = setting(
        "AMENDS_RESOLUTION_WATCH_ROOM",
        default=256,
        help="changes kept for a reader of the change stream before it is ended",
    )
    watch_heartbeat_s: float = setting(
        "AMENDS_RESOLUTION_WATCH_HEARTBEAT_S", default=15.0, help="longest silence of a change stream"
    )
    pool_size: int = setting("AMENDS_RESOLUTION_POOL_SIZE", default=8, help="connections to PostgreSQL")
