"""A platform of its own processes, a page with the chat on an origin of its own, and a real browser."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
import yaml
from aiohttp import web
from playwright.async_api import Browser, async_playwright

from services.standalone.tenants import apply_accounts
from tests.browser.chromium import find_browser
from tests.support.platform import TENANT, Platform
from tests.support.platform import platform as running

_SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "web" / "chat.html"


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """Kafka, PostgreSQL and every service, in a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix="amends-browser-") as home:
        async with running(Path(home)) as started:
            yield started


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    found = await find_browser()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=found.path,
            env={**os.environ, **found.env},
            # containers have no user namespaces and little shared memory; only pages of ours are opened
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def page_url(platform: Platform) -> AsyncIterator[str]:
    """The sample page with the two addresses changed, on an origin that the chat's account lists."""
    intake = platform.stack.url("intake.http")

    async def page(_: web.Request) -> web.Response:
        html = _SAMPLE.read_text(encoding="utf-8").replace("https://intake.example", intake)
        return web.Response(text=html.replace("main/site", "main/widget"), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    account = {"tenant": TENANT, "provider": "webchat", "account": "widget", "channel": "webchat",
               "settings": {"origins": origin}}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.yaml"
        file.write_text(yaml.safe_dump({"accounts": [account]}), encoding="utf-8")
        await apply_accounts(platform.env, file)
    yield origin
    await runner.cleanup()
