"""The oracle of the fault tests: what the clients' ledger says, read again from PostgreSQL and the topics.

I1 every accepted complaint is exactly one case with exactly one owner; I2 nothing accepted is lost, nothing
else is there; I4 every journal row is on its topic, in order per key; I5 `recount` is equal; the dead letters
are exactly the poison; I8 all of it comes about by itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
from amends.intake.v1 import events_pb2 as intake

from services.chassis import topics
from services.chassis.envelope import Record, header
from services.chassis.parking import GROUP, OFFSET, PARTITION, TOPIC, dlq_topic
from services.chassis.testing.waiting import wait_for
from services.standalone.tenants import call_tool
from tests.support.platform import TENANT, Platform
from tests.support.topicreader import read

EVENTS = {
    "intake": "amends.intake.events.v1",
    "resolution": "amends.resolution.events.v1",
    "followup": "amends.followup.events.v1",
}
_COMPLAINT = "amends.intake.v1.ComplaintReceived"
_REFERENCE = re.compile(r"ref-[a-z0-9]+-\d+-")
_SETTLE_S = 120.0
_AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, TimeoutError)

_JOURNAL = """
    select event_id::text, key, type, payload from journal
    where topic = $1 and tenant_id = $2 and headers is null order by position"""
_BEHIND = """
    select (select coalesce(max(position), 0) from journal)
           - coalesce((select position from relay_cursor where source = $1), 0)"""
_CASES = "select case_id::text, owner_id, status from case_state where tenant_id = $1"
_LOAD = "select coalesce(sum(open_cases), 0)::bigint from employee_load where tenant_id = $1"
_PROMISES = "select case_id, count(*) from promise where tenant_id = $1 and state = 'pending' group by 1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a journal."""

    event_id: str
    key: str
    type: str
    payload: bytes


@dataclass(slots=True)
class Checker:
    """Checks one platform; what was sent before counts too, since nothing of it may change afterwards."""

    platform: Platform

    async def check(self) -> None:
        """Wait until all has settled, then compare everything. Raises AssertionError."""
        await self.platform.all_ready()
        await wait_for(
            self._settled, _SETTLE_S, what="every accepted complaint to be a case that is followed up"
        )
        journals = {service: await self._journal(service) for service in EVENTS}
        self._one_case_each(journals)
        await self._one_owner_each(journals)
        await self._topics_hold_the_journals(journals)
        await self._dead_letters_are_the_poison()
        await self.recount_is_equal()

    # ----------------------------------------------------------------------------------- databases
    async def _settled(self) -> bool:
        """Nothing left to publish, and as many cases, followed up, as complaints were accepted."""
        accepted = len(self.platform.ledger.accepted)
        try:
            behind = [await self._value(service, _BEHIND, service) for service in EVENTS]
            cases = await self._rows("resolution", _CASES, TENANT)
            followed = await self._rows("followup", _PROMISES, TENANT)
        except _AWAY:
            return False
        return not any(behind) and len(cases) >= accepted and len(followed) >= accepted

    def _one_case_each(self, journals: Mapping[str, Sequence[Entry]]) -> None:
        ledger = self.platform.ledger
        cases: dict[str, set[str]] = defaultdict(set)
        for entry in journals["intake"]:
            if entry.type == _COMPLAINT:
                complaint = intake.ComplaintReceived.FromString(entry.payload)
                cases[_reference(complaint.message.text)].add(complaint.case_id)
        complaints = Counter(entry.type for entry in journals["intake"])[_COMPLAINT]
        assert cases.keys() == ledger.accepted, _difference(cases.keys(), ledger.accepted)
        assert complaints == len(ledger.accepted), "one ComplaintReceived for each accepted complaint"
        for reference, sent in ledger.sent.items():
            assert sent.case_ids <= cases[reference], f"{reference}: answered {sent.case_ids}"

    async def _one_owner_each(self, journals: Mapping[str, Sequence[Entry]]) -> None:
        complained = {entry.key for entry in journals["intake"] if entry.type == _COMPLAINT}
        rows = await self._rows("resolution", _CASES, TENANT)
        assert {row[0] for row in rows} == complained
        assert all(row[1] for row in rows), "a case without an owner"
        said = Counter((entry.key, entry.type.rpartition(".")[2]) for entry in journals["resolution"])
        for case_id in complained:
            assert said[case_id, "CaseOpened"] == 1, case_id
            assert said[case_id, "OwnerAssigned"] == 1, case_id
        not_closed = sum(1 for row in rows if row[2] != "closed")
        assert await self._value("resolution", _LOAD, TENANT) == not_closed, "owners' loads add up"
        promised = dict(await self._rows("followup", _PROMISES, TENANT))
        assert promised == dict.fromkeys(complained, 1), "every open case has exactly one next promise"

    async def _journal(self, service: str) -> list[Entry]:
        return [Entry(*row) for row in await self._rows(service, _JOURNAL, EVENTS[service], TENANT)]

    async def _rows(self, service: str, query: str, *args: object) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(self.platform.stack.databases[service].system)
        try:
            return [tuple(row) for row in await connection.fetch(query, *args)]
        finally:
            await connection.close()

    async def _value(self, service: str, query: str, *args: object) -> int:
        return int((await self._rows(service, query, *args))[0][0])  # type: ignore[call-overload]

    # -------------------------------------------------------------------------------------- topics
    async def _topics_hold_the_journals(self, journals: Mapping[str, Sequence[Entry]]) -> None:
        for service, entries in journals.items():
            records = await asyncio.to_thread(read, self.platform.stack.servers.bootstrap, [EVENTS[service]])
            ours = {entry.event_id for entry in entries}
            published: dict[str, list[str]] = defaultdict(list)
            seen: set[str] = set()
            for record in records:
                event_id = (header(record.headers, "ce_id") or b"").decode()
                if event_id in ours and event_id not in seen:  # a relay may say a thing twice, by the same id
                    seen.add(event_id)
                    published[(record.key or b"").decode()].append(event_id)
            assert seen == ours, f"{service}: {len(ours - seen)} events never reached the topic"
            written: dict[str, list[str]] = defaultdict(list)
            for entry in entries:
                written[entry.key].append(entry.event_id)
            assert published == written, f"{service}: events of a key are not in the order of the journal"

    async def _dead_letters_are_the_poison(self) -> None:
        async def parked() -> bool:
            return await self._dead_letters() >= self.platform.poison

        with suppress(AssertionError):  # the comparison says better what is missing
            await wait_for(parked, _SETTLE_S)
        found = await self._dead_letters()
        assert found == self.platform.poison, _difference(found, self.platform.poison)

    async def _dead_letters(self) -> set[tuple[str, str, int, int]]:
        names = [dlq_topic(topic.name, group) for topic in topics.load() for group in topic.consumers]
        return {
            place(record)
            for record in await asyncio.to_thread(read, self.platform.stack.servers.bootstrap, names)
        }

    # ------------------------------------------------------------------------------------- figures
    async def recount_is_equal(self) -> None:
        """Every figure of metrics is the same when counted again from the journals. Raises AssertionError."""
        env = {**os.environ, **self.platform.stack.env, "AMENDS_TOKEN": self.platform.token}
        arguments = ("-m", "services.metrics", "recount", "--tenant", TENANT, "--json")
        status, output, complaint = await call_tool(env, *arguments)
        assert status == 0, complaint or _unequal(output)


def place(record: Record) -> tuple[str, str, int, int]:
    """Whose dead letter it is: topic, group, and where the record lay."""

    def word(name: str) -> str:
        return (header(record.headers, name) or b"").decode()

    return word(TOPIC), word(GROUP), int(word(PARTITION)), int(word(OFFSET))


def _reference(text: str) -> str:
    found = _REFERENCE.search(text)
    return found[0] if found else text


def _unequal(output: str) -> str:
    told = json.loads(output)
    return str([line for line in told["lines"] if line["recounted"] != line["streamed"]])


def _difference(found: object, wanted: object) -> str:
    ours, theirs = set(found), set(wanted)  # type: ignore[call-overload]
    more, less = sorted(ours - theirs), sorted(theirs - ours)
    return f"{len(more)} too many: {more[:5]}; {len(less)} missing: {less[:5]}"
