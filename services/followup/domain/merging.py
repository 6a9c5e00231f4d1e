"""What merged cases tell each other (domain.md, ledger, rule 9): the survivor keeps the strictest running
clocks and promises, and hears what the customer goes on saying to the merged case; that case, once the merge
is undone, knows what it was answered meanwhile.

All of it follows from the facts of one case and is told again when these change, so the order in which the
events of both come does not matter. What is on record as breached or broken stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.followup.domain.clock_instance import ClockInstance
from services.followup.domain.clocks import moves_on, unmerged_clocks
from services.followup.domain.life import Merged, heard, merged_spans
from services.followup.domain.policy import MetBy
from services.followup.domain.promises import graver, promises
from services.followup.domain.record import Absorbed, Carried, Fact, FollowUp
from services.followup.domain.words import PromiseKind, PromiseState, Severity


def taught(record: FollowUp) -> Mapping[str, tuple[Fact, ...]]:
    """By case id, what this case tells those that it was merged into, and those that were merged into it."""
    told: dict[str, list[Fact]] = {}
    for span in merged_spans(record):
        told.setdefault(span.case_id, []).append(_absorbed(record, span))
    for came in record.absorbed:
        if came.until is not None:
            span = Merged(record.case_id, came.at, came.until)
            answers = [answer for answer in record.answers if span.holds(answer.at)]
            told.setdefault(came.case_id, []).extend(answers)
    return {case_id: tuple(facts) for case_id, facts in told.items()}


def _absorbed(record: FollowUp, span: Merged) -> Absorbed:
    running = [clock for clock in unmerged_clocks(record) if moves_on(record, clock, span)]
    promised = [
        promise.due_at
        for promise in promises(record)
        if promise.kind is PromiseKind.PROGRESS
        and promise.state is PromiseState.SUPERSEDED
        and promise.settled_at == span.since
    ]
    return Absorbed(
        case_id=record.case_id,
        at=span.since,
        until=span.until,
        severity=graver(record, span.since) or Severity.NORMAL,
        clocks=tuple(_carried(clock) for clock in running),
        due_at=min(promised, default=None),
        said=tuple(message for message in heard(record) if span.holds(message.at)),
    )


def _carried(clock: ClockInstance) -> Carried:
    # A holding reply gives the longer time to the case it is for: elsewhere the final response alone counts.
    holding = clock.met_by is MetBy.HOLDING_OR_FINAL_RESPONSE
    return Carried(
        clock.clock,
        clock.message_id,
        clock.started_at,
        clock.due_at,
        clock.met_at,
        clock.contact_id,
        MetBy.FINAL_RESPONSE if holding else clock.met_by,
        clock.policy_id,
        clock.severity,
    )
