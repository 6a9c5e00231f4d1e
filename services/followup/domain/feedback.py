"""What a customer's own words say after a case was resolved (P2.7, P5.4): solved or not, the verdict, 0 to
10.

Careful in one direction: closing needs a plain yes. A yes beside "still not working" is CONTRADICTORY and
beside an open question or a doubt ("will be fixed") UNCLEAR, and both go to the owner; courtesy alone
("thanks!") says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.followup.domain.lexicon import Lexicon
from services.followup.domain.life import concerning, resolved_before
from services.followup.domain.promises import Promise
from services.followup.domain.record import FollowUp, Said
from services.followup.domain.words import PromiseKind, PromiseState, Solved, Verdict

# How many words before a phrase a negation reaches: "is not really all solved".
NEGATION_REACH = 3
# And behind one: "funktioniert leider immer noch nicht".
NEGATION_REACH_BEHIND = 4

_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_WORD = re.compile(r"\d+(?:/\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*(?:/10)?")
_QUOTED = re.compile(r"^\s*>.*$", re.MULTILINE)
_OF_TEN = re.compile(r"\s*(?:out\s+of|/|of|von)\s*(?:10|ten|zehn)\b")


@dataclass(frozen=True, slots=True)
class Understood:
    """What an answer says; -1 when no score was given."""

    solved: Solved = Solved.UNSPECIFIED
    verdict: Verdict = Verdict.UNSPECIFIED
    recommend: int = -1
    satisfaction: int = 0
    effort: int = 0


@dataclass(frozen=True, slots=True)
class Feedback:
    """A customer's message that answers a resolved or closed case."""

    message: Said
    answers_circle_back: bool
    promise_id: str


def understand(text: str, lexicon: Lexicon) -> Understood:
    """Read an answer. Quoted lines (">") are ours and are left out. Never raises; unknown words make it
    UNCLEAR.
    """
    own = _QUOTED.sub("", text).replace("\u2019", "'").casefold()
    reading = _Reading(lexicon)
    for sentence in _SENTENCE.findall(own):
        reading.read(sentence)
    return reading.conclusion()


def ticked(given: Understood, comment: str, lexicon: Lexicon) -> Understood:
    """An answer that was ticked, with the words beside it. A ticked "yes" is held to what these say, as a
    written one is; a ticked "no" is a no whatever they say."""
    solved = given.solved
    if solved is Solved.YES and comment.strip():
        solved = understand(f"yes.\n{comment}", lexicon).solved
    return replace(given, solved=solved)


def feedback(record: FollowUp, promised: Sequence[Promise]) -> tuple[Feedback, ...]:
    """The customer's messages that came while the case was resolved or closed, oldest first.

    `promised` are the promises of the record, for those a message may answer.
    """
    return tuple(_feedback(record, promised))


def _feedback(record: FollowUp, promised: Sequence[Promise]) -> Iterator[Feedback]:
    for message in concerning(record):
        if message.suppressed:
            continue
        resolved = resolved_before(record, message.received_at)
        if resolved is not None:
            asked = _asked(promised, message)
            yield Feedback(message, bool(asked), asked)


def _asked(promised: Sequence[Promise], message: Said) -> str:
    """The circle-back this answers: the last one that reached the customer before; empty when none had."""
    reached = [
        promise.promise_id
        for promise in promised
        if promise.kind is PromiseKind.CIRCLE_BACK
        and promise.state is PromiseState.KEPT
        and promise.settled_at is not None
        and promise.settled_at <= message.received_at
    ]
    return reached[-1] if reached else ""


class _Reading:
    """Collects what the sentences of one answer say."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._said: set[Solved] = set()
        self._verdicts: list[Verdict] = []
        self._scores: list[int] = []
        self._loose: list[int] = []  # bare numbers that may be a score
        self._open = False  # a question, or something that is not a fact yet
        self._unexplained = False

    def read(self, sentence: str) -> None:
        """Take in one sentence (lower case, its closing mark included)."""
        sentence = _OF_TEN.sub("/10", sentence)
        if sentence.rstrip().endswith("?"):
            self._open = True  # "is it solved?" is not a yes
            return
        words = _WORD.findall(sentence)
        place = 0
        while place < len(words):
            place += self._phrase(words, place) or self._word(words, place)

    def conclusion(self) -> Understood:
        """What all of it means together."""
        scores = self._scores or (self._loose if len(self._loose) == 1 else [])
        verdict = self._verdicts[-1] if len(set(self._verdicts)) == 1 else Verdict.UNSPECIFIED
        return Understood(self._solved(), verdict, scores[-1] if scores else -1)

    def _solved(self) -> Solved:
        if len(self._said) > 1:
            return Solved.CONTRADICTORY
        if self._said == {Solved.NO}:
            return Solved.NO
        if self._open:
            return Solved.UNCLEAR
        if self._said:
            return Solved.YES
        # Courtesy, a score or a verdict alone say nothing about solved; any other word may.
        return Solved.UNCLEAR if self._unexplained else Solved.UNSPECIFIED

    def _phrase(self, words: list[str], place: int) -> int:
        """Take the longest known phrase here; its length, 0 when none begins here."""
        for length in range(min(self._lexicon.longest, len(words) - place), 0, -1):
            phrase = tuple(words[place : place + length])
            if phrase in self._lexicon.doubtful:
                self._open = True
                return length
            if phrase in self._lexicon.courtesy or self._meaning(phrase, self._negated(words, place, phrase)):
                return length
        return 0

    def _meaning(self, phrase: tuple[str, ...], negated: bool) -> bool:
        solved = self._lexicon.solved.get(phrase)
        verdict = self._lexicon.verdicts.get(phrase)
        if solved is not None:
            self._said.add(_opposite(solved) if negated else solved)
        elif verdict is not None:
            self._verdicts.append(Verdict.BELOW if negated and verdict is Verdict.MEETS else verdict)
        return solved is not None or verdict is not None

    def _negated(self, words: list[str], place: int, phrase: tuple[str, ...]) -> bool:
        near = words[max(0, place - NEGATION_REACH) : place]
        if phrase in self._lexicon.negated_behind:
            behind = place + len(phrase)
            near += words[behind : behind + NEGATION_REACH_BEHIND]
        return any(word in self._lexicon.negations or word.endswith("n't") for word in near)

    def _word(self, words: list[str], place: int) -> int:
        word = words[place]
        if place == 0 and word in self._lexicon.opening_yes:
            self._said.add(Solved.YES)
        elif place == 0 and word in self._lexicon.opening_no:
            self._said.add(Solved.NO)
        elif not self._score(words, place) and word not in self._lexicon.filler:
            self._unexplained = True
        return 1

    def _score(self, words: list[str], place: int) -> bool:
        word, _, scale = words[place].partition("/")
        number = int(word) if word.isdecimal() else self._lexicon.numbers.get(word, -1)
        if not 0 <= number <= 10:
            return False
        after = words[place + 1] if place + 1 < len(words) else ""
        before = words[max(0, place - NEGATION_REACH) : place]
        if scale == "10" or any(one in self._lexicon.score_words for one in before):
            self._scores.append(number)
        elif word.isdecimal() and not scale and after not in self._lexicon.units:
            self._loose.append(number)
        return True


def _opposite(solved: Solved) -> Solved:
    return Solved.NO if solved is Solved.YES else Solved.YES
