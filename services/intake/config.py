"""Settings of intake, from the environment; the platform's own are in services.chassis.config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.chassis.config import PlatformSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(PlatformSettings):
    """Where customers reach us, and how much at once."""

    service: ClassVar[str] = "intake"

    http_bind: str = setting(
        "AMENDS_INTAKE_HTTP_BIND", default="127.0.0.1:0", help="host:port of webhooks and REST"
    )
    smtp_bind: str = setting("AMENDS_INTAKE_SMTP_BIND", default="", help="host:port of SMTP, empty = off")
    lmtp_bind: str = setting("AMENDS_INTAKE_LMTP_BIND", default="", help="host:port of LMTP, empty = off")
    public_base_url: str = setting(
        "AMENDS_PUBLIC_BASE_URL", help="what providers call and sign, without a path: https://intake.example"
    )
    # Comma-separated: the first one signs (in follow-up), the others are still believed.
    thread_secrets: tuple[str, ...] = setting(
        "AMENDS_THREAD_SECRET", help="proves reply addresses; follow-up has the same", secret=True
    )
    mail_hostname: str = setting("AMENDS_INTAKE_MAIL_HOSTNAME", default="localhost", help="how SMTP greets")
    mail_timeout_s: float = setting(
        "AMENDS_INTAKE_MAIL_TIMEOUT_S", default=300.0, help="seconds without a command"
    )
    linger_s: float = setting(
        "AMENDS_INTAKE_LINGER_S", default=0.002, help="seconds a record waits for company in a commit"
    )
    commit_records: int = setting("AMENDS_INTAKE_COMMIT_RECORDS", default=200, help="records in one commit")
    sender_limit: int = setting(
        "AMENDS_INTAKE_SENDER_LIMIT", default=60, help="cases one mail sender may begin per window, 0 = any"
    )
    sender_window_s: float = setting(
        "AMENDS_INTAKE_SENDER_WINDOW_S", default=600.0, help="seconds of that window"
    )
    browser_limit: int = setting(
        "AMENDS_INTAKE_BROWSER_LIMIT",
        default=10,
        help="forms one network address may send per window, 0 = any",
    )
    browser_window_s: float = setting(
        "AMENDS_INTAKE_BROWSER_WINDOW_S", default=600.0, help="seconds of that window"
    )
    tenant_share: int = setting(
        "AMENDS_INTAKE_TENANT_SHARE", default=128, help="requests and mails of one tenant worked on at once"
    )
    source_share: int = setting(
        "AMENDS_INTAKE_SOURCE_SHARE", default=64, help="the same of one of its sources: a hook, mail, REST"
    )
    tenant_waiting: int = setting(
        "AMENDS_INTAKE_TENANT_WAITING",
        default=1000,
        help="requests and mails of one tenant that may wait for their turn, the others come again",
    )
    same_matter_s: float = setting(
        "AMENDS_INTAKE_SAME_MATTER_S",
        default=600.0,
        help="seconds in which a customer's word on another channel may join the case begun, 0 = never",
    )
    raw_days: int = setting(
        "AMENDS_INTAKE_RAW_DAYS",
        default=90,
        help="days for which input is kept as it came, and refusals with it; at least 2",
    )
    proxies: int = setting(
        "AMENDS_INTAKE_PROXIES", default=0, help="proxies of ours before intake that add to X-Forwarded-For"
    )
