"""What happened, counted in memory that does not grow with the number of complaints."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from services.standalone.demo.ledger import Answer, Ledger, Sent, What
from services.standalone.demo.scenario import Story, Way

# Neighbouring buckets of a histogram are 1 % apart, so a percentile is right to half of that.
_STEP = math.log(1.01)
_SMALLEST = 1e-5
_NAMED = 20
IN_TIME_S = 60.0
LATE_S = 0.1


@dataclass(slots=True)
class Histogram:
    """Seconds in buckets whose widths grow with them; `worst` is exact."""

    buckets: Counter[int] = field(default_factory=Counter)
    count: int = 0
    worst: float = 0.0

    def add(self, seconds: float) -> None:
        """One more; what is below ten microseconds counts as that."""
        self.buckets[round(math.log(max(seconds, _SMALLEST)) / _STEP)] += 1
        self.count += 1
        self.worst = max(self.worst, seconds)

    def percentile(self, share: float) -> float:
        """The value that `share` of all do not exceed (nearest rank); 0 without any."""
        rank, seen = math.ceil(share * self.count), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return min(math.exp(bucket * _STEP), self.worst)
        return 0.0

    def told(self) -> dict[str, float]:
        """Seconds, as reports have them."""
        ranks = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
        return {
            "n": self.count,
            **{name: round(self.percentile(share), 4) for name, share in ranks.items()},
            "max": round(self.worst, 4),
        }


@dataclass(slots=True)
class Channel:
    """One way in. `acknowledged` and `answered` count from the moment the complaint was due."""

    due: int = 0
    late: int = 0  # begun more than LATE_S after it was due
    accepted: int = 0
    refused: Counter[int] = field(default_factory=Counter)  # by code
    lost: int = 0  # the connection broke or nothing came in time
    in_time: int = 0  # a person's word came within IN_TIME_S
    acknowledged: Histogram = field(default_factory=Histogram)
    answered: Histogram = field(default_factory=Histogram)


@dataclass(slots=True)
class Customer:
    """What is known of one while they are here."""

    way: Way
    due_at: float
    accepted: bool = False
    answered: bool = False


class Tally(Ledger):
    """The ledger of a load: counts instead of lines. `now` is the clock of the loop."""

    def __init__(self, now: Callable[[], float], accepted: Callable[[Story], None]) -> None:
        super().__init__()
        self.channels: dict[Way, Channel] = {}
        self.visible = Histogram()
        self.lag = Histogram()
        self.refused_calls: Counter[str] = Counter()
        self.here: dict[str, Customer] = {}
        self.closed = self.turned_away = self.unexpected_count = 0
        self._now = now
        self._accepted = accepted
        self._stories: dict[str, Story] = {}

    def channel(self, way: Way) -> Channel:
        """The counts of one way in."""
        return self.channels.setdefault(way, Channel())

    def begin(self, story: Story, due_at: float) -> None:
        """A customer complains now who was due at `due_at`."""
        lag, channel = self._now() - due_at, self.channel(story.way)
        channel.due += 1
        channel.late += lag > LATE_S
        self.lag.add(lag)
        self.here[story.id] = Customer(story.way, due_at)
        self._stories[story.id] = story

    def end(self, story: Story) -> None:
        """This customer leaves."""
        self.here.pop(story.id, None)
        self._stories.pop(story.id, None)

    def add(self, entry: Sent) -> Sent:
        """See Ledger; counted, not kept."""
        customer = self.here.get(entry.note)
        if customer is not None and entry.what is What.COMPLAINT:
            self._complained(customer, entry.answer, self._stories[entry.note])
        return entry

    def _complained(self, customer: Customer, answer: Answer, story: Story) -> None:
        channel = self.channel(customer.way)
        if not answer.accepted:
            channel.refused[answer.code] += 1
            return
        channel.accepted += 1
        channel.acknowledged.add(self._now() - customer.due_at)
        customer.accepted = True
        self._accepted(story)

    def lose(self, story: Story) -> None:
        """The complaint of this customer got no answer at all."""
        customer = self.here.get(story.id)
        if customer is not None and not customer.accepted:
            self.channel(story.way).lost += 1
        else:
            self.notes["words lost"] += 1

    def heard(self, story_id: str, *, automatic: bool) -> None:
        """See Ledger; the first word of a person is the answer."""
        customer = self.here.get(story_id)
        if automatic or customer is None or customer.answered:
            return
        customer.answered = True
        waited, channel = self._now() - customer.due_at, self.channel(customer.way)
        channel.answered.add(waited)
        channel.in_time += waited <= IN_TIME_S

    def surprise(self, line: str) -> None:
        """See Ledger; the first ones are kept word for word."""
        self.unexpected_count += 1
        if len(self.unexpected) < _NAMED:
            self.unexpected.append(line)

    @property
    def due(self) -> int:
        """Complaints begun so far."""
        return sum(one.due for one in self.channels.values())

    @property
    def settled(self) -> int:
        """Of those: acknowledged, refused or lost."""
        every = self.channels.values()
        return sum(one.accepted + one.refused.total() + one.lost for one in every)

    @property
    def accepted(self) -> int:
        """Complaints that a channel said it has."""
        return sum(one.accepted for one in self.channels.values())

    @property
    def answered(self) -> int:
        """Customers to whom a person spoke."""
        return sum(one.answered.count for one in self.channels.values())
