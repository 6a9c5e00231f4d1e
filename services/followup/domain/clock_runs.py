"""What runs on a case and what ends it, whatever the targets: each clock from the facts alone.

| clock | begins with | is met by | stands still |
|---|---|---|---|
| response_60s, first_response | oldest unanswered message | a person's next words | never |
| next_response | the same of every later wait | the same | closed |
| progress_update | the case, each word of a person | the next one | never; ends when resolved |
| proposal | the complaint, a verdict "below" | a proposal, or the resolution | closed |
| resolution_first, resolution_total | the complaint | the resolution | customer waited for, closed |
| owner_time | each acceptance of ownership | the resolution | customer waited for, closed |
| inherited | a complaint that was taken over | the resolution | customer waited for, closed |
| regulator:* | the complaint's receipt | what the policy says | never; dropped with the complaint |

A resolution counts when no word of the customer is left unanswered. `resolution_first` is over with the
first; of `resolution_total` each one that the customer did not accept is a pause, and it runs on. Waiting for
the customer begins with a person's proposal that was delivered and ends with the customer's next word: no
status begins it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.followup.domain.life import closed_spans, concerning, resolved_before
from services.followup.domain.policy import INHERITED, LETTERS, MetBy, Target
from services.followup.domain.record import Answer, FollowUp, Move, Said
from services.followup.domain.words import ClockName, ReplyKind, Solved, Verdict

NEVER = datetime.min.replace(tzinfo=UTC)

Stop = tuple[datetime, datetime | None]
"""A stretch in which a clock stands still; None: it still does."""
Met = tuple[datetime, str]
"""When a clock was met, and by which message (empty: by the customer's own word)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of something running. `cause` names what it began with, so that it is the same run however
    often it is derived."""

    cause: str
    started_at: datetime
    heard_at: datetime  # when this case knew of it
    met: Met | None = None
    stops: tuple[Stop, ...] = ()
    ended: datetime | None = None  # goes on elsewhere, or is asked for no more


def needs_no_answer(record: FollowUp, message: Said) -> bool:
    """Whether a customer's word on a resolved case asks for nothing: a plain yes, thanks, or a score."""
    plain = message.solved in (Solved.YES, Solved.UNSPECIFIED)
    return plain and resolved_before(record, message.received_at) is not None


def waits(
    record: FollowUp, brought: Iterable[tuple[datetime, datetime | None]]
) -> Iterator[tuple[bool, Run]]:
    """(of the first wait?, the run) of every wait for an answer. `brought` are the waits that merged cases
    brought along, since when and until when: a message in one of these begins none here."""
    first, oldest, answer = True, None, None
    goes_on = tuple(brought)
    for message in asking(record):
        if any(_belongs(message, wait) for wait in goes_on):
            continue
        if oldest is not None and (answer is None or message.said_at <= answer.at):
            if message.said_at < oldest:  # a delayed message, older than the one the wait began with
                oldest = message.said_at
                yield first, _wait(message, answer_to(record, message))
            continue
        first = oldest is None
        oldest, answer = message.said_at, answer_to(record, message)
        yield first, _wait(message, answer)


def _belongs(message: Said, wait: Stop) -> bool:
    since, until = wait
    return since < message.received_at and (until is None or message.said_at <= until)


def asking(record: FollowUp) -> Iterator[Said]:
    """The customer's messages that want an answer, oldest first."""
    for message in concerning(record):
        if not (message.suppressed or message.spoken or needs_no_answer(record, message)):
            yield message


def answer_to(record: FollowUp, message: Said) -> Answer | None:
    """The first words of a person after a message."""
    # What was delivered before we had the message cannot answer it; on a live call the voice has no such
    # delay.
    since = message.said_at if message.live else max(message.said_at, message.received_at)
    return next((answer for answer in record.answers if answer.at >= since), None)


def runs(record: FollowUp, target: Target) -> Iterator[Run]:
    """The runs of the service's clocks but the response clocks."""
    if target.clock == INHERITED:
        yield from _inherited(record)
        return
    match target.clock:
        case ClockName.PROGRESS_UPDATE:
            yield from _progress(record)
        case ClockName.PROPOSAL:
            yield from _proposals(record)
        case ClockName.RESOLUTION_FIRST | ClockName.RESOLUTION_TOTAL:
            yield from _resolution(record, total=target.clock == ClockName.RESOLUTION_TOTAL)
        case ClockName.OWNER_TIME:
            yield from _owners(record)


def met(record: FollowUp, by: MetBy, since: datetime) -> Met | None:
    """The first thing at or after `since` that meets a clock of this kind."""
    match by:
        case MetBy.ANSWER | MetBy.UPDATE | MetBy.WRITTEN:
            return first(record, since, spoken=by is not MetBy.WRITTEN)
        case MetBy.PROPOSAL:
            return earliest(
                first(record, since, (ReplyKind.PROPOSAL,)),
                _judged(record, since),
                met(record, MetBy.RESOLUTION, since),
            )
        case MetBy.RESOLUTION:
            return next((one for move, one in resolutions(record) if one and one[0] >= since), None)
        case MetBy.ACCEPTANCE:
            return accepted(record, since)
        case MetBy.LETTER_OR_ACCEPTANCE:
            return earliest(first(record, since, LETTERS[by]), accepted(record, since))
        case _:
            return first(record, since, LETTERS[by])


def resolutions(record: FollowUp) -> Iterator[tuple[Move, Met | None]]:
    """Each resolution, and when the customer had it: with no word of theirs left unanswered. One that was
    reopened before that never was one."""
    for move in record.moves:
        if move.kind == "resolved":
            told = _told(record, move)
            yield move, None if told is None or _reopened(record, move.at, told.at) else (
                max(move.at, told.at), told.contact_id
            )  # fmt: skip


def _told(record: FollowUp, move: Move) -> Answer | None:
    before = [message for message in asking(record) if message.received_at <= move.at]
    answers = [answer_to(record, message) for message in before]
    if not before:
        return next(iter(record.answers), None)
    return None if None in answers else max((one for one in answers if one), key=lambda one: one.at)


def _reopened(record: FollowUp, since: datetime, until: datetime) -> bool:
    return any(move.kind == "reopened" and since <= move.at <= until for move in record.moves)


def first(
    record: FollowUp, since: datetime, kinds: Sequence[ReplyKind] = (), *, spoken: bool = True
) -> Met | None:
    """The first words of a person, or the first of these kinds; with or without those on a call."""
    words = (one for one in record.answers if one.at >= since and (spoken or not one.spoken))
    found = (one for one in words if not kinds or one.kind in kinds)
    return next(((one.at, one.contact_id) for one in found), None)


def _judged(record: FollowUp, since: datetime) -> Met | None:
    """A verdict shows that the customer had the proposal, also where it was made by voice."""
    return next(((one.at, "") for one in record.judged if one.at >= since), None)


def accepted(record: FollowUp, since: datetime, until: datetime | None = None) -> Met | None:
    """The customer's first acceptance that they did not take back by `until` (None: whenever)."""
    for word, back in acceptances(record, since):
        if back is None or (until is not None and back > until):
            return word
    return None


def acceptances(record: FollowUp, since: datetime) -> Iterator[tuple[Met, datetime | None]]:
    """Each acceptance of the customer, and when the case was reopened after it; a further yes before that is
    the same."""
    words = [(one.at, "") for one in record.judged if one.verdict in (Verdict.MEETS, Verdict.EXCEEDS)]
    words += [(move.at, "") for move in record.moves if move.kind == "closed" and _confirms(move)]
    back: datetime | None = since
    for word in sorted(words):
        if back is not None and word[0] >= back:
            back = again(record, word[0])
            yield word, back


def _confirms(move: Move) -> bool:
    return move.confirmed and not move.merged_into and not move.dropped


def earliest(*found: Met | None) -> Met | None:
    return min((one for one in found if one is not None), default=None)


def _wait(message: Said, answer: Answer | None) -> Run:
    return Run(
        message.message_id,
        message.said_at,
        message.received_at,
        (answer.at, answer.contact_id) if answer else None,
    )


def receipts(record: FollowUp) -> Iterator[Said]:
    """The customer's first message, then each that came later but was said before it: where a complaint
    begins."""
    oldest: datetime | None = None
    for message in record.said:
        counted = not (message.suppressed or message.spoken)
        if counted and (oldest is None or message.said_at < oldest):
            oldest = message.said_at
            yield message


def dropped(record: FollowUp) -> datetime | None:
    """Since when the customer wants no answer any more, or never wanted one."""
    last: datetime | None = None
    for move in record.moves:
        if move.kind == "reopened":
            last = None
        elif move.kind == "closed" and move.dropped and last is None:
            last = move.at
    return last


def _progress(record: FollowUp) -> Iterator[Run]:
    words = [(one.at, one.contact_id) for one in record.answers if not one.spoken]
    begins = [*words, *((move.at, move.key) for move in record.moves if move.kind == "reopened")]
    begins += [(record.opened.at, "opened")] if record.opened else []
    for since, cause in sorted(begins):
        if _settled(record, since):
            continue
        over = (move.at for move in _own_moves(record) if _ends(move) and move.at >= since)
        ended = min(over, default=None)
        found = next((one for one in words if one[0] > since), None)
        kept = found is not None and (ended is None or found[0] <= ended)
        yield Run(
            f"progress:{record.case_id}:{cause}",
            since,
            since,
            found if kept else None,
            (),
            None if kept else ended,
        )


def _settled(record: FollowUp, at: datetime) -> bool:
    before = [move for move in _own_moves(record) if move.at <= at]
    return bool(before) and _ends(before[-1])


def _own_moves(record: FollowUp) -> Iterator[Move]:
    """Without the merges: who is a part of another case still waits, and for the same."""
    return (move for move in record.moves if not move.merged_into)


def _ends(move: Move) -> bool:
    return move.kind != "reopened"


def _proposals(record: FollowUp) -> Iterator[Run]:
    stops = tuple(closed_spans(record))
    for message in receipts(record):
        found = met(record, MetBy.PROPOSAL, message.said_at)
        yield Run(message.message_id, message.said_at, message.received_at, found, stops, dropped(record))
    for one in record.judged:
        if one.verdict is Verdict.BELOW:
            found = met(record, MetBy.PROPOSAL, one.at)
            yield Run(one.key, one.at, one.at, found, stops, dropped(record))


def _resolution(record: FollowUp, *, total: bool) -> Iterator[Run]:
    stops = joined([*waiting(record), *closed_spans(record), *(_unaccepted(record) if total else ())])
    found = [one for _, one in resolutions(record) if one is not None]
    if total:
        found = [one for one in found[-1:] if again(record, one[0]) is None]
    over = min(found, default=None)
    for message in receipts(record):
        yield Run(message.message_id, message.said_at, message.received_at, over, stops, dropped(record))


def _unaccepted(record: FollowUp) -> Iterator[Stop]:
    """From each resolution until the customer said that it was none."""
    for _, one in resolutions(record):
        back = again(record, one[0]) if one is not None else None
        if one is not None and back is not None:
            yield one[0], back


def again(record: FollowUp, at: datetime) -> datetime | None:
    """When the case was reopened after `at`."""
    return next((move.at for move in record.moves if move.kind == "reopened" and move.at >= at), None)


def _inherited(record: FollowUp) -> Iterator[Run]:
    """From when the customer complained to the earlier system: nothing else runs from such a complaint."""
    stops = joined([*waiting(record), *closed_spans(record)])
    over = min((one for _, one in resolutions(record) if one is not None), default=None)
    begun = record.complaint.message_id if record.complaint else ""
    for message in record.said:
        if message.message_id == begun:
            cause, heard_at = f"inherited:{begun}", message.received_at
            yield Run(cause, message.said_at, heard_at, over, stops, dropped(record))


def _owners(record: FollowUp) -> Iterator[Run]:
    stops = joined([*waiting(record), *closed_spans(record)])
    for index, owner in enumerate(record.owners):
        then = next(iter(record.owners[index + 1 :]), None)
        over = met(record, MetBy.RESOLUTION, owner.at)
        ended = then.at if then is not None and (over is None or then.at < over[0]) else None
        yield Run(
            f"owner:{record.case_id}:{owner.key}", owner.at, owner.at, None if ended else over, stops, ended
        )


def waiting(record: FollowUp) -> Iterator[Stop]:
    """Each stretch in which the customer has a proposal and has not said anything since."""
    for proposal in record.answers:
        if proposal.kind is ReplyKind.PROPOSAL:
            words = [one.received_at for one in concerning(record) if one.received_at > proposal.at]
            words += [one.at for one in record.judged if one.at > proposal.at]
            words += [move.at for move in record.moves if move.at > proposal.at]
            yield proposal.at, min(words, default=None)


def joined(stops: Iterable[Stop]) -> tuple[Stop, ...]:
    """The same stretches in order, those that touch made one."""
    found: list[Stop] = []
    for since, until in sorted(stops, key=lambda one: one[0]):
        last = found[-1] if found else None
        if last is not None and (last[1] is None or since <= last[1]):
            found[-1] = (last[0], None if last[1] is None or until is None else max(last[1], until))
        else:
            found.append((since, until))
    return tuple(found)
