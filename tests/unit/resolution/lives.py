"""Lives of cases, told by dice: several cases of one customer, everything that anybody may try on them, and
crashes between any two steps; watch.py says what may never be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

from services.chassis.ids import SequenceIds
from services.resolution.app.folding import Folding
from services.resolution.app.rules import Rules
from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.decide import (
    authority,
    closing,
    learning,
    leaving,
    listening,
    loyalty,
    merging,
    opening,
    ownership,
    remedies,
    replies,
    solution,
)
from services.resolution.domain.decide.closing import Feedback, Solved
from services.resolution.domain.decide.learning import Earlier
from services.resolution.domain.decide.merging import Both
from services.resolution.domain.errors import Refusal
from services.resolution.domain.evolve import fold
from services.resolution.domain.state import Case
from services.resolution.domain.words import (
    Address,
    Amount,
    Because,
    Closing,
    Person,
    ReplyKind,
    Status,
    Verdict,
    Word,
)
from tests.unit.resolution.watch import OMBUDSMAN, PEOPLE, TENANT, Book, Key, ends_somewhere, watch
from tests.unit.resolution.world import FIRST_REPLY, MAIL, NOON

WINDOW = timedelta(days=30)
QUARTER = timedelta(minutes=15)
SMS = Address("sms", "phone", "+351910000001", "Maria Rossi")
LETTER = FIRST_REPLY + f" You can turn to the {OMBUDSMAN}."
JUDGEMENTS = [Verdict.BELOW, Verdict.MEETS, Verdict.EXCEEDS]
MINUTES = [0, 1, 1, 2, 3, 20]
DAY = 24 * 60

Turn = dict[Key, list[e.Event]]
"""What one transaction writes: the events of each case it is about."""


class Story:
    """Some cases and the attempts made on them; refused ones keep only what must be on record."""

    def __init__(self, rules: Rules, dice: Random) -> None:
        self.rules = rules
        self.dice = dice
        self.now = NOON
        self.ids = SequenceIds(1)
        self.folding = Folding({}, rules, self.ids)
        self.books: dict[Key, Book] = {}
        self.history: list[tuple[Key, e.Event]] = []
        self.mood = dice.choice(["working", "working", "silent", "merging", "letters"])
        for owner in (PEOPLE[0], PEOPLE[0], dice.choice(PEOPLE[:3])):
            self._write({self._new_key(): opening.open_case(self._complaint(owner), self.now)})
            self.now += timedelta(minutes=1)

    def _new_key(self) -> Key:
        return (TENANT, f"case-{len(self.books) + 1}")

    def _complaint(self, owner: Person) -> c.OpenCase:
        case_id = self._new_key()[1]
        return c.OpenCase(
            case_id=case_id,
            tenant_id=TENANT,
            customer_id="cust" if self.dice.random() < 0.9 else "somebody-else",
            first_name="Maria",
            full_name="Maria Rossi",
            channel="email",
            severity=self.dice.choice(["low", "normal", "high"]),
            category="delay",
            language="en",
            complained_at=self.now,
            word=Word("m-complaint", self.now),
            address=MAIL,
            call_id="call-1",
            owner=owner,
            because=Because.POINT_OF_CONTACT,
            playbook_id="sixty-seconds",
            playbook_version=1,
        )

    @property
    def keys(self) -> list[Key]:
        return list(self.books)

    def case(self, key: Key) -> Case:
        case = self.folding.get(key)
        assert case is not None
        return case

    def listener(self, key: Key) -> Key:
        """Which case hears what comes for this one."""
        case = self.folding.find(key)
        assert case is not None
        return (case.tenant_id, case.case_id)

    def attempt(self, decide: Attempt, minutes: int, crash: float = 0.0) -> None:
        """One step; `crash` is how probable it is that nothing of it was written, and all are read again."""
        self.now += timedelta(minutes=minutes)
        try:
            turn = decide(self)
        except Refusal as refusal:
            turn = {self._about: list(refusal.events)}
        if self.dice.random() < crash:
            self._start_again()
            return
        self._write({key: events for key, events in turn.items() if events})

    _about: Key = (TENANT, "")

    def on(self, key: Key, decide: Callable[[Case], list[e.Event]]) -> Turn:
        self._about = key
        return {key: decide(self.case(key))}

    def both(self, key: Key, other: Key, decide: Callable[[Case], Both]) -> Turn:
        self._about = key
        both = decide(self.case(key))
        return {key: both.here, other: both.there}

    def _write(self, turn: Turn) -> None:
        before = {key: self.folding.get(key) for key in turn}
        for key, events in turn.items():
            book = self.books.setdefault(key, Book())
            written = len(self.folding.said)
            self.folding.apply(key, events, self.now)
            happened = [said.event for said in self.folding.said[written:]]
            book.log += happened
            self.history += [(key, event) for event in happened]
            watch(self, key, before[key], happened)

    def _start_again(self) -> None:
        """What a process knows after a crash is what the history says."""
        cases = {key: fold(None, book.log) for key, book in self.books.items()}
        self.folding = Folding({key: case for key, case in cases.items() if case}, self.rules, self.ids)

    def new_id(self) -> str:
        return str(self.ids.new())

    def word(self, key: Key, message_id: str) -> Word | None:
        at = self.books[key].words.get(message_id)
        return Word(message_id, at) if at else None


Attempt = Callable[[Story], Turn]


def pending(case: Case) -> str:
    return case.hand_off.hand_off_id if case.hand_off else "h-none"


def says(key: Key, actor: Person, kind: ReplyKind, text: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        reply_id = story.new_id()

        def send(case: Case) -> list[e.Event]:
            command = c.SendReply(actor, reply_id, kind, text, hand_off_id=pending(case), ombudsman=OMBUDSMAN)
            pack = story.rules.pack_of(case)
            return replies.send(case, command, story.now, pack, story.rules.playbook)

        return story.on(key, send)

    return attempt


def proposes(key: Key, actor: Person, text: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        command = c.ProposeSolution(actor, story.new_id(), story.new_id(), "Miles", text)
        pack = story.rules.pack_of(story.case(key))
        return story.on(key, lambda case: solution.propose(case, command, story.now, pack))

    return attempt


def judges(key: Key, actor: Person, verdict: Verdict, message_id: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        command = c.RecordVerdict(actor, verdict, message_id, story.word(key, message_id))
        return story.on(key, lambda case: solution.record_verdict(case, command, story.now))

    return attempt


def closes(key: Key, actor: Person, kind: Closing, message_id: str = "", note: str = "why") -> Attempt:
    def attempt(story: Story) -> Turn:
        command = c.CloseCase(actor, kind, message_id, note, story.word(key, message_id))
        return story.on(key, lambda case: closing.close(case, command, story.now, story.rules.playbook))

    return attempt


def offers(key: Key, actor: Person, receiver: Person, live: bool, present: bool) -> Attempt:
    def attempt(story: Story) -> Turn:
        until = story.now + timedelta(minutes=15)
        command = c.OfferHandOff(actor, story.new_id(), receiver, present, "why", "what", live, until)
        return story.on(key, lambda case: ownership.offer(case, command, story.now))

    return attempt


def accepts(key: Key, actor: Person, read: bool) -> Attempt:
    return lambda story: story.on(
        key,
        lambda case: ownership.accept(case, c.AcceptHandOff(actor, pending(case), read), story.now),
    )


def grants(key: Key, actor: Person, remedy: str, once: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        entry, limits = story.rules.catalogue.get(remedy), story.rules.authority.of(actor.rank)
        by = story.now + timedelta(minutes=9)
        command = c.GrantRemedy(actor, story.new_id(), entry, 1, once, limits, fulfil_by=by)
        return story.on(key, lambda case: remedies.grant(case, command, story.now))

    return attempt


def asks(key: Key, actor: Person, of: Person | None, value: int) -> Attempt:
    def attempt(story: Story) -> Turn:
        amounts, by = (Amount("EUR", value),), story.now + timedelta(minutes=2)
        command = c.RequestAuthority(actor, story.new_id(), of, amounts, "", "They missed a wedding", by)
        return story.on(key, lambda case: authority.request(case, command, story.now))

    return attempt


def lends(key: Key, actor: Person, amounts: tuple[Amount, ...] = ()) -> Attempt:
    return on(
        key,
        lambda story, case: authority.lend(
            case,
            c.LendAuthority(actor, asked_for(case), amounts, story.rules.authority.of(actor.rank)),
            story.now,
        ),
    )


def asked_for(case: Case) -> str:
    return case.asked.request_id if case.asked else "r-none"


def fulfils(key: Key, grant_id: str, fulfilled: bool) -> Attempt:
    command = c.ConfirmFulfilment(grant_id, fulfilled, "ref", "no such account")
    return on(key, lambda story, case: remedies.confirm(case, command, story.now))


def revokes(key: Key, actor: Person, grant_id: str) -> Attempt:
    command = c.RevokeRemedy(actor, grant_id, "Given by mistake")
    return on(key, lambda story, case: remedies.revoke(case, command, story.now))


def merges(key: Key, other: Key, actor: Person) -> Attempt:
    return lambda story: story.both(
        key,
        other,
        lambda case: merging.merge(case, c.MergeCases(actor, story.case(other), "same"), story.now),
    )


def links(key: Key, other: Key, actor: Person) -> Attempt:
    return lambda story: story.both(
        key,
        other,
        lambda case: merging.link(case, c.LinkCases(actor, story.case(other), "alike"), story.now),
    )


def gives_back(key: Key, other: Key, actor: Person) -> Attempt:
    def attempt(story: Story) -> Turn:
        command = c.SplitCase(actor, story.case(other), other[1], (), "wrong")
        return story.both(key, other, lambda case: merging.split(case, command, story.now))

    return attempt


def parts(key: Key, actor: Person, message_id: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        word, new = story.word(key, message_id), story._new_key()
        command = c.SplitCase(actor, None, new[1], (word,) if word else (), "another matter")
        return story.both(key, new, lambda case: merging.split(case, command, story.now))

    return attempt


def writes(key: Key, channel: Address = MAIL) -> Attempt:
    """The customer's word goes to whichever case this one has led to."""

    def attempt(story: Story) -> Turn:
        to = story.listener(key)
        word = Word(story.new_id(), story.now)
        case = story.case(to)
        if closing.word_begins_new_case(case, story.now, WINDOW):
            return succeeds(story, to, word)
        heard = e.CustomerSpoke(word, channel)
        again = learning.repeat_contact(case, word)
        return story.on(to, lambda case: [*closing.hear_word(case, heard, story.now, WINDOW), *again])

    return attempt


def succeeds(story: Story, old: Key, word: Word) -> Turn:
    new = story._new_key()
    owner = (story.dice.choice(PEOPLE[:3]), Because.BEST_MATCH)
    playbook = story.rules.playbook
    opened = opening.follow_up_case(story.case(old), word, new[1], owner, story.now, playbook)
    return {new: opened, old: [e.SuccessorOpened(new[1])]}


def answers(key: Key, solved: Solved, message_id: str) -> Attempt:
    def attempt(story: Story) -> Turn:
        to = story.listener(key)
        feedback = Feedback(message_id, solved, "...", story.now)
        if closing.begins_new_case(story.case(to), feedback, story.now, WINDOW):
            return succeeds(story, to, Word(message_id, story.now))
        return story.on(to, lambda case: closing.hear_feedback(case, feedback, story.now, WINDOW))

    return attempt


def arrives(key: Key, reply_id: str, channel: str, delivered: bool) -> Attempt:
    """A message of ours reached the customer, or could not."""

    def attempt(story: Story) -> Turn:
        to = story.listener(key)
        contact = e.ContactMade(story.new_id(), reply_id, channel, story.now, delivered)
        return story.on(to, lambda case: [contact])

    return attempt


def on(key: Key, decide: Callable[[Story, Case], list[e.Event]]) -> Attempt:
    return lambda story: story.on(key, lambda case: decide(story, case))


def speaks(actor: Person, text: str) -> Callable[[Story, Case], list[e.Event]]:
    """A stretch of speech on the call."""

    def decide(story: Story, case: Case) -> list[e.Event]:
        spoke = e.EmployeeSpoke(actor.employee_id, story.new_id(), story.now, text=text)
        pack, playbook = story.rules.pack_of(case), story.rules.playbook_of(case)
        return listening.hear_employee(case, spoke, story.now, pack, playbook)

    return decide


def joins(key: Key, actor: Person) -> Attempt:
    return on(
        key,
        lambda story, case: ownership.hear_joined(
            case, e.CallJoined("call-1", "CA1", actor.employee_id, story.now)
        ),
    )


def introduced(key: Key) -> Attempt:
    return on(key, lambda story, case: ownership.hear_introduced(case, pending(case), "c-1", story.now))


def resolves(key: Key, actor: Person) -> Attempt:
    def decide(story: Story, case: Case) -> list[e.Event]:
        resolved = solution.resolve(case, c.ResolveCase(actor), story.now, story.rules.playbook)
        return [*resolved, *learning.ask_for_prevention(case, story.now, timedelta(minutes=1))]

    return on(key, decide)


def learns(key: Key, case: Case, actor: Person, dice: Random) -> Attempt:
    """What is put on record of a case next, or what happens when it is not: a debrief, a repeat, a customer
    who left and is won back."""
    left = c.RecordDefection(actor, "The price", "Cancelled")
    back, talk = c.RecordWinBack(actor, "Ordered"), c.HoldDebrief(actor, (case.owner,), "Understood")
    before = Earlier("case-0", "delay", "no-owner", NOON - timedelta(days=9))

    def asks_back(story: Story, case: Case) -> list[e.Event]:
        due_at = story.now + timedelta(minutes=1)
        return loyalty.start_win_back(case, c.StartWinBack(actor, actor, due_at), story.now)

    choices: list[Callable[[Story, Case], list[e.Event]]] = [
        lambda story, case: learning.repeats_by_category(case, [before]),
        lambda story, case: learning.prevention_time_out(case, story.now),
        lambda story, case: learning.hold_debrief(case, talk, story.now),
        lambda story, case: loyalty.record_defection(case, left, story.now),
    ]
    if case.resolved_at:
        choices = choices[1:3]
    if case.prevention_due_at and dice.random() < 0.5:
        choices = [lambda story, case: learning.prevention_time_out(case, story.now)]
    if case.defection:
        choices = [lambda story, case: loyalty.record_win_back(case, back, story.now), asks_back]
    if case.win_back and case.win_back.acted:
        ended = c.GiveUpWinBack(actor, "Moved abroad")
        return on(key, lambda story, case: loyalty.give_up(case, ended, story.now))
    if case.win_back and not case.win_back.overdue:
        choices = [lambda story, case: loyalty.win_back_time_out(case, story.now)]
    return on(key, dice.choice(choices))


def fixes(key: Key, actor: Person) -> Attempt:
    return on(key, lambda story, case: solution.apply_fix(case, c.ApplyFix(actor, "Done"), story.now))


def anything(story: Story, dice: Random) -> Attempt:
    """By anybody, at any time, with any evidence: mostly refused."""
    key, other = dice.choice(story.keys), dice.choice(story.keys)
    actor, colleague = dice.choice(PEOPLE), dice.choice(PEOPLE)
    message_id = dice.choice(["m-none", "m-complaint", *story.books[key].words])
    reply_id = dice.choice(["r-none", *story.books[key].letters])
    grant_id = dice.choice([given.grant_id for given in story.case(key).grants] or ["g-none"])
    choices: list[Callable[[], Attempt]] = [
        lambda: says(key, actor, dice.choice(list(ReplyKind)), dice.choice([LETTER, "It was accounting."])),
        lambda: proposes(key, actor, dice.choice([FIRST_REPLY, ""])),
        lambda: judges(key, actor, dice.choice(list(Verdict)), message_id),
        lambda: closes(key, actor, dice.choice(list(Closing)), message_id, dice.choice(["why", ""])),
        lambda: offers(key, actor, colleague, dice.random() < 0.5, dice.random() < 0.8),
        lambda: accepts(key, actor, dice.random() < 0.8),
        lambda: grants(key, actor, dice.choice(["miles-15000", "refund-100", "lounge-access"]), message_id),
        lambda: asks(key, actor, dice.choice([None, colleague]), dice.choice([0, 9_000, 40_000])),
        lambda: lends(key, actor, dice.choice([(), (Amount("EUR", 5_000),)])),
        lambda: on(
            key,
            lambda story, case: authority.deny(
                case, c.DenyAuthority(actor, asked_for(case), "no"), story.now
            ),
        ),
        lambda: on(key, lambda story, case: authority.time_out(case, asked_for(case), story.now)),
        lambda: fulfils(key, grant_id, dice.random() < 0.5),
        lambda: revokes(key, actor, grant_id),
        lambda: writes(key, dice.choice([MAIL, SMS])),
        lambda: answers(key, dice.choice(list(Solved)), message_id),
        lambda: arrives(key, reply_id, dice.choice(["email", "sms"]), dice.random() < 0.7),
        lambda: merges(key, other, actor),
        lambda: links(key, other, actor),
        lambda: gives_back(key, other, actor),
        lambda: parts(key, actor, message_id),
        lambda: joins(key, actor),
        lambda: introduced(key),
        lambda: resolves(key, actor),
        lambda: fixes(key, actor),
        lambda: on(
            key, lambda _, case: ownership.decline(case, c.DeclineHandOff(actor, pending(case), "no"))
        ),
        lambda: on(key, lambda _, case: ownership.help_out(case, actor)),
        lambda: on(
            key,
            lambda _, case: ownership.stop_helping(case, dice.choice(case.helpers or (actor,))),
        ),
        lambda: on(key, lambda story, case: ownership.time_out(case, pending(case), story.now)),
        lambda: on(key, lambda _, case: solution.record_cause(case, c.RecordCause(actor, "why"))),
        lambda: on(
            key,
            lambda story, case: solution.assess_severity(
                case, c.AssessSeverity(actor, dice.choice(["low", "critical"]), "seen"), story.now
            ),
        ),
        lambda: on(key, lambda _, case: solution.record_prevention(case, c.RecordPrevention(actor, "so"))),
        lambda: on(
            key,
            lambda story, case: ownership.hear_ended(case, e.CallEnded("call-1"), story.now, QUARTER),
        ),
        lambda: on(key, lambda _, case: ownership.hear_absent(case, actor.employee_id)),
        lambda: on(
            key, lambda _, case: ownership.withdraw(case, c.WithdrawHandOff(actor, pending(case), "another"))
        ),
        lambda: on(key, lambda _, case: leaving.move_first_contact(case, actor.employee_id)),
        lambda: on(key, lambda _, case: ownership.invite(case, c.InviteHelper(actor, colleague, "May I?"))),
        lambda: on(key, lambda _, case: [e.CallStarted("call-1", "CA1")]),
        lambda: on(key, speaks(actor, dice.choice(["I am sorry, Maria.", "It was accounting.", "it must"]))),
        lambda: learns(key, story.case(key), actor, dice),
    ]
    return dice.choice(choices)()


def sensible(story: Story, dice: Random) -> Attempt:
    """What somebody who knows the work would do next, so that the story gets anywhere."""
    key = dice.choice(story.keys[:2]) if dice.random() < 0.8 else dice.choice(story.keys)
    case = story.case(key)
    owner, hand_off = case.owner, case.hand_off
    if case.asked and dice.random() < 0.5:
        return lends(key, PEOPLE[3])
    if hand_off and dice.random() < 0.8:
        come = joins(key, hand_off.receiver) if hand_off.live else introduced(key)
        back = c.WithdrawHandOff(owner, hand_off.hand_off_id, "They know it best")
        gone = on(key, lambda _, case: ownership.withdraw(case, back))
        return (
            accepts(key, hand_off.receiver, True) if hand_off.introduced else dice.choice([come] * 7 + [gone])
        )
    if dice.random() < 0.5 and (moody := MOODS[story.mood](story, key, dice)):
        return moody
    if dice.random() < 0.08:
        grant_id = dice.choice([given.grant_id for given in case.grants] or ["g-none"])
        leaves = on(key, lambda _, case: leaving.move_first_contact(case, case.first_contact.employee_id))
        settled = [revokes(key, owner, grant_id), fulfils(key, grant_id, dice.random() < 0.5), leaves]
        return dice.choice([asks(key, owner, None, 9_000), *settled])
    if dice.random() < 0.25:
        offer = offers(key, owner, dice.choice(PEOPLE), dice.random() < 0.5, True)
        return dice.choice([writes(key, dice.choice([MAIL, SMS])), offer, learns(key, case, owner, dice)])
    newest = next(reversed(story.books[key].words), "m-none")
    return _next(story, key, case, newest, dice)


def _next(story: Story, key: Key, case: Case, newest: str, dice: Random) -> Attempt:
    owner = case.owner
    solved = dice.choice(list(Solved))
    if case.status is Status.OPEN:
        first = says(key, owner, ReplyKind.REPLY, FIRST_REPLY)
        return dice.choice([first, proposes(key, owner, FIRST_REPLY)])
    if case.status is Status.PROPOSED:
        return judges(key, owner, dice.choice(JUDGEMENTS), newest)
    if case.status is Status.FIXING:
        return dice.choice(
            [fixes(key, owner), resolves(key, owner), grants(key, owner, "lounge-access", "k")]
        )
    if case.status is Status.RESOLVED:
        answer = answers(key, solved, dice.choice([newest, story.new_id()]))
        return dice.choice([closes(key, owner, Closing.CONFIRMED, newest), answer])
    return answers(key, solved, "m-later")


def _silent(story: Story, key: Key, dice: Random) -> Attempt:
    owner = story.case(key).owner
    if len(story.books[key].tried) < 3 or dice.random() < 0.3:
        story.now += timedelta(days=dice.choice([0, 1, 2, 3]))
        return arrives(key, "r-any", dice.choice(["email", "sms"]), dice.random() < 0.5)
    return closes(key, owner, Closing.UNREACHABLE)


def _merging(story: Story, key: Key, dice: Random) -> Attempt:
    case = story.case(key)
    if case.absorbed and dice.random() < 0.4:
        return gives_back(key, (TENANT, dice.choice(case.absorbed).case_id), case.owner)
    if dice.random() < 0.3:
        return parts(key, case.owner, dice.choice(["m-none", *story.books[key].words]))
    return merges(key, dice.choice(story.keys), case.owner)


def _letters(story: Story, key: Key, dice: Random) -> Attempt:
    owner, letter = story.case(key).owner, story.case(key).letter
    if letter is None:
        return says(key, owner, ReplyKind.FINAL_RESPONSE, LETTER)
    if letter.delivered_at is None or dice.random() < 0.2:
        return arrives(key, letter.reply_id, "email", dice.random() < 0.7)
    return closes(key, owner, dice.choice([Closing.FINAL_RESPONSE, Closing.NOT_A_COMPLAINT]))


def _working(story: Story, key: Key, dice: Random) -> Attempt | None:
    case = story.case(key)
    if case.helpers and dice.random() < 0.5:
        return on(key, lambda _, case: ownership.stop_helping(case, case.helpers[0]))
    if dice.random() < 0.05:
        return on(key, lambda _, case: ownership.help_out(case, PEOPLE[3]))
    if dice.random() < 0.1:
        newest = next(reversed(story.books[key].words), "m-none")
        return closes(key, case.owner, dice.choice([Closing.NOT_A_COMPLAINT, Closing.WITHDRAWN]), newest)
    return None


MOODS: dict[str, Callable[[Story, Key, Random], Attempt | None]] = {
    "working": _working,
    "silent": _silent,
    "merging": _merging,
    "letters": _letters,
}


def told(rules: Rules, dice: Random, length: int, crash: float = 0.05) -> Story:
    """A story of `length` attempts, each of which may be lost whole; then all that must hold at its end."""
    story = Story(rules, dice)
    for _ in range(length):
        attempt = dice.choice((sensible, sensible, anything))(story, dice)
        minutes = dice.choice(MINUTES) if dice.random() < 0.97 else dice.choice([DAY, 6 * DAY, 31 * DAY])
        story.attempt(attempt, minutes, crash)
    for key, book in story.books.items():
        assert fold(None, book.log) == story.case(key)  # replaying gives the same state
        ends_somewhere(story, key)
    return story


def every_event(story: Story) -> Iterator[e.Event]:
    for book in story.books.values():
        yield from book.log
