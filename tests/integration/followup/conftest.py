"""What every test of follow-up runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio

from services.chassis.testing.fixtures import DsnsFor
from services.followup.config import Settings
from services.standalone.provider import Provider, ProviderSettings, provider
from services.standalone.provider.receipts import Hooks
from tests.integration.followup.world import World, world

SECRET = "a thread secret"
TOKEN = "twilio-token"
Run = Callable[..., AbstractAsyncContextManager[World]]


@pytest_asyncio.fixture
async def listening() -> AsyncIterator[Provider]:
    """The recording provider; it posts no receipts of its own, the tests say them as intake would."""
    async with provider(ProviderSettings(hooks=Hooks(twilio_auth_token=TOKEN))) as running:
        yield running


@pytest_asyncio.fixture
async def run(dsns_for: DsnsFor, kafka_bootstrap: str, topic_prefix: str, listening: Provider) -> Run:
    """`async with run(circle_back_s=(1.0,)) as world`: follow-up with these settings."""
    dsns = await dsns_for("followup")

    def start(*, without: tuple[str, ...] = (), **changed: object) -> AbstractAsyncContextManager[World]:
        settings = Settings(
            kafka_bootstrap=kafka_bootstrap,
            topic_prefix=topic_prefix,
            app_dsn=dsns.app,
            telegram_url=listening.url,
            telegram_tokens=("1618:recorded",),
            line_url=listening.url,
            line_tokens=("U1:recorded",),
            viber_url=listening.url,
            viber_tokens=("care:recorded",),
            x_url=listening.url,
            x_access_token="7-recorded",
            instagram_url=listening.url,
            instagram_tokens=("ig-1:recorded",),
            system_dsn=dsns.system,
            thread_secret=SECRET,
            smtp=f"{listening.smtp_host}:{listening.smtp_port}",
            twilio_url=listening.url,
            twilio_account_sid="AC1",
            twilio_auth_token=TOKEN,
            meta_url=listening.url,
            meta_access_token="recorded",
            **changed,  # type: ignore[arg-type]
        )
        return world(settings, listening, dsns, without=without)

    return start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here talks to real servers."""
    for item in items:
        if "tests/integration/followup" in str(item.path):
            item.add_marker(pytest.mark.integration)
