"""Policies and answer words from their files beside the code; read once, at the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any

import yaml

from services.chassis.errors import ConfigError
from services.followup.adapters.documents import At, read
from services.followup.adapters.rules import policy_files
from services.followup.adapters.rules.policy_files import Calendars
from services.followup.config import Settings
from services.followup.domain.lexicon import Lexicon, Phrase, together
from services.followup.domain.policy import Policy
from services.followup.domain.record import Policed, Terms
from services.followup.domain.words import ClockName, Severity, Solved, Verdict

# The languages whose answers are understood.
LANGUAGES = ("en", "de")
_TYPED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def terms(name: str, years: Iterable[int] = ()) -> Terms:
    """The service policy `name` of policies/, with the holidays of these years. Raises ConfigError with the
    line of what is wrong."""
    return parsed(f"{name}.yaml", shipped("policies", f"{name}.yaml"), Calendars(tuple(years)))


def parsed(name: str, text: str, known: Calendars) -> Terms:
    """The service policy of a text. Raises ConfigError as terms does."""
    return read(name, text, partial(_terms, known=known))


def either(name: str, text: str, known: Calendars) -> Terms | Policy:
    """A policy of the service, which says `progress` and `circle_back`, or one of a regulator. Raises
    ConfigError."""
    return read(name, text, partial(_either, known=known))


def _either(top: At, known: Calendars) -> Terms | Policy:
    service = isinstance(top.value, dict) and {"progress", "circle_back"} & set(top.value)
    return _terms(top, known) if service else policy_files.regulator(top, known)


def adjusted(policy: Terms, settings: Settings) -> Terms:
    """The policy with what the settings say otherwise; it says so in its id."""
    changed = policy
    if settings.circle_back_s:
        changed = replace(changed, circle_back_s=tuple(settings.circle_back_s))
    if settings.circle_back_grace_s is not None:
        changed = replace(changed, circle_back_grace_s=settings.circle_back_grace_s)
    if settings.progress_s is not None:
        changed = replace(changed, progress_s=dict.fromkeys(Severity, settings.progress_s))
    return changed if changed == policy else replace(changed, policy_id=f"{policy.policy_id}+settings")


def regulators(entries: Iterable[str], years: Iterable[int]) -> Regulators:
    """Which regulators' policies rule whose complaints, of TENANT:POLICY and TENANT/CATEGORY:POLICY. Raises
    ConfigError."""
    span = tuple(years)
    found: dict[tuple[str, str], tuple[Policy, ...]] = {}
    for entry in entries:
        whose, colon, name = entry.strip().partition(":")
        tenant, slash, category = whose.partition("/")
        if not (tenant and colon and name) or (slash and not category):
            raise ConfigError("bad_regulators", f"TENANT:POLICY or TENANT/CATEGORY:POLICY, not {entry!r}")
        known = found.get((tenant, category), ())
        found[tenant, category] = (*known, policy_files.load(name, span))
    return Regulators(found)


@dataclass(frozen=True, slots=True)
class Regulators:
    """Policies by tenant and category; of category "" for all complaints of the tenant. Those of teams, which
    rule what one of them owns, by tenant and team."""

    policies: Mapping[tuple[str, str], tuple[Policy, ...]]
    teams: Mapping[tuple[str, str], tuple[Policy, ...]] = field(default_factory=dict)

    def rule(self, tenant_id: str, category: str, at: datetime) -> list[Policed]:
        """The facts that each of them rules a complaint received at `at`."""
        found = [(one, "tenant") for one in self.policies.get((tenant_id, ""), ())]
        if category:
            found += [(one, f"category:{category}") for one in self.policies.get((tenant_id, category), ())]
        return [Policed(at, policy, because) for policy, because in found]

    def rule_team(self, tenant_id: str, team: str, at: datetime) -> list[Policed]:
        """The facts that those of a team rule a case which one of them owns from `at` on."""
        policies = self.teams.get((tenant_id, team), ()) if team else ()
        return [Policed(at, policy, f"team:{team}") for policy in policies]


def lexicon(*languages: str) -> Lexicon:
    """How answers in these languages are read (answers/), all at once. Raises ConfigError when a file is
    missing or wrong."""
    texts = {language: shipped("answers", f"{language}.yaml") for language in languages}
    try:
        return together([_lexicon(yaml.safe_load(text)) for text in texts.values()])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError("bad_answer_words", f"{', '.join(languages)}: {error}") from error


def shipped(folder: str, name: str) -> str:
    """A data file of this service. Raises ConfigError."""
    file = files("services.followup") / folder / name
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError("missing_file", f"{folder}/{name} is not there") from error


def _terms(top: At, known: Calendars) -> Terms:
    of = top.mapping(("id", "version", "clocks", "progress", "circle_back"))
    circle = of["circle_back"].mapping(("after_resolved", "grace", "after_closing"))
    progress = of["progress"].mapping([one.value for one in Severity])
    targets = tuple(
        policy_files.target(key.one_of([one.value for one in ClockName]), clock)
        for key, clock in of["clocks"].pairs()
    )
    return Terms(
        policy_id=f"{of['id'].text()}@{of['version'].whole(1, 9999)}",
        targets=targets,
        progress_s={severity: policy_files.length(one) for severity, one in progress.items()},
        circle_back_s=tuple(policy_files.length(one) for one in circle["after_resolved"].items()),
        circle_back_grace_s=policy_files.length(circle["grace"]),
        circle_back_after_closing=circle["after_closing"].yes(),
        calendars=policy_files.calendars(of["clocks"], targets, known),
    )


def _lexicon(data: Mapping[str, Any]) -> Lexicon:
    return Lexicon(
        language=data["language"],
        solved={phrase: Solved(word) for word, told in data["solved"].items() for phrase in _phrases(told)},
        verdicts={
            phrase: Verdict(word) for word, told in data["verdicts"].items() for phrase in _phrases(told)
        },
        opening_yes=_words(data["opening_yes"]),
        opening_no=_words(data["opening_no"]),
        negations=_words(data["negations"]),
        negated_behind=frozenset(_phrases(data["negated_behind"])),
        doubtful=frozenset(_phrases(data["doubtful"])),
        courtesy=frozenset(_phrases(data["courtesy"])),
        filler=_words(data["filler"]),
        score_words=_words(data["score_words"]),
        units=_words(data["units"]),
        numbers={word: number for name, number in data["numbers"].items() for word in _spellings(name)},
    )


def _phrases(lines: Sequence[str]) -> list[Phrase]:
    return [tuple(line.split()) for told in lines for line in _spellings(told)]


def _words(told: Sequence[str]) -> frozenset[str]:
    return frozenset(word for one in told for word in _spellings(one))


def _spellings(told: str) -> set[str]:
    """As it is read, and as it is typed where the keyboard has no umlauts."""
    plain = told.casefold()
    return {plain, plain.translate(_TYPED)}
