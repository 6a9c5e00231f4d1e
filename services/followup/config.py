"""Settings of follow-up, from the environment; the platform's own are in services.chassis.config."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.chassis.config import PlatformSettings, setting


@dataclass(frozen=True, kw_only=True)
class Settings(PlatformSettings):
    """Whom to send through, and where a tenant's numbers differ from the policy file."""

    service: ClassVar[str] = "followup"

    policy: str = setting("AMENDS_FOLLOWUP_POLICY", default="service-60s", help="policy of new cases")
    regulators: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_REGULATORS",
        default=(),
        help="TENANT:POLICY or TENANT/CATEGORY:POLICY, comma-separated: regulators whose clocks run too",
    )
    # Seconds, so that a demonstration can compress days.
    circle_back_s: tuple[float, ...] = setting(
        "AMENDS_FOLLOWUP_CIRCLE_BACK_S", default=(), help="seconds after resolved, empty = the policy's"
    )
    circle_back_grace_s: float | None = setting(
        "AMENDS_FOLLOWUP_CIRCLE_BACK_GRACE_S", default=None, help="seconds from due to broken"
    )
    progress_s: float | None = setting(
        "AMENDS_FOLLOWUP_PROGRESS_S", default=None, help="seconds between two words to the customer"
    )
    quiet: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_QUIET",
        default=(),
        help="TENANT ZONE 21:00-08:00, comma-separated, TENANT * for all others: when nobody is disturbed",
    )
    languages: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_LANGUAGES",
        default=(),
        help="TENANT:LANGUAGE, comma-separated, TENANT * for all others: of customers whose own is not known",
    )
    templates: str = setting(
        "AMENDS_FOLLOWUP_TEMPLATES",
        default="",
        help="folder of TENANT/messages.LANGUAGE.yaml and letters.LANGUAGE.yaml: a tenant's own words",
    )
    champion_s: float = setting(
        "AMENDS_FOLLOWUP_CHAMPION_S",
        default=7_776_000.0,
        help="seconds from a confirmed closing in which an advocate who complains no more is a champion",
    )
    send_concurrency: int = setting(
        "AMENDS_FOLLOWUP_SEND_CONCURRENCY", default=16, help="messages under way per provider"
    )
    send_paces: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_SEND_PACES",
        default=("telegram:30/1", "whatsapp:80/1", "x:15/900"),
        help="PROVIDER:COUNT/SECONDS, comma-separated: what one account of a provider may send",
    )
    thread_secret: str = setting(
        "AMENDS_THREAD_SECRET", help="signs the reply address of mails; intake has the same", secret=True
    )
    public_base_url: str = setting(
        "AMENDS_PUBLIC_BASE_URL",
        default="",
        help="where intake is reached from outside; empty = circle-backs carry no link for the answer",
    )

    smtp: str = setting("AMENDS_FOLLOWUP_SMTP", default="127.0.0.1:25", help="host:port that takes our mail")
    smtp_username: str = setting("AMENDS_FOLLOWUP_SMTP_USERNAME", default="", help="empty = no login")
    smtp_password: str = setting(
        "AMENDS_FOLLOWUP_SMTP_PASSWORD", default="", help="of the relay", secret=True
    )
    smtp_start_tls: bool = setting("AMENDS_FOLLOWUP_SMTP_START_TLS", default=False, help="demand STARTTLS")
    mail_from: str = setting(
        "AMENDS_FOLLOWUP_MAIL_FROM", default="care@localhost", help="our address where the channel has none"
    )

    twilio_url: str = setting("AMENDS_FOLLOWUP_TWILIO_URL", default="https://api.twilio.com", help="base URL")
    twilio_account_sid: str = setting(
        "AMENDS_FOLLOWUP_TWILIO_ACCOUNT_SID", default="", help="account that sends"
    )
    twilio_auth_token: str = setting(
        "AMENDS_FOLLOWUP_TWILIO_AUTH_TOKEN", default="", help="its token", secret=True
    )
    twilio_status_callback: str = setting(
        "AMENDS_FOLLOWUP_TWILIO_STATUS_CALLBACK",
        default="",
        help="intake's public URL for receipts, with {tenant} in it",
    )
    twilio_from: str = setting(
        "AMENDS_FOLLOWUP_TWILIO_FROM", default="", help="our number where the channel has none"
    )

    meta_url: str = setting("AMENDS_FOLLOWUP_META_URL", default="https://graph.facebook.com", help="base URL")
    meta_version: str = setting(
        "AMENDS_FOLLOWUP_META_VERSION", default="v23.0", help="version of the Graph API"
    )
    meta_access_token: str = setting(
        "AMENDS_FOLLOWUP_META_ACCESS_TOKEN", default="", help="WhatsApp and Messenger", secret=True
    )
    whatsapp_template: str = setting(
        "AMENDS_FOLLOWUP_WHATSAPP_TEMPLATE",
        default="",
        help="NAME/LANGUAGE of the approved template, with {{1}} for the words, after 24 hours",
    )
    instagram_url: str = setting(
        "AMENDS_FOLLOWUP_INSTAGRAM_URL", default="https://graph.instagram.com", help="base URL"
    )
    instagram_tokens: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_INSTAGRAM_TOKENS", default=(), help="ACCOUNT:TOKEN, comma-separated", secret=True
    )
    telegram_url: str = setting(
        "AMENDS_FOLLOWUP_TELEGRAM_URL", default="https://api.telegram.org", help="base URL"
    )
    telegram_tokens: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_TELEGRAM_TOKENS", default=(), help="of each bot, comma-separated", secret=True
    )
    chat_url: str = setting(
        "AMENDS_FOLLOWUP_CHAT_URL", default="http://intake:8080", help="intake, where web chats are read"
    )
    line_url: str = setting("AMENDS_FOLLOWUP_LINE_URL", default="https://api.line.me", help="base URL")
    line_tokens: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_LINE_TOKENS", default=(), help="ACCOUNT:TOKEN, comma-separated", secret=True
    )
    viber_url: str = setting(
        "AMENDS_FOLLOWUP_VIBER_URL", default="https://chatapi.viber.com", help="base URL"
    )
    viber_tokens: tuple[str, ...] = setting(
        "AMENDS_FOLLOWUP_VIBER_TOKENS", default=(), help="ACCOUNT:TOKEN, comma-separated", secret=True
    )
    x_url: str = setting("AMENDS_FOLLOWUP_X_URL", default="https://api.x.com", help="base URL")
    x_consumer_key: str = setting(
        "AMENDS_FOLLOWUP_X_CONSUMER_KEY", default="", help="of the app", secret=True
    )
    x_consumer_secret: str = setting(
        "AMENDS_FOLLOWUP_X_CONSUMER_SECRET", default="", help="of the app", secret=True
    )
    x_access_token: str = setting(
        "AMENDS_FOLLOWUP_X_ACCESS_TOKEN", default="", help="of the account: USER_ID-...", secret=True
    )
    x_access_secret: str = setting(
        "AMENDS_FOLLOWUP_X_ACCESS_SECRET", default="", help="of the account", secret=True
    )

    @property
    def signing_secret(self) -> str:
        """The first of the comma-separated secrets signs; intake believes the others too, while they are
        exchanged.
        """
        return self.thread_secret.split(",")[0].strip()
