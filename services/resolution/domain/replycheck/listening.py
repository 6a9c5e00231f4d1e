"""Reading speech as it comes: a stretch together with what the same person said just before it."""

from __future__ import annotations

from dataclasses import replace

from services.resolution.domain.events import Finding
from services.resolution.domain.replycheck.engine import Checked, Reading, check
from services.resolution.domain.replycheck.pack import Pack

SPEECH = "speech"
"""A moment at which no pack misses anything: what is due on a call, the playbook knows."""


def listen(before: str, text: str, first_name: str, pack: Pack) -> Checked:
    """What `text` adds to `before`. Offsets point into both, joined by one space. A good or a fault counts
    where it is completed: never a second time with the stretch after it. The wording that is suggested for a
    fault repairs what has been said."""
    earlier = check(Reading(before, first_name, SPEECH), pack)
    if not before:
        whole, alone = (check(Reading(text, first_name, SPEECH), pack),) * 2
    else:
        whole = check(Reading(f"{before} {text}", first_name, SPEECH), pack)
        alone = check(Reading(text, first_name, SPEECH), pack)
    new = {*alone.goods} | ({*whole.goods} - {*earlier.goods})
    begins = len(before) + 1 if before else 0
    return replace(
        whole,
        goods=tuple(good for good in whole.goods if good in new),
        findings=tuple(
            replace(each, suggestion=_repair(each, first_name, pack))
            for each in whole.findings
            if each.end > begins and not any(_same(each, old) for old in earlier.findings)
        ),
    )


def _repair(finding: Finding, first_name: str, pack: Pack) -> str:
    say = pack.repairs.get(finding.category, finding.suggestion)
    return say.replace("{first_name}", first_name) if first_name else say.replace(", {first_name}", "")


def _same(one: Finding, other: Finding) -> bool:
    return one.category == other.category and one.start < other.end and other.start < one.end
