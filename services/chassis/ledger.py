"""The consumer's book: where its partitions are read on, and which keys are parked.

The same facts lie in PostgreSQL (consumer_offset, parked_record); this is the copy of the partitions held
now, changed only after a commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.chassis.db import PLATFORM_TENANT, Connection
from services.chassis.envelope import Event
from services.chassis.errors import AmendsError, Rejected
from services.chassis.ids import Ids
from services.chassis.journal import Row, append_rows
from services.chassis.parking import Replay, row_of, rule_of
from services.chassis.polling import Item, Place, Start

# New groups begin at the beginning. Sorted input, so that two members lock rows in one order.
_ADOPT = """
    insert into consumer_offset (group_name, topic, partition, next_offset)
    select $1, p.topic, p.partition, 0 from unnest($2::text[], $3::int[]) as p(topic, partition)
    on conflict do nothing"""
_POSITIONS = """
    select o.topic, o.partition, o.next_offset, o.last_sequence
    from consumer_offset o join unnest($2::text[], $3::int[]) as p(topic, partition)
         on o.topic = p.topic and o.partition = p.partition
    where o.group_name = $1"""
_PARKED = """
    select r.topic, r.partition, r."offset", r.key
    from parked_record r join unnest($2::text[], $3::int[]) as p(topic, partition)
         on r.topic = p.topic and r.partition = p.partition
    where r.group_name = $1
    order by r."offset" """
# Compare-and-set, with the position last sought or committed and never with the first record's offset:
# offsets have gaps where a topic is compacted or holds transaction markers. The relay is woken when all
# this commits.
_ADVANCE = """
    with moved as (
        update consumer_offset o
        set next_offset = n.next, last_sequence = n.sequence, updated_at = now()
        from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[])
             as n(topic, partition, expected, next, sequence)
        where o.group_name = $1 and o.topic = n.topic and o.partition = n.partition
          and o.next_offset = n.expected
        returning 1)
    select count(*), pg_notify('amends_journal', '') from moved"""
_PARK = """
    insert into parked_record (group_name, topic, partition, "offset", key, rule)
    select $1, p.* from unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::text[]) as p
    on conflict do nothing"""
_RELEASE = """
    delete from parked_record r
    using unnest($2::text[], $3::int[], $4::bigint[]) as p(topic, partition, "offset")
    where r.group_name = $1 and r.topic = p.topic and r.partition = p.partition
      and r."offset" = p."offset" """


class Fenced(AmendsError):
    """The stored position is not ours any more: somebody else read on, or our commit went through unheard.

    Read the stored positions and go on from there.
    """


class TooManyRejects(AmendsError):
    """So many records in a row could not be handled that the fault is rather here than in them.

    Nothing of the last batch was parked. Mend the handler or the writer, then start again.
    """


@dataclass(slots=True)
class Held:
    """A partition this member holds: what PostgreSQL said when it was assigned, kept up with each commit."""

    position: int
    sequence: str
    generation: int
    # original offsets waiting for replay, ascending, by record key
    parked: dict[bytes | None, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Move:
    """A partition's position before and after a batch."""

    expected: int
    next: int
    sequence: str


@dataclass(frozen=True, slots=True)
class Parking:
    """A record on its way to the dead letters; `offset` is the original's, `again` when it was there
    before.
    """

    item: Item
    reason: Exception
    offset: int
    again: bool


@dataclass(slots=True)
class Plan:
    """What one transaction is going to do with some items."""

    moves: dict[Place, Move] = field(default_factory=dict)
    handle: list[Item] = field(default_factory=list)
    park: list[Parking] = field(default_factory=list)
    release: list[tuple[Place, int]] = field(default_factory=list)
    waiting: dict[tuple[Place, bytes | None], list[int]] = field(default_factory=dict)  # as it will be
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)  # by topic and what came of it
    rejects: int = 0  # in a row, so far

    @property
    def events(self) -> list[Event]:
        """What the handler gets, in order."""
        return [item.event for item in self.handle if item.event is not None]

    @property
    def tenants(self) -> set[str]:
        """Whose rows the transaction touches."""
        events = [*(item.event for item in self.handle), *(parking.item.event for parking in self.park)]
        return {event.tenant_id if event else PLATFORM_TENANT for event in events}


class Ledger:
    """Positions and parked keys of one member of `group`; `prefix` is what topics carry in tests."""

    def __init__(self, group: str, prefix: str, most_rejects: int) -> None:
        self._group, self._prefix, self._most_rejects = group, prefix, most_rejects
        self._held: dict[Place, Held] = {}
        self._generation = 0
        self._rejects = 0

    @property
    def places(self) -> frozenset[Place]:
        """What is held now."""
        return frozenset(self._held)

    def positions(self) -> dict[Place, int]:
        """Next offsets; a copy, so that other threads may ask."""
        return {place: held.position for place, held in list(self._held.items())}

    def drop(self, places: Iterable[Place]) -> None:
        """Forget partitions that went to somebody else."""
        for place in places:
            self._held.pop(place, None)

    async def load(self, tx: Connection, places: Collection[Place]) -> dict[Place, Start]:
        """Read positions and parked keys of `places`, in a new generation; nothing changes before `take`."""
        ordered = sorted(places)
        where = (self._group, [topic for topic, _ in ordered], [partition for _, partition in ordered])
        await tx.execute(_ADOPT, *where)
        self._generation += 1
        held = {
            (row["topic"], row["partition"]): Held(row["next_offset"], row["last_sequence"], self._generation)
            for row in await tx.fetch(_POSITIONS, *where)
        }
        for row in await tx.fetch(_PARKED, *where):
            held[row["topic"], row["partition"]].parked.setdefault(row["key"], []).append(row["offset"])
        self._held.update(held)
        return {place: Start(one.position, one.generation) for place, one in held.items()}

    def live(self, items: Iterable[Item], generations: Mapping[Place, int]) -> list[Item]:
        """Those of `items` that still count: their partition is held, and was not sought anew since."""
        held = self._held
        good = {
            place for place, generation in generations.items()
            if place in held and held[place].generation == generation
        }  # fmt: skip
        return [item for item in items if (item.record.topic, item.record.partition) in good]

    def plan(self, items: Sequence[Item], refusals: Mapping[int, Exception]) -> Plan:
        """Decide what becomes of each item; `refusals` by id of the item says what the handler refused.

        Raises TooManyRejects.
        """
        plan = Plan(rejects=self._rejects)
        for item in items:
            record = item.record
            place = record.topic, record.partition
            held = self._held[place]
            before = plan.moves.get(place)
            seen = before.sequence if before else held.sequence
            outcome = self._decide(plan, place, item, seen, item.refusal or refusals.get(id(item)))
            plan.outcomes[record.topic, outcome] += 1
            plan.moves[place] = Move(
                before.expected if before else held.position,
                record.offset + 1,
                seen if item.replay else max(seen, item.sequence or ""),
            )
        return plan

    def _decide(self, plan: Plan, place: Place, item: Item, seen: str, refusal: Exception | None) -> str:
        """Put the item where it belongs in the plan; returns the outcome's word for the metrics."""
        key = item.record.key
        waiting = self._waiting(plan, place, key)
        if item.replay is not None:
            return self._decide_replay(plan, place, item, item.replay, waiting, refusal)
        if not item.known:
            return "skipped"
        if item.sequence is not None and item.sequence <= seen:
            return "duplicate"
        offset = item.record.offset
        if waiting and key is not None:
            return self._park(plan, place, Parking(item, _follower(), offset, False), waiting)
        if refusal is not None:
            plan.rejects += 1
            if plan.rejects >= self._most_rejects:
                count, rule = plan.rejects, rule_of(refusal)
                raise TooManyRejects("too_many_rejects", f"{self._group}: {count} in a row; last: {rule}")
            return self._park(plan, place, Parking(item, refusal, offset, False), waiting)
        plan.rejects = 0
        plan.handle.append(item)
        return "done"

    def _decide_replay(
        self,
        plan: Plan,
        place: Place,
        item: Item,
        replay: Replay,
        waiting: list[int],
        refusal: Exception | None,
    ) -> str:
        """A replay counts for its group, while its original is parked, and in the order of its key."""
        if replay.group != self._group or replay.offset not in waiting:
            return "skipped"
        if waiting[0] != replay.offset and item.record.key is not None:
            refusal = _follower()
        if refusal is not None:
            return self._park(plan, place, Parking(item, refusal, replay.offset, True), waiting)
        plan.release.append((place, replay.offset))
        plan.waiting[place, item.record.key] = [other for other in waiting if other != replay.offset]
        plan.handle.append(item)
        return "done"

    def _park(self, plan: Plan, place: Place, parking: Parking, waiting: list[int]) -> str:
        plan.park.append(parking)
        if not parking.again:
            plan.waiting[place, parking.item.record.key] = [*waiting, parking.offset]
        return "rejected"

    def _waiting(self, plan: Plan, place: Place, key: bytes | None) -> list[int]:
        """Offsets of parked records of this key, as they will be after the plan so far."""
        planned = plan.waiting.get((place, key))
        return self._held[place].parked.get(key, []) if planned is None else planned

    async def advance(self, tx: Connection, plan: Plan) -> None:
        """Move the stored positions, first thing in the transaction. Raises Fenced."""
        places = sorted(plan.moves)
        moves = [plan.moves[place] for place in places]
        moved = await tx.fetchval(
            _ADVANCE,
            self._group,
            [topic for topic, _ in places],
            [partition for _, partition in places],
            [move.expected for move in moves],
            [move.next for move in moves],
            [move.sequence for move in moves],
        )
        if moved != len(moves):
            raise Fenced("fenced", f"{self._group}: {len(moves) - moved} of {len(moves)} positions moved on")

    async def park(self, tx: Connection, plan: Plan, ids: Ids, now: datetime) -> None:
        """Write dead letters into the journal, and remember which keys wait."""
        if plan.park:
            await append_rows(tx, [self._row(parking, ids.new(), now) for parking in plan.park])
        first = [parking for parking in plan.park if not parking.again]
        if first:
            records = [parking.item.record for parking in first]
            await tx.execute(
                _PARK,
                self._group,
                [record.topic for record in records],
                [record.partition for record in records],
                [record.offset for record in records],
                [record.key for record in records],
                [rule_of(parking.reason) for parking in first],
            )
        if plan.release:
            await tx.execute(
                _RELEASE,
                self._group,
                [topic for (topic, _), _ in plan.release],
                [partition for (_, partition), _ in plan.release],
                [offset for _, offset in plan.release],
            )

    def commit(self, plan: Plan) -> None:
        """The transaction committed: what was planned is so."""
        for place, move in plan.moves.items():
            held = self._held[place]
            held.position, held.sequence = move.next, move.sequence
        for (place, key), offsets in plan.waiting.items():
            parked = self._held[place].parked
            if offsets:
                parked[key] = offsets
            else:
                parked.pop(key, None)
        self._rejects = plan.rejects

    def _row(self, parking: Parking, event_id: UUID, now: datetime) -> Row:
        record = parking.item.record
        return row_of(
            record,
            parking.item.event,
            group=self._group,
            topic=record.topic.removeprefix(self._prefix),
            place=(record.partition, parking.offset),
            reason=parking.reason,
            event_id=event_id,
            now=now,
        )


def _follower() -> Rejected:
    return Rejected("earlier_one_parked", "an earlier record of its key waits in the dead letters")
