"""A grant reaches the customer by another system: told by a signed webhook, at least once, and heard of
again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from amends.common.v1 import common_pb2
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb

from services.chassis.service import Role
from services.chassis.testing.waiting import wait_for
from tests.integration.resolution.conftest import Run
from tests.integration.resolution.tenant_terms import folder
from tests.integration.resolution.world import Story, World, refused

SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class Partner:
    """The system that fulfils: a real HTTP server that answers as it is told, 200 when it is told nothing."""

    answers: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def hear(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append((headers, await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def has_heard(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        async def enough() -> list[tuple[dict[str, str], bytes]]:
            return self.heard if len(self.heard) >= count else []

        return await wait_for(enough, what=f"{count} webhooks")


@pytest_asyncio.fixture
async def partner() -> AsyncIterator[Partner]:
    found = Partner()
    application = web.Application()
    application.router.add_post("/orders", found.hear)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/orders"
    yield found
    await runner.cleanup()


def endpoints(where: Path, url: str) -> str:
    file = where / "fulfilment.yaml"
    secret = "whsec_" + base64.b64encode(SECRET).decode()
    file.write_text(yaml.safe_dump({"tenants": {"air": {"url": url, "secrets": [secret]}}}))
    return str(file)


@asynccontextmanager
async def airline(run: Run, tmp_path: Path, url: str, fulfil_within_s: float = 600) -> AsyncIterator[World]:
    """Lounge passes are handed over by another system, and there are three of them."""
    data = folder(
        tmp_path / "data",
        limits={"fulfil_within_s": fulfil_within_s},
        remedies={"lounge-access": {"fulfilled_outside": True, "stock": 3}},
    )
    settings = {"data": data, "fulfilment": endpoints(tmp_path, url), "fulfilment_retry_s": 0.02}
    async with run(Role.RUN, **settings) as air:
        await air.hire("ana", languages=["en"])
        yield air


async def grant(air: World, case_id: str, key: str = "k", quantity: int = 1) -> pb.Grant:
    ana = await air.desk("ana")
    answer: pb.Grant = await ana.GrantRemedy(
        pb.GrantRemedyRequest(
            case_id=case_id, remedy_id="lounge-access", idempotency_key=key, quantity=quantity
        )
    )
    return answer


async def confirm(air: World, given: pb.Grant, by: str = "integration", **more: object) -> pb.Grant:
    fields: dict[str, object] = {"fulfilled": True, "reference": "pass-7", **more}
    desk = await air.desk("ana" if by == "agent" else "miles", by)
    answer: pb.Grant = await desk.ConfirmFulfilment(
        pb.ConfirmFulfilmentRequest(case_id=given.case_id, grant_id=given.grant_id, **fields)  # type: ignore
    )
    return answer


async def revoke(air: World, grant: pb.Grant) -> pb.Grant:
    ana = await air.desk("ana")
    answer: pb.Grant = await ana.RevokeRemedy(
        pb.RevokeRemedyRequest(case_id=grant.case_id, grant_id=grant.grant_id, reason="The flight went")
    )
    return answer


async def spent(air: World) -> tuple[int, int, int]:
    """Ana's day in passes, the customer's 90 days in passes, and the stock."""
    (row,) = await air.rows(
        "select (select spent from authority_spent where unit = 'passes') as day,"
        " (select sum(a)::bigint from customer_given, unnest(amounts) as a"
        " where unit = 'passes') as customer,"
        " (select taken from stock_taken) as stock"
    )
    return row["day"], row["customer"], row["stock"]


async def test_an_order_is_signed_sent_again_until_taken_and_confirmed(
    run: Run, tmp_path: Path, partner: Partner
) -> None:
    partner.answers = [503, 302, 400]
    async with airline(run, tmp_path, partner.url) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id, quantity=2)
        assert given.fulfilment == pb.FULFILMENT_ORDERED
        heard = await partner.has_heard(4)
        assert {headers["webhook-id"] for headers, _ in heard} == {given.grant_id}
        assert len({body for _, body in heard}) == 1
        for headers, body in heard:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            signature = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{signature}"
        document = json.loads(heard[0][1])
        assert (document["type"], document["data"]["quantity"]) == ("remedy.granted", 2)
        await wait_for(lambda: _no_orders(air), what="the order to be done")
        assert await air.said(story.case_id, out.RemedyFulfilled) == []  # heard is not done
        fulfilled = await confirm(air, given)
        assert (fulfilled.fulfilment, fulfilled.reference) == (pb.FULFILMENT_FULFILLED, "pass-7")
        await confirm(air, given)
        assert len(await air.said(story.case_id, out.RemedyFulfilled)) == 1
        assert await air.rows("select * from timer where kind = 'fulfilment_expiry'") == []
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await revoke(air, given)
        code, rule, allowed = refused(failure)
        assert (code, rule) == (grpc.StatusCode.FAILED_PRECONDITION, "already_fulfilled")
        assert allowed == {"reference": "pass-7"}


async def _no_orders(air: World) -> bool:
    return not await air.rows("select * from fulfilment_order")


async def test_silence_fails_at_its_time_and_a_late_confirmation_still_counts(
    run: Run, tmp_path: Path
) -> None:
    """Nobody listens at the endpoint."""
    async with airline(run, tmp_path, "http://127.0.0.1:9/orders", fulfil_within_s=0.5) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id)
        (failed,) = await air.hear(story.case_id, out.RemedyFulfilmentFailed)
        assert (failed.grant_id, failed.because) == (given.grant_id, "timed_out")
        assert await _no_orders(air)
        assert (await confirm(air, given)).fulfilment == pb.FULFILMENT_FULFILLED
        assert len(await air.said(story.case_id, out.RemedyFulfilled)) == 1


async def test_a_refusal_tells_the_owner_why(run: Run, tmp_path: Path, partner: Partner) -> None:
    async with airline(run, tmp_path, partner.url) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id)
        await confirm(air, given, fulfilled=False, reason="The lounge is full")
        (failed,) = await air.said(story.case_id, out.RemedyFulfilmentFailed)
        assert (failed.because, failed.reason) == ("refused", "The lounge is full")
        assert (await air.case(story.case_id)).grants[0].fulfilment == pb.FULFILMENT_FAILED


async def test_what_is_taken_back_is_called_back_and_everything_has_it_again(
    run: Run, tmp_path: Path, partner: Partner
) -> None:
    async with airline(run, tmp_path, partner.url) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id, quantity=2)
        assert await spent(air) == (2, 2, 2)
        await partner.has_heard(1)
        taken_back = await revoke(air, given)
        assert taken_back.revoked_because == "The flight went"
        assert await spent(air) == (0, 0, 0)
        await revoke(air, given)
        assert await spent(air) == (0, 0, 0)
        assert len(await air.said(story.case_id, out.RemedyRevoked)) == 1
        heard = await partner.has_heard(2)
        assert heard[1][0]["webhook-id"] == f"{given.grant_id}.revoked"
        assert json.loads(heard[1][1])["type"] == "remedy.revoked"
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await confirm(air, given)
        assert refused(failure)[1] == "remedy_revoked"
        await grant(air, story.case_id, "again", quantity=2)


async def test_only_the_system_that_fulfils_confirms(run: Run, tmp_path: Path, partner: Partner) -> None:
    async with airline(run, tmp_path, partner.url) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id)
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await confirm(air, given, by="agent")
        assert refused(failure)[:2] == (grpc.StatusCode.PERMISSION_DENIED, "scope_missing")


async def test_a_crashed_sender_leaves_its_order_to_the_next(
    run: Run, tmp_path: Path, partner: Partner
) -> None:
    """A lease that somebody took and never came back from, as a kill leaves it, set by hand as run out."""
    async with airline(run, tmp_path, partner.url) as air:
        story = await air.open(Story(point_of_contact="ana"))
        given = await grant(air, story.case_id)
        await partner.has_heard(1)
        await wait_for(lambda: _no_orders(air), what="the order to be done")
        await air.rows(
            "insert into fulfilment_order values ('air', $1, $2, '{}', 1, now(), now() + interval '1 day')",
            given.grant_id,
            story.case_id,
        )
        heard = await partner.has_heard(2)
        assert heard[1][0]["webhook-id"] == given.grant_id


async def test_totals_say_what_was_given_on_a_case_to_a_customer_and_on_a_day(air: World) -> None:
    customer = Story(point_of_contact="ana")
    other = Story(point_of_contact="ana", customer_id=customer.customer_id)
    ana = await air.desk("ana")
    for story in (await air.open(customer), await air.open(other)):
        for remedy in ("lounge-access", "refund-20"):
            request = pb.GrantRemedyRequest(
                case_id=story.case_id, remedy_id=remedy, idempotency_key=remedy + story.case_id
            )
            given = await ana.GrantRemedy(request)
    await revoke(air, given)
    for asked, cost, value, grants in (
        (pb.GetTotalsRequest(case_id=customer.case_id), 2_600, 6_500, 2),
        (pb.GetTotalsRequest(customer_id=customer.customer_id), 3_200, 11_000, 3),
        (
            pb.GetTotalsRequest(employee_day=pb.GetTotalsRequest.EmployeeDay(employee_id="ana")),
            3_200,
            11_000,
            3,
        ),
    ):
        totals = await ana.GetTotals(asked)
        assert list(totals.cost) == [common_pb2.Amount(unit="EUR", value=cost)]
        assert list(totals.value) == [common_pb2.Amount(unit="EUR", value=value)]
        assert totals.grants == grants
    assert (await ana.GetTotals(pb.GetTotalsRequest(customer_id=customer.customer_id))).revoked == 1
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await ana.GetTotals(pb.GetTotalsRequest())
    assert refused(failure)[1] == "totals_of_what"
