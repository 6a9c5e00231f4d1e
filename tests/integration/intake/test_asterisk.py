"""A PBX that connects by ARI, over a real WebSocket to a committed case; and what is refused at the door."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, cast

import asyncpg
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from services.chassis import meters
from services.chassis.clock import SystemClock
from services.chassis.testing.waiting import wait_for
from services.intake.adapters.accounts import ChannelAccount, Secret
from services.intake.adapters.ari import MESSAGE_LIMIT
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import OTHER, TENANT, Intake
from tests.unit.intake import phones

pytestmark = pytest.mark.integration

PBX = ChannelAccount(
    TENANT,
    "asterisk",
    "pbx",
    Channel.PHONE,
    {"region": "GB", "endpoint:PJSIP/1001": "ruth"},
    (Secret("basic", "pbx:right"),),
)
CALL = "1763805480.17"


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = phones.sample(f"asterisk-{name}.json")
    return found


@asynccontextmanager
async def pbx(
    intake: Intake,
    credentials: str = "pbx:right",
    protocol: str = "ari",
    path: str = f"/v1/hooks/{TENANT}/asterisk",
) -> AsyncIterator[ClientConnection]:
    """A connection as Asterisk opens it."""
    coded = base64.b64encode(credentials.encode()).decode()
    async with connect(
        intake.http_url.replace("http", "ws") + path,
        subprotocols=[Subprotocol(protocol)],
        additional_headers={"authorization": f"Basic {coded}"},
        max_size=None,
        proxy=None,
    ) as line:
        yield line


async def tell(line: ClientConnection, *events: Mapping[str, Any] | str) -> None:
    for event in events:
        await line.send(event if isinstance(event, str) else json.dumps(event))


async def asked(line: ClientConnection) -> dict[str, Any]:
    """The next request that comes over the WebSocket."""
    found: dict[str, Any] = json.loads(await line.recv())
    assert found["type"] == "RESTRequest"
    return found


async def taken(intake: Intake, what: str, count: int = 1) -> list[Any]:
    """The facts of a type once there are so many."""

    async def told() -> bool:
        return len(await intake.said(what)) >= count

    _: bool = await wait_for(told, what=what)
    return await intake.said(what)


@asynccontextmanager
async def no_database(intake: Intake, postgres_url: str) -> AsyncIterator[None]:
    """Nobody but a superuser connects to the database of intake within the block."""
    (row,) = await intake.fetch("select current_database() as name")
    admin = await asyncpg.connect(postgres_url)
    try:
        await admin.execute(f'alter database "{row["name"]}" with connection limit 0')
        kill = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1"
        await admin.execute(kill, row["name"])
        yield
    finally:
        await admin.execute(f'alter database "{row["name"]}" with connection limit -1')
        await admin.close()


async def refused(intake: Intake, **how: str) -> int:
    with pytest.raises(InvalidStatus) as answer:
        async with pbx(intake, **how):
            pass
    return answer.value.response.status_code


async def test_a_pbx_tells_of_a_call_and_every_part_of_it_is_committed_once(
    intake: Intake, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The call goes on while the database is away, and what was told meanwhile waits for it."""
    await register_account(intake.database, PBX, SystemClock().now())
    start, employee, customer, end = map(
        sample, ("stasis-start", "entered-employee", "entered-customer", "destroyed")
    )
    async with pbx(intake) as line:
        assert line.subprotocol == "ari"
        assert [(await asked(line))["uri"] for _ in range(2)] == ["channels", "bridges"]
        async with no_database(intake, postgres_url):
            await tell(line, start)
            back = await asked(line)
            assert (back["method"], back["uri"]) == ("POST", f"channels/{CALL}/continue")
            await wait_for(lambda: "a switchboard has to wait" in capsys.readouterr().out)
        noise = {"type": "ChannelVarset", "channel": start["channel"], "variable": "X"}
        await tell(
            line,
            start,
            "{",
            noise,
            {"type": "ChannelSwallowed"},
            employee,
            customer,
            customer,
            sample("speech"),
            end,
            end,
        )
        (ended,) = await taken(intake, "InteractionEnded")
    (speech,) = await intake.said("TranscriptSegmentReceived")
    assert (speech.speaker, speech.text) == (speech.SPEAKER_CUSTOMER, "You charged me twice.")
    (complaint,) = await intake.said("ComplaintReceived")
    assert complaint.live
    assert complaint.message.occurred_at.ToJsonString() == "2026-11-22T09:58:00.250Z"
    assert complaint.point_of_contact_id == "desk-7"
    (joined,) = await intake.said("InteractionJoined")
    assert (joined.employee_id, joined.interaction_id) == ("ruth", complaint.interaction_id)
    assert (ended.case_id, ended.outcome) == (complaint.case_id, "normal clearing")
    kept = await intake.fetch("select outcome from inbox")
    assert sorted(row["outcome"] for row in kept) == ["case_begun", *["recorded"] * 3, "unrecognised"]
    (malformed,) = await intake.said("IntakeRejected")
    assert malformed.code == "malformed_json"


async def test_how_many_pbxs_are_connected_is_counted_and_a_removed_account_is_heard_no_more(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    monkeypatch.setattr("services.chassis.meters.metrics.get_meter", provider.get_meter)
    monkeypatch.setattr("services.intake.adapters.accounts.TTL", timedelta(0))
    meters._counting.cache_clear()
    await register_account(intake.database, PBX, SystemClock().now())

    def connected() -> int:
        found = json.loads(cast("Any", reader.get_metrics_data()).to_json())
        (scope,) = found["resource_metrics"][0]["scope_metrics"]
        named = {one["name"]: one["data"]["data_points"] for one in scope["metrics"]}
        return int(named["amends.switchboards.connected"][0]["value"])

    async with pbx(intake) as one, pbx(intake) as two:
        assert connected() == 2
        await one.close()
        await wait_for(lambda: connected() == 1)
        await intake.fetch("delete from channel_secret where provider = 'asterisk'")
        await tell(two, {"type": "ChannelVarset"})
        await two.wait_closed()
        assert two.close_code == 1008
    await wait_for(lambda: connected() == 0)
    meters._counting.cache_clear()
    provider.shutdown()


async def test_a_stranger_is_sent_away_and_a_lost_connection_is_made_up_for(intake: Intake) -> None:
    assert await refused(intake) == 404
    await register_account(intake.database, PBX, SystemClock().now())
    assert await refused(intake, credentials="pbx:wrong") == 401
    assert await refused(intake, protocol="chat") == 400
    assert await refused(intake, path=f"/v1/hooks/{OTHER}/asterisk") == 404
    assert await refused(intake, path=f"/v1/hooks/{TENANT}/genesys") == 404
    other = sample("stasis-start")
    other["channel"] |= {"id": "1763805000.1", "channelvars": {}}
    async with pbx(intake) as line:
        await tell(line, sample("stasis-start"), other)
        await taken(intake, "InteractionStarted", 2)
        with suppress(ConnectionClosed):
            await tell(line, "x" * (MESSAGE_LIMIT + 1))
        await line.wait_closed()
        assert line.close_code == 1009
    async with pbx(intake) as line:
        await tell(line, {"type": "ApplicationRegistered", "application": "amends"}, sample("channels"))
        continued = {(await asked(line))["uri"] for _ in range(3)}
        assert "channels/1763805600.21/continue" in continued
        (gone,) = await taken(intake, "InteractionEnded")
        assert gone.outcome == "unheard"
        assert not gone.HasField("occurred_at")
        await tell(line, sample("bridges"), sample("destroyed"))
        (_, ended) = await taken(intake, "InteractionEnded", 2)
        assert ended.outcome == "normal clearing"
        intake.stop()
        await line.wait_closed()
        assert line.close_code == 1012
    assert len(await intake.said("InteractionJoined")) == 1
    codes = {one.code for one in await intake.said("IntakeRejected")}
    assert codes == {"bad_signature", "wrong_protocol", "message_too_large"}
