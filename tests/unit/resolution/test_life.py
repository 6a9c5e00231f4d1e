"""Whatever people try, in whatever order: one owner, no rise in rank, no closing without evidence, one
truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.ids import SequenceIds
from services.resolution.app.folding import Folding
from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import (
    authority,
    closing,
    leaving,
    opening,
    ownership,
    remedies,
    replies,
    solution,
)
from services.resolution.domain.decide.closing import Feedback, Solved
from services.resolution.domain.errors import Refusal
from services.resolution.domain.evolve import evolve, fold
from services.resolution.domain.state import Case
from services.resolution.domain.words import (
    Amount,
    Because,
    Closing,
    Person,
    ReplyKind,
    Status,
    Verdict,
    Word,
)
from tests.unit.resolution.world import FIRST_REPLY, MAIL, NOON

PEOPLE = [
    Person("ana", "Ana Silva", 1),
    Person("ben", "Ben Okoro", 0),
    Person("lea", "Lea Haddad", 1),
    Person("vic", "Vic Moore", 2),
]
WINDOW = timedelta(days=30)
QUARTER = timedelta(minutes=15)
KEY = ("air", "00000000-0000-7000-8000-000000000001")


class Story:
    """One case and the attempts made on it; refused ones keep only what must be on record."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.now = NOON
        self.ids = SequenceIds(1)
        self.words: dict[str, Word] = {}
        self.newest = "m-none"
        self.folding = Folding({}, rules, self.ids)
        self._apply(opening.open_case(self._complaint(), self.now))

    @property
    def case(self) -> Case:
        case = self.folding.find(KEY)
        assert case is not None
        return case

    @property
    def log(self) -> list[e.Event]:
        return [said.event for said in self.folding.said]

    def _complaint(self) -> c.OpenCase:
        return c.OpenCase(
            case_id=KEY[1],
            tenant_id=KEY[0],
            customer_id="cust",
            first_name="Maria",
            full_name="Maria Rossi",
            channel="email",
            severity="high",
            category="delay",
            language="en",
            complained_at=self.now,
            word=Word("m-complaint", self.now),
            address=MAIL,
            call_id="call-1",
            owner=PEOPLE[0],
            because=Because.POINT_OF_CONTACT,
            playbook_id="sixty-seconds",
            playbook_version=1,
        )

    def _apply(self, events: list[e.Event]) -> None:
        self.folding.apply(KEY, events, self.now)

    def attempt(self, decide: Callable[[Story], list[e.Event]], minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        try:
            events = decide(self)
        except Refusal as refusal:
            events = list(refusal.events)
        self._apply(events)

    def new_id(self) -> str:
        return str(self.ids.new())

    def pending(self) -> str:
        return self.case.hand_off.hand_off_id if self.case.hand_off else "h-none"


Attempt = Callable[[Story], list[e.Event]]


def says(actor: Person, kind: ReplyKind, text: str) -> Attempt:
    def attempt(story: Story) -> list[e.Event]:
        command = c.SendReply(actor, story.new_id(), kind, text, hand_off_id=story.pending())
        pack = story.rules.pack_of(story.case)
        return replies.send(story.case, command, story.now, pack, story.rules.playbook)

    return attempt


def proposes(actor: Person, text: str) -> Attempt:
    def attempt(story: Story) -> list[e.Event]:
        command = c.ProposeSolution(actor, story.new_id(), story.new_id(), "Miles", text)
        return solution.propose(story.case, command, story.now, story.rules.pack_of(story.case))

    return attempt


def judges(actor: Person, verdict: Verdict, message_id: str) -> Attempt:
    return lambda story: solution.record_verdict(
        story.case, c.RecordVerdict(actor, verdict, message_id, story.words.get(message_id)), story.now
    )


def closes(actor: Person, kind: Closing, message_id: str) -> Attempt:
    return lambda story: closing.close(
        story.case,
        c.CloseCase(actor, kind, message_id, "", story.words.get(message_id)),
        story.now,
        story.rules.playbook,
    )


def offers(actor: Person, receiver: Person, live: bool, present: bool) -> Attempt:
    return lambda story: ownership.offer(
        story.case,
        c.OfferHandOff(
            actor, story.new_id(), receiver, present, "why", "what", live, story.now + timedelta(minutes=15)
        ),
        story.now,
    )


def accepts(actor: Person, read: bool) -> Attempt:
    return lambda story: ownership.accept(
        story.case, c.AcceptHandOff(actor, story.pending(), read), story.now
    )


def grants(actor: Person, remedy: str, key: str) -> Attempt:
    def attempt(story: Story) -> list[e.Event]:
        entry, limits = story.rules.catalogue.get(remedy), story.rules.authority.of(actor.rank)
        return remedies.grant(
            story.case,
            c.GrantRemedy(
                actor, story.new_id(), entry, 1, key, limits, fulfil_by=story.now + timedelta(minutes=9)
            ),
            story.now,
        )

    return attempt


def asks(actor: Person, of: Person | None, value: int) -> Attempt:
    def attempt(story: Story) -> list[e.Event]:
        amounts = (Amount("EUR", value),)
        command = c.RequestAuthority(
            actor, story.new_id(), of, amounts, "", "They missed a wedding", story.now + timedelta(minutes=2)
        )
        return authority.request(story.case, command, story.now)

    return attempt


def lends(actor: Person, amounts: tuple[Amount, ...] = ()) -> Attempt:
    return lambda story: authority.lend(
        story.case,
        c.LendAuthority(actor, asked_for(story), amounts, story.rules.authority.of(actor.rank)),
        story.now,
    )


def asked_for(story: Story) -> str:
    return story.case.asked.request_id if story.case.asked else "r-none"


def a_grant(story: Story, dice: Random) -> str:
    return dice.choice([given.grant_id for given in story.case.grants] or ["g-none"])


def fulfils(grant_id: str, fulfilled: bool) -> Attempt:
    command = c.ConfirmFulfilment(grant_id, fulfilled, "ref", "no such account")
    return lambda story: remedies.confirm(story.case, command, story.now)


def revokes(actor: Person, grant_id: str) -> Attempt:
    command = c.RevokeRemedy(actor, grant_id, "Given by mistake")
    return lambda story: remedies.revoke(story.case, command, story.now)


def writes() -> Attempt:
    def attempt(story: Story) -> list[e.Event]:
        story.newest = story.new_id()
        story.words[story.newest] = Word(story.newest, story.now)
        return [e.CustomerSpoke(story.words[story.newest], MAIL)]

    return attempt


def answers(solved: Solved, message_id: str) -> Attempt:
    return lambda story: closing.hear_feedback(
        story.case, Feedback(message_id, solved, "...", story.now), story.now, WINDOW
    )


def joins(actor: Person) -> Attempt:
    return lambda story: ownership.hear_joined(
        story.case, e.CallJoined("call-1", "CA1", actor.employee_id, story.now)
    )


def introduced() -> Attempt:
    return lambda story: ownership.hear_introduced(story.case, story.pending(), "c-1", story.now)


def resolves(actor: Person) -> Attempt:
    return lambda story: solution.resolve(story.case, c.ResolveCase(actor), story.now, story.rules.playbook)


def fixes(actor: Person) -> Attempt:
    return lambda story: solution.apply_fix(story.case, c.ApplyFix(actor, "Done"), story.now)


def anything(story: Story, dice: Random) -> Attempt:
    """By anybody, at any time, with any evidence: mostly refused."""
    actor, other = dice.choice(PEOPLE), dice.choice(PEOPLE)
    message_id = dice.choice(["m-none", "m-complaint", *story.words])
    return dice.choice(
        [
            says(actor, dice.choice(list(ReplyKind)), dice.choice([FIRST_REPLY, "It was accounting."])),
            proposes(actor, dice.choice([FIRST_REPLY, ""])),
            judges(actor, dice.choice(list(Verdict)), message_id),
            closes(actor, dice.choice(list(Closing)), message_id),
            offers(actor, other, dice.random() < 0.5, dice.random() < 0.8),
            accepts(actor, dice.random() < 0.8),
            grants(actor, dice.choice(["miles-15000", "refund-100", "lounge-access"]), message_id),
            asks(actor, dice.choice([None, other]), dice.choice([0, 9_000, 40_000])),
            lends(actor, dice.choice([(), (Amount("EUR", 5_000),)])),
            lambda story: authority.deny(
                story.case, c.DenyAuthority(actor, asked_for(story), "no"), story.now
            ),
            lambda story: authority.time_out(story.case, asked_for(story), story.now),
            fulfils(a_grant(story, dice), dice.random() < 0.5),
            revokes(actor, a_grant(story, dice)),
            writes(),
            answers(dice.choice(list(Solved)), message_id),
            joins(actor),
            introduced(),
            resolves(actor),
            fixes(actor),
            lambda story: ownership.decline(story.case, c.DeclineHandOff(actor, story.pending(), "no")),
            lambda story: ownership.help_out(story.case, actor),
            lambda story: ownership.time_out(story.case, story.pending(), story.now),
            lambda story: ownership.hear_ended(story.case, e.CallEnded("call-1"), story.now, QUARTER),
            lambda story: ownership.hear_absent(story.case, actor.employee_id),
            lambda story: ownership.withdraw(
                story.case, c.WithdrawHandOff(actor, story.pending(), "another")
            ),
            lambda story: leaving.move_first_contact(story.case, actor.employee_id),
            lambda story: ownership.invite(story.case, c.InviteHelper(actor, other, "May I?")),
            lambda story: [e.CallStarted("call-1", "CA1")],
        ]
    )


def sensible(story: Story, dice: Random) -> Attempt:
    """What somebody who knows the work would do next, so that the story gets anywhere."""
    owner, pending = story.case.owner, story.case.hand_off
    if story.case.asked and dice.random() < 0.5:
        return lends(PEOPLE[3])
    if pending and dice.random() < 0.8:
        come = joins(pending.receiver) if pending.live else introduced()
        return accepts(pending.receiver, True) if pending.introduced else come
    if dice.random() < 0.25:
        if dice.random() < 0.3:
            grant_id = a_grant(story, dice)
            return dice.choice([asks(owner, None, 9_000), revokes(owner, grant_id), fulfils(grant_id, False)])
        return dice.choice([writes(), offers(owner, dice.choice(PEOPLE), dice.random() < 0.5, True)])
    return {
        Status.OPEN: dice.choice([says(owner, ReplyKind.REPLY, FIRST_REPLY), proposes(owner, FIRST_REPLY)]),
        Status.PROPOSED: judges(owner, dice.choice(JUDGEMENTS), story.newest),
        Status.FIXING: dice.choice([fixes(owner), resolves(owner), grants(owner, "lounge-access", "k")]),
        Status.RESOLVED: dice.choice(
            [closes(owner, Closing.CONFIRMED, story.newest), answers(dice.choice(list(Solved)), story.newest)]
        ),
        Status.CLOSED: answers(dice.choice(list(Solved)), "m-later"),
    }[story.case.status]


JUDGEMENTS = [Verdict.BELOW, Verdict.MEETS, Verdict.EXCEEDS]


def told(rules: Rules, dice: Random, length: int) -> Story:
    """A story of `length` attempts."""
    story = Story(rules)
    for _ in range(length):
        attempt = dice.choice([sensible, sensible, anything])(story, dice)
        story.attempt(attempt, dice.choice([0, 1, 1, 2, 3, 20]))
    return story


def states(log: list[e.Event]) -> Iterator[tuple[Case, e.Event]]:
    """The state before each event but the first, and the event."""
    case = fold(None, log[:1])
    for event in log[1:]:
        assert case is not None
        yield case, event
        case = evolve(case, event)


@settings(max_examples=100, deadline=None)
@given(dice=st.randoms(use_true_random=False), length=st.integers(0, 120))
def test_no_order_of_attempts_breaks_what_must_always_hold(rules: Rules, dice: Random, length: int) -> None:
    under_way = told(rules, dice, length)
    log, case = under_way.log, under_way.case
    assert fold(None, log) == case  # replaying gives the same state
    ranks = [event.owner.rank for event in log if isinstance(event, e.OwnerAssigned)]
    assert ranks == sorted(ranks, reverse=True)  # never up
    moved = [event.first_contact for event in log if isinstance(event, e.FirstContactMoved)]
    assert case.first_contact == [PEOPLE[0], *moved][-1]
    own = remedies.spent_on(case)
    assert all(spent <= rules.authority.of(1).per_case[unit] for unit, spent in own.items())
    assert all(left >= 0 for left in authority.lent_left(case).values())
    for before, event in states(log):
        assert before.owner in PEOPLE  # exactly one, at every instant
        if isinstance(event, e.CaseClosed):
            demand_evidence(under_way, before, event)
        if isinstance(event, e.OwnerAssigned):
            assert before.hand_off is None  # HandOffAccepted came right before
    follows_the_check(log)


def demand_evidence(story: Story, before: Case, closed: e.CaseClosed) -> None:
    """Confirmed only from resolved, on a word after it; withdrawn only on a word of theirs."""
    assert closed.message_id
    assert closed.message_id not in before.held_back
    if closed.closing is Closing.CONFIRMED:
        assert before.status is Status.RESOLVED
    else:
        assert closed.closing is Closing.WITHDRAWN
        assert closed.message_id in story.words


def follows_the_check(log: list[e.Event]) -> None:
    """No words go out but right after a check that did not stop them."""
    for index, event in enumerate(log):
        if isinstance(event, e.ReplySent):
            checked = next(each for each in reversed(log[:index]) if isinstance(each, e.ReplyChecked))
            assert checked.reply_id == event.reply_id
            assert checked.outcome != "stopped"


def test_the_stories_told_above_reach_every_part_of_a_cases_life(rules: Rules) -> None:
    seen: set[type] = set()
    for seed in range(40):
        seen.update(type(event) for event in told(rules, Random(seed), 120).log)
    never_told = {e.HelperLeft, e.CauseRecorded, e.PreventionRecorded}
    assert set(get_args(e.Published)) - seen == never_told
