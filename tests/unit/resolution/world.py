"""Builders for the domain of resolution: people, a case in any status, the rules that ship."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import opening
from services.resolution.domain.evolve import evolve, fold
from services.resolution.domain.state import Case
from services.resolution.domain.words import Address, Because, Person, ReplyKind, Verdict, Word

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MAIL = Address("email", "email", "maria@example.org", "Maria Rossi", "care@air.example", "Four hours late")
FIRST_REPLY = (
    "Dear Maria, I am sorry that we let you down. Thank you for telling me. I am taking care of this "
    "myself, and you will hear from me again by 6 pm today."
)


@dataclass
class World:
    """A case under way, a clock that steps a minute at a time, and everybody around the case."""

    rules: Rules
    ana = Person("ana", "Ana Silva", 0, "ana@air.example")
    ben = Person("ben", "Ben Okoro", 0, "ben@air.example")
    lea = Person("lea", "Lea Haddad", 1)
    vic = Person("vic", "Vic Moore", 2)
    now: datetime = NOON
    case: Case | None = None

    def __post_init__(self) -> None:
        self._ids = count(1)
        self.log: list[e.Event] = []

    def tick(self, by: timedelta = timedelta(minutes=1)) -> datetime:
        self.now += by
        return self.now

    def new_id(self) -> str:
        return f"id-{next(self._ids)}"

    def apply(self, *events: e.Event) -> Case:
        for event in events:
            self.case = evolve(self.case, event)
            self.log.append(event)
        assert self.case is not None
        return self.case

    def open(self, **changes: object) -> Case:
        command = c.OpenCase(
            case_id="00000000-0000-7000-8000-000000000001",
            tenant_id="air",
            customer_id="cust-1",
            first_name="Maria",
            full_name="Maria Rossi",
            channel="email",
            severity="high",
            category="delay",
            language="en",
            complained_at=self.now,
            word=Word("m-0", self.now),
            address=MAIL,
            call_id="",
            owner=self.ana,
            because=Because.BEST_MATCH,
            playbook_id="sixty-seconds",
            playbook_version=1,
        )
        return self.apply(*opening.open_case(replace(command, **changes), self.now))  # type: ignore[arg-type]

    def heard(self, message_id: str) -> Word:
        word = Word(message_id, self.tick())
        self.apply(e.CustomerSpoke(word, MAIL))
        return word

    def replied(self) -> Case:
        return self.apply(
            e.ReplySent(
                self.new_id(), ReplyKind.REPLY, self.ana, MAIL, "", "text", self.tick(), said=("apology",)
            )
        )

    def proposed(self) -> Case:
        return self.apply(
            e.SolutionProposed(self.new_id(), "ana", "Lounge and miles", self.new_id(), self.tick())
        )

    def fixing(self) -> Case:
        proposal = self.proposed().proposal
        word = self.heard("m-yes")
        assert proposal is not None
        return self.apply(
            e.VerdictGiven(Verdict.MEETS, word.message_id, proposal.proposal_id, self.ana, self.tick())
        )

    def resolved(self) -> Case:
        self.fixing()
        self.apply(e.FixApplied("ana", "Done", self.tick()))
        return self.apply(e.CaseResolved("ana", self.tick(), "ana"))

    def refold(self) -> Case | None:
        return fold(None, self.log)
