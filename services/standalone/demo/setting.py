"""The stage: channel accounts, employees and keys of the demonstration's tenant on a running platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from services.chassis.security import AccessRole
from services.standalone.demo.clients import Clients, Secrets
from services.standalone.demo.desk import Targets
from services.standalone.demo.scenario import Accounts, Scenario
from services.standalone.layout import SERVICES
from services.standalone.plan import MAIL_FROM, PROVIDER_SECRETS
from services.standalone.tenants import KeyRing, apply_accounts, register_employees, role_of

TWILIO_TOKEN = PROVIDER_SECRETS["AMENDS_PROVIDER_TWILIO_AUTH_TOKEN"]
META_SECRET = PROVIDER_SECRETS["AMENDS_PROVIDER_META_APP_SECRET"]


@dataclass(frozen=True, slots=True)
class Keys:
    """API keys: of the supervisor, of the shop that posts complaints, of each employee by id."""

    supervisor: str
    shop: str
    employees: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a running platform and its recording provider are reached."""

    http: str
    smtp: str
    provider: str
    targets: Targets

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Doors:
        """By the platform's own variables, see Stack.env."""
        return cls(
            f"http://{env['AMENDS_INTAKE_HTTP_BIND']}",
            env["AMENDS_INTAKE_SMTP_BIND"],
            env["AMENDS_FOLLOWUP_TWILIO_URL"],
            Targets(*(env[f"AMENDS_{name.upper()}_GRPC_BIND"] for name in SERVICES)),
        )

    def clients(self, session: aiohttp.ClientSession, scenario: Scenario, keys: Keys) -> Clients:
        """All ways in for the scenario's customers."""
        secrets = Secrets(TWILIO_TOKEN, META_SECRET, keys.shop)
        return Clients(
            session, scenario.accounts, secrets, http=self.http, smtp=self.smtp, tenant=scenario.tenant
        )


async def set_the_stage(env: Mapping[str, str], scenario: Scenario, folder: Path) -> Keys:
    """Make everything the scenario needs; `env` as Stack.env with what a process inherits.

    Raises ToolFailed, ConfigError, grpc.aio.AioRpcError.
    """
    file = folder / "accounts.yaml"
    document = accounts_document(scenario.tenant, scenario.accounts, env[MAIL_FROM])
    text = yaml.safe_dump(document, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    await apply_accounts(env, file)
    async with KeyRing.open(env) as ring:
        supervisor = await ring.create(scenario.tenant, AccessRole.SUPERVISOR)
        await register_employees(env["AMENDS_RESOLUTION_GRPC_BIND"], supervisor, scenario.employees)
        return Keys(
            supervisor,
            await ring.create(scenario.tenant, AccessRole.INTEGRATION),
            {
                one.employee_id: await ring.create(scenario.tenant, role_of(one), one.employee_id)
                for one in scenario.employees
            },
        )


def accounts_document(tenant: str, accounts: Accounts, also: str = "") -> dict[str, object]:
    """What `python -m services.intake accounts apply` reads; the secrets are the recording provider's. `also`
    is a mailbox beside the tenant's own: answers to what the platform wrote in its own name arrive there."""
    token = {"kind": "auth_token", "secret": TWILIO_TOKEN}
    shared = {"kind": "shared_key", "key_id": accounts.shared_key_id, "secret": accounts.shared_key}
    app = {"kind": "app_secret", "secret": META_SECRET}
    rows: list[tuple[str, str, str, list[dict[str, str]]]] = [
        *(("mail", box, "email", []) for box in dict.fromkeys((accounts.mailbox, also)) if box),
        ("twilio", accounts.number, "phone", [token, shared]),
        ("twilio", accounts.sms_number, "sms", [token, shared]),
        ("whatsapp", accounts.whatsapp_id, "whatsapp", [app]),
        ("messenger", accounts.page_id, "messenger", [app]),
    ]
    return {
        "accounts": [
            {
                "tenant": tenant,
                "provider": provider,
                "account": account,
                "channel": channel,
                "secrets": secrets,
            }
            for provider, account, channel, secrets in rows
        ]
    }
