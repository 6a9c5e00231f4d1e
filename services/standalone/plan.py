"""Which processes make the platform on one machine, where each listens and what environment each gets.

Nothing here starts anything: `plan` is data, so that what runs here can be compared with docker-compose.yml
and Kubernetes, and a test can read it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.chassis.provision import Dsns
from services.standalone.layout import SERVICES
from services.standalone.ports import LOCALHOST, kept_ports
from services.standalone.supervisor import Child

PROVIDER = "provider"

# One port each, in the order of the kept file; a new one is added at the end.
LISTENERS = (
    "intake.http",
    "intake.smtp",
    "intake.lmtp",
    *(f"{service}.{what}" for service in SERVICES for what in ("grpc", "admin")),
    "provider.http",
    "provider.smtp",
)
START_TIMEOUT_S = 90.0
# What a service is given to finish its work in, and the supervisor's own patience a little above it.
GRACE_S = 10.0
STOP_TIMEOUT_S = GRACE_S + 5.0
# Made-up secrets of a made-up provider: with it running, nothing leaves the machine.
PROVIDER_TWILIO_SID = "AC" + "0" * 31 + "1"
# The accounts of samples/accounts.yaml.
PROVIDER_INSTAGRAM = "141421356237309"
PROVIDER_TELEGRAM = "161803398"
PROVIDER_LINE = "U206d25c2ea6bd87c17655609a1c37cb8"
PROVIDER_VIBER = "harbour"
PROVIDER_X = "173205080756887"
PROVIDER_SECRETS = {
    "AMENDS_PROVIDER_TWILIO_AUTH_TOKEN": "recorded-twilio-auth-token",
    "AMENDS_PROVIDER_META_APP_SECRET": "recorded-meta-app-secret",
    "AMENDS_PROVIDER_META_ACCESS_TOKEN": "recorded-meta-access-token",
    "AMENDS_PROVIDER_CHAT_TOKEN": "recorded-chat-token",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Every listener's port on 127.0.0.1 by its name in LISTENERS."""

    by_name: Mapping[str, int]

    @classmethod
    def kept(cls, file: Path) -> Ports:
        """The ports of the last start while they are free, else new ones, kept in `file`."""
        return cls(dict(zip(LISTENERS, kept_ports(file, len(LISTENERS)), strict=True)))

    def address(self, name: str) -> str:
        """`host:port` of one listener."""
        return f"{LOCALHOST}:{self.by_name[name]}"

    def url(self, name: str) -> str:
        """The same as an HTTP URL."""
        return f"http://{self.address(name)}"


# The mailbox whose name stands on mails to customers who came by another way.
MAIL_FROM = "AMENDS_FOLLOWUP_MAIL_FROM"


@dataclass(frozen=True, slots=True)
class Plan:
    """All there is to know before anything runs.

    `settings` is further environment for the services (it wins over what is planned); `base` what every
    process inherits. With `provider` the recording provider runs too: all outgoing channels lead to it, and
    it posts its receipts to the hooks of `tenant`.
    """

    ports: Ports
    kafka_bootstrap: str
    databases: Mapping[str, Dsns]
    thread_secret: str
    logs: Path
    base: Mapping[str, str]
    topic_prefix: str = ""
    provider: bool = True
    tenant: str = "main"
    settings: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = SERVICES

    def platform_env(self) -> dict[str, str]:
        """The platform's own variables, all services' together: what `run/stack.env` holds for the tools."""
        env = {
            "KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "AMENDS_TOPIC_PREFIX": self.topic_prefix,
            "AMENDS_GRACE_S": f"{GRACE_S:g}",
            "AMENDS_INTAKE_HTTP_BIND": self.ports.address("intake.http"),
            "AMENDS_INTAKE_SMTP_BIND": self.ports.address("intake.smtp"),
            "AMENDS_INTAKE_LMTP_BIND": self.ports.address("intake.lmtp"),
            "AMENDS_PUBLIC_BASE_URL": self.ports.url("intake.http"),
            "AMENDS_THREAD_SECRET": self.thread_secret,
            MAIL_FROM: self.base.get(MAIL_FROM) or "care@localhost",
        }
        for service, dsns in self.databases.items():
            env |= _dsn_variables(service, dsns)
        for service in self.services:
            env[f"AMENDS_{service.upper()}_GRPC_BIND"] = self.ports.address(f"{service}.grpc")
            env[f"AMENDS_{service.upper()}_ADMIN_PORT"] = str(self.ports.by_name[f"{service}.admin"])
        return env | (self._provider_env() if self.provider else {}) | dict(self.settings)

    def env_of(self, service: str) -> dict[str, str]:
        """The whole environment of one service's process: without other services' databases."""
        foreign = tuple(
            f"AMENDS_{other.upper()}_{kind}_DSN"
            for other in SERVICES
            for kind in ("APP", "SYSTEM", "OWNER")
            if other != service or kind == "OWNER"
        )
        env = {**self.base, **self.platform_env()}
        return {name: value for name, value in env.items() if name not in foreign}

    def children(self) -> list[Child]:
        """The services as supervised processes, in the order in which they are to be stopped."""
        return [self._child(service) for service in self.services]

    def provider_child(self) -> Child:
        """The recording provider as a supervised process."""
        argv = [
            sys.executable, "-m", "services.standalone.provider",
            "--port", str(self.ports.by_name["provider.http"]),
            "--smtp-port", str(self.ports.by_name["provider.smtp"]),
            "--whatsapp-hook", self.hook("whatsapp"),
            "--messenger-hook", self.hook("messenger"),
        ]  # fmt: skip
        return Child(
            PROVIDER, argv, self.logs, env={**self.base, **PROVIDER_SECRETS},
            ready_check=f"{self.ports.url('provider.http')}/recorded", ready_timeout_s=START_TIMEOUT_S,
        )  # fmt: skip

    def _child(self, service: str) -> Child:
        return Child(
            name=service,
            argv=[sys.executable, "-m", f"services.{service}", "run"],
            logs=self.logs,
            env=self.env_of(service),
            ready_check=f"{self.ports.url(f'{service}.admin')}/readyz",
            ready_timeout_s=START_TIMEOUT_S,
            stop_timeout_s=STOP_TIMEOUT_S,
        )

    def hook(self, path: str) -> str:
        """The URL of one of the tenant's webhooks at intake."""
        return f"{self.ports.url('intake.http')}/v1/hooks/{self.tenant}/{path}"

    def _provider_env(self) -> dict[str, str]:
        """Outgoing channels lead to the recording provider."""
        http = self.ports.url("provider.http")
        meta_token = PROVIDER_SECRETS["AMENDS_PROVIDER_META_ACCESS_TOKEN"]
        chat_token = PROVIDER_SECRETS["AMENDS_PROVIDER_CHAT_TOKEN"]
        return {
            "AMENDS_FOLLOWUP_SMTP": self.ports.address("provider.smtp"),
            "AMENDS_FOLLOWUP_TWILIO_URL": http,
            "AMENDS_FOLLOWUP_TWILIO_ACCOUNT_SID": PROVIDER_TWILIO_SID,
            "AMENDS_FOLLOWUP_TWILIO_AUTH_TOKEN": PROVIDER_SECRETS["AMENDS_PROVIDER_TWILIO_AUTH_TOKEN"],
            "AMENDS_FOLLOWUP_TWILIO_STATUS_CALLBACK": self.hook("twilio/sms/status"),
            "AMENDS_FOLLOWUP_META_URL": http,
            "AMENDS_FOLLOWUP_META_ACCESS_TOKEN": meta_token,
            "AMENDS_FOLLOWUP_INSTAGRAM_URL": http,
            "AMENDS_FOLLOWUP_INSTAGRAM_TOKENS": f"{PROVIDER_INSTAGRAM}:{meta_token}",
            "AMENDS_FOLLOWUP_CHAT_URL": self.ports.url("intake.http"),
            "AMENDS_FOLLOWUP_TELEGRAM_URL": http,
            "AMENDS_FOLLOWUP_TELEGRAM_TOKENS": f"{PROVIDER_TELEGRAM}:{chat_token}",
            "AMENDS_FOLLOWUP_LINE_URL": http,
            "AMENDS_FOLLOWUP_LINE_TOKENS": f"{PROVIDER_LINE}:{chat_token}",
            "AMENDS_FOLLOWUP_VIBER_URL": http,
            "AMENDS_FOLLOWUP_VIBER_TOKENS": f"{PROVIDER_VIBER}:{chat_token}",
            "AMENDS_FOLLOWUP_X_URL": http,
            "AMENDS_FOLLOWUP_X_CONSUMER_KEY": "recorded",
            "AMENDS_FOLLOWUP_X_CONSUMER_SECRET": chat_token,
            "AMENDS_FOLLOWUP_X_ACCESS_TOKEN": f"{PROVIDER_X}-{chat_token}",
            "AMENDS_FOLLOWUP_X_ACCESS_SECRET": chat_token,
        }


def _dsn_variables(service: str, dsns: Dsns) -> dict[str, str]:
    prefix = f"AMENDS_{service.upper()}"
    return {
        f"{prefix}_APP_DSN": dsns.app,
        f"{prefix}_SYSTEM_DSN": dsns.system,
        f"{prefix}_OWNER_DSN": dsns.owner,
    }
