"""The chat widget in a real browser: what a visitor types becomes a case, and the owner's answer appears."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from services.chassis.testing.waiting import wait_for
from services.standalone.demo.desk import Desk
from services.standalone.tenants import apply_accounts
from tests.browser.chromium import find_browser
from tests.support.platform import Platform

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="session"),
]

_SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "web" / "chat.html"
WAIT_MS = 60_000
# what the reply check asks of every answer
GOODS = (
    "I am sorry that we lost your suitcase. Thank you for telling us."
    " I am taking responsibility for this and will see it through."
)
SCRIPT = "<img src=x onerror=\"document.title='taken over'\"><script>document.title='taken over'</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(platform: Platform) -> Platform:
    """The tenant whose site has the chat."""
    return await platform.beside("shop")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page_url(shop: Platform) -> AsyncIterator[str]:
    """The sample page with the two addresses changed, on an origin that the chat's account lists."""
    intake = shop.stack.url("intake.http")

    async def page(_: web.Request) -> web.Response:
        html = _SAMPLE.read_text(encoding="utf-8").replace("https://intake.example", intake)
        return web.Response(text=html.replace("main/site", f"{shop.tenant}/widget"), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    account = {"tenant": shop.tenant, "provider": "webchat", "account": "widget", "channel": "webchat",
               "settings": {"origins": origin}}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts.yaml"
        file.write_text(yaml.safe_dump({"accounts": [account]}), encoding="utf-8")
        await apply_accounts(shop.env, file)
    yield origin
    await runner.cleanup()


async def opened(browser: Browser, url: str) -> Page:
    """The page in a browser profile of its own."""
    context = await browser.new_context()
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    await page.goto(url)
    return page


async def say(page: Page, text: str) -> None:
    """As somebody who uses the keyboard alone: the field is reached by Tab, Enter sends."""
    field = page.get_by_role("textbox", name="Your message")
    for _ in range(10):
        if await field.evaluate("one => one === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(field).to_be_focused()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("", timeout=WAIT_MS)
    await expect(field).to_be_focused()


async def case_of(desk: Desk, words: str) -> str:
    """The case that these words began."""

    async def found() -> str:
        for case in await desk.cases():
            if any(words in one.text for one in await desk.messages(case.case_id)):
                return case.case_id
        return ""

    return await wait_for(found, timeout=60, what="the words are a case")


async def answer(shop: Platform, case_id: str, text: str, key: str) -> None:
    """The owner of the case writes to the customer."""
    async with shop.desk() as supervisor:
        owner = (await supervisor.case(case_id)).owner.employee_id
    async with shop.desk(owner) as own:
        sent = await own.reply(case_id, text, key)
        assert sent.reply_id, sent.findings


async def test_a_complaint_is_answered_in_the_same_window_and_text_stays_text(
    shop: Platform, browser: Browser, page_url: str
) -> None:
    page = await opened(browser, page_url)
    log = page.get_by_role("log", name="Conversation")
    await expect(page.get_by_role("region", name="Chat with Harbour")).to_be_visible()
    await expect(log).to_have_attribute("aria-live", "polite")
    await say(page, f"My suitcase was lost on the flight. {SCRIPT}")
    await expect(log.get_by_text("You: My suitcase was lost")).to_have_count(1)
    async with shop.desk() as desk:
        case_id = await case_of(desk, "My suitcase was lost")
    await answer(shop, case_id, f"{GOODS} It is on its way. {SCRIPT}", "first")
    shown = log.get_by_text("It is on its way.")
    await expect(shown).to_have_count(1, timeout=WAIT_MS)
    assert SCRIPT in (await shown.inner_text())
    assert await page.title() == "Talk to us"
    assert await log.locator("img, script").count() == 0

    shop.kill("intake")  # and the supervisor brings it back, on the same port
    await answer(shop, case_id, f"{GOODS} By now it has landed.", "second")
    await expect(log.get_by_text("it has landed")).to_have_count(1, timeout=WAIT_MS)
    await expect(log.get_by_text("It is on its way.")).to_have_count(1)

    await page.reload()
    await say(page, "Thank you, it is here.")
    await expect(log.get_by_text("it has landed")).to_have_count(0)  # was shown, and is not told twice
    await page.context.close()


async def test_what_cannot_be_sent_is_said_and_stays_in_the_field(
    shop: Platform, browser: Browser, page_url: str
) -> None:
    page = await opened(browser, page_url)
    await page.route("**/messages", lambda route: route.abort())
    field = page.get_by_role("textbox", name="Your message")
    await field.fill("The cabin was cold for eight hours.")
    await page.get_by_role("button", name="Send").click()
    status = page.get_by_role("status")
    await expect(status).to_have_text("That was not sent. Please try again.", timeout=WAIT_MS)
    await expect(field).to_have_value("The cabin was cold for eight hours.")
    await page.unroute("**/messages")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("log").get_by_text("The cabin was cold")).to_have_count(1)
    await expect(status).to_have_text("")
    await page.context.close()
