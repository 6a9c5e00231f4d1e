"""What a provider may have us fetch, over real https: its own hosts, once, without detours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from services.chassis.errors import Retryable
from services.intake.adapters.outbound import Outbound, is_allowed
from services.intake.domain.errors import BadSignature
from tests.unit.intake.amazon import CERTIFICATE, CONFIRM, HOST, PEM, Amazon, Here, amazon


@pytest_asyncio.fixture
async def sns(tmp_path: Path) -> AsyncIterator[Amazon]:
    async with amazon(tmp_path) as place:
        yield place


async def test_a_certificate_is_fetched_once(sns: Amazon) -> None:
    async with Outbound.open(sns.connector) as outbound:
        assert [await outbound.certificate(CERTIFICATE) for _ in range(3)] == [PEM] * 3
    assert sns.asked == ["/SimpleNotificationService-0123456789abcdef.pem"]


async def test_a_confirmation_is_called_with_its_token(sns: Amazon) -> None:
    async with Outbound.open(sns.connector) as outbound:
        await outbound.visit(CONFIRM)
    (asked,) = sns.asked
    assert "Action=ConfirmSubscription" in asked
    assert "Token=2336412f37" in asked


@pytest.mark.parametrize(("status", "error"), [(503, Retryable), (429, Retryable), (404, BadSignature)])
async def test_what_amazon_cannot_answer_now_is_tried_again_and_what_is_not_there_is_refused(
    sns: Amazon, status: int, error: type[Exception]
) -> None:
    async with Outbound.open(sns.connector) as outbound:
        sns.status = status
        with pytest.raises(error):
            await outbound.certificate(CERTIFICATE)
        sns.status = 200
        assert await outbound.certificate(CERTIFICATE) == PEM


async def test_no_redirect_is_followed(sns: Amazon) -> None:
    async with Outbound.open(sns.connector) as outbound:
        sns.status = 302
        with pytest.raises(BadSignature):
            await outbound.visit(CONFIRM)
    assert len(sns.asked) == 1


async def test_nobody_at_home_is_tried_again() -> None:
    # Nothing listens on port 1.
    async with Outbound.open(aiohttp.TCPConnector(resolver=Here(1))) as outbound:
        with pytest.raises(Retryable):
            await outbound.visit(CONFIRM)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/x",
        f"https://{HOST}:444/x",
        f"https://{HOST}",
        f"https://user@{HOST}/x",
        f"https://{HOST}@elsewhere.example/x",
        f"https://{HOST}.elsewhere.example/x",
        f"https://{HOST}\\@elsewhere.example/x",
        "https://sns.eu/west.amazonaws.com/x",
        "https://s3.amazonaws.com/x",
        "https://169.254.169.254/latest/meta-data",
        f"https://{HOST}/x y",
        f" https://{HOST}/x",
        f"https://{HOST}/x\n",
        "",
    ],
)
async def test_other_addresses_are_never_called(sns: Amazon, url: str) -> None:
    assert not is_allowed(url)
    async with Outbound.open(sns.connector) as outbound:
        for call in (outbound.visit, outbound.certificate):
            with pytest.raises(BadSignature):
                await call(url)
    assert sns.asked == []
