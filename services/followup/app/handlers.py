"""One short function per thing that happens: facts arrive, time passes, an owner promises sooner.

| what | function | ends in |
|---|---|---|
| events of intake, resolution; receipts; hand-overs | `learn` | clocks, promises, feedback, acknowledgement |
| the case's timer | `fire` | breaches, broken promises, circle-backs due |
| MakePromise | `promise_sooner` | the promise replaced by an earlier one |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from services.followup.app.ports import Advanced, CaseKey, Cause, Desk, Kept, Letters
from services.followup.domain import advance, merging
from services.followup.domain.acknowledgement import Acknowledgement
from services.followup.domain.advance import Step
from services.followup.domain.contact import ACKNOWLEDGEMENT, Contact
from services.followup.domain.errors import UnknownCase
from services.followup.domain.record import Complaint, Fact, Owner
from services.followup.domain.record import learn as learn_facts

Letter = Callable[[str, Complaint, Owner], tuple[str, str]]
Learned = Mapping[CaseKey, tuple[Sequence[Fact], Cause]]


async def learn(desk: Desk, letters: Letters, learned: Learned, now: datetime) -> None:
    """Take facts into their cases, and what follows from them into the cases that these were merged with.
    Cases are locked in one order, so that two replicas cannot deadlock; merged ones, which are few, behind
    them."""
    if not learned:
        return
    kept = dict(await desk.take(sorted(learned)))
    everything = await _with_merged(desk, kept, learned)
    steps = []
    for key in sorted(everything):
        facts, cause = everything[key]
        step = advance.advance(kept[key].record, facts, now)
        if step.record != kept[key].record or step.events:
            steps.append(_advanced(kept[key], step, cause, letters, now))
    await desk.put(steps)


async def _with_merged(desk: Desk, kept: dict[CaseKey, Kept], learned: Learned) -> Learned:
    """What was learned, and what merged cases tell each other because of it; `kept` grows by these."""
    facts = {key: list(news) for key, (news, _) in learned.items()}
    causes = {key: cause for key, (_, cause) in learned.items()}
    records = {key: learn_facts(kept[key].record, news) for key, news in facts.items()}
    telling = sorted(records)
    while telling:
        key = telling.pop(0)
        for case_id, news in merging.taught(records[key]).items():
            other = (key[0], case_id)
            if other not in kept:
                kept.update(await desk.take([other]))
                records[other] = kept[other].record
            after = learn_facts(records[other], news)
            if after != records[other]:
                records[other] = after
                facts.setdefault(other, []).extend(news)
                causes.setdefault(other, causes[key])
                telling.append(other)
    return {key: (news, causes[key]) for key, news in facts.items()}


async def fire(desk: Desk, letters: Letters, keys: Collection[CaseKey], now: datetime) -> None:
    """Judge the deadlines of cases whose timer fired; the timer is gone, so each is set anew."""
    ordered = sorted(set(keys))
    kept = await desk.take(ordered)
    steps = []
    for key in ordered:
        fired = Kept(kept[key].record, None)
        steps.append(_advanced(fired, advance.fire(fired.record, now), Cause(), letters, now))
    await desk.put(steps)


async def promise_sooner(
    desk: Desk,
    letters: Letters,
    key: CaseKey,
    due_at: datetime,
    employee_id: str,
    covers: Collection[str],
    now: datetime,
) -> Step:
    """Move a case's next promise to an earlier time. Raises UnknownCase and what advance.promise_sooner
    raises.
    """
    kept = await desk.find(key)
    if kept is None:
        raise UnknownCase("unknown_case", "there is no such case")
    step = advance.promise_sooner(kept.record, due_at, employee_id, now, covers)
    await desk.put([_advanced(kept, step, Cause(), letters, now)])
    return step


def _advanced(kept: Kept, step: Step, cause: Cause, letters: Letters, now: datetime) -> Advanced:
    contacts = tuple(_automatic(step, one, letters.introduce, cause, now) for one in step.introduce)
    if step.acknowledge is not None:
        contacts = (_automatic(step, step.acknowledge, letters.acknowledge, cause, now), *contacts)
    return Advanced(step, cause, contacts, timer_moved=step.next_due != kept.next_due)


def _automatic(step: Step, due: Acknowledgement, write: Letter, cause: Cause, now: datetime) -> Contact:
    complaint = due.complaint
    subject, text = write(step.record.tenant_id, complaint, due.owner)
    return Contact(
        contact_id=due.contact_id,
        tenant_id=step.record.tenant_id,
        case_id=step.record.case_id,
        kind=ACKNOWLEDGEMENT,
        human=False,
        channel=complaint.channel,
        via=due.via,
        account=complaint.account,
        party_value=complaint.party_value,
        party_name=complaint.party_name,
        subject=subject,
        text=text,
        in_reply_to=complaint.provider_message_id,
        thread_key=complaint.thread_key,
        author=due.owner.name,
        queued_at=now,
        traceparent=cause.traceparent,
    )
