"""Speech on a call, stretch by stretch as it is transcribed: what it gave to the customer, what it should not
have said, and which words are due (P1.5). What was said cannot be stopped: a hint names the sentence that
repairs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from services.resolution.domain import events as e
from services.resolution.domain import speech
from services.resolution.domain.playbook import STARTS, Playbook, Step
from services.resolution.domain.replycheck import Pack, listen
from services.resolution.domain.state import Case

HASTE = timedelta(seconds=30)
"""How long before the end of a step's time its words are asked for; half of a time shorter than twice
this."""


def hear_employee(
    case: Case, spoke: e.EmployeeSpoke, now: datetime, pack: Pack | None, playbook: Playbook
) -> list[e.Event]:
    """EmployeeSpoke with the goods that this stretch gave, and HintGiven when there is something to say.
    Nothing for a segment heard twice. Without a pack nothing is found, and nothing missed."""
    if speech.known(case.heard, spoke.employee_id, spoke.segment_id):
        return []
    if pack is None:
        return [spoke]
    before = speech.before(case.heard, spoke.employee_id, spoke.spoken_at)
    heard = listen(before, spoke.text, case.first_name, pack)
    spoke = replace(spoke, said=heard.goods)
    missing = _missing(case, spoke.spoken_at, {*case.said, *heard.goods}, playbook)
    hint = replace(
        _hint(case, spoke.employee_id, spoke.segment_id, spoke.spoken_at, now),
        text=f"{before} {spoke.text}" if before else spoke.text,
        findings=heard.findings,
        pack_version=heard.pack_version,
    )
    return [spoke, *_worth(hint, missing)]


def remind_owner(
    case: Case, spoke: e.CustomerSpoke, now: datetime, pack: Pack | None, playbook: Playbook
) -> list[e.HintGiven]:
    """While the customer speaks on a call, the owner is told which words are due."""
    if spoke.address is not None or pack is None:
        return []
    missing = _missing(case, spoke.word.received_at, set(case.said), playbook)
    hint = _hint(case, case.owner.employee_id, spoke.word.message_id, spoke.word.received_at, now)
    return _worth(replace(hint, pack_version=pack.name), missing)


def _hint(case: Case, employee_id: str, segment_id: str, at: datetime, now: datetime) -> e.HintGiven:
    began = case.call.started_at if case.call and case.call.started_at else case.complained_at
    second = max(int((at - began).total_seconds()), 0)
    return e.HintGiven(employee_id, segment_id, second, "", (), (), "", now)


def _worth(hint: e.HintGiven, missing: Iterator[e.MissingGood]) -> list[e.HintGiven]:
    text = hint.text if hint.findings else ""
    whole = replace(hint, text=text, missing=tuple(missing))
    return [whole] if whole.findings or whole.missing else []


def _missing(case: Case, at: datetime, said: set[str], playbook: Playbook) -> Iterator[e.MissingGood]:
    """Each good once per case, however many steps rest on it."""
    asked = {*said, *case.hinted} | (set() if case.first_name else {"first_name"})
    for step in playbook.steps if case.closed_at is None else ():
        good, due_at = _good_of(step), _due(step, case)
        if good and due_at and good not in asked and due_at - at <= _haste(step):
            asked.add(good)
            say = step.say.replace("{first_name}", case.first_name)
            yield e.MissingGood(good, step.step_id, due_at, say.replace("{owner}", case.owner.display_name))


def _good_of(step: Step) -> str:
    """The good that proves this step when it is spoken; "" when words alone cannot."""
    spoken = (each for each in step.evidence if each.event is e.EmployeeSpoke)
    return next((str(test.wanted) for each in spoken for test in each.tests if test.field == "said"), "")


def _due(step: Step, case: Case) -> datetime | None:
    start = STARTS[step.after](case)
    turn = not case.step_done(step.step_id) and (not step.follows or case.step_done(step.follows))
    return start + step.within if turn and start and step.within else None


def _haste(step: Step) -> timedelta:
    return min(HASTE, step.within / 2) if step.within else HASTE
