"""What customers are told automatically, in their language (templates/messages.<language>.yaml)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.chassis.errors import ConfigError
from services.followup.adapters.documents import At, read
from services.followup.adapters.letter_files import FOLDER, form
from services.followup.adapters.shelves import Shelf
from services.followup.domain.languages import Languages
from services.followup.domain.record import Complaint, Owner
from services.followup.domain.words import Channel

# Which of a message's words may have what filled in.
_FORMS: Mapping[str, tuple[str, ...]] = {
    "subject": (),
    "somebody": (),
    "reach": ("owner",),
    "reach_at": ("owner", "contact"),
    "greeting": ("name",),
    "greeting_short": ("name",),
    "greeting_unknown": (),
    "acknowledgement": ("greeting", "owner", "reach"),
    "acknowledgement_short": ("greeting", "owner", "reach"),
    "introduction": ("greeting", "owner", "reach"),
    "introduction_short": ("greeting", "owner", "reach"),
    "answer": ("link",),
}
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TemplateLetters:
    """The Letters port over templates/: a mail, and a short form for everything that is read on a telephone.
    `words` may be the tenant's own."""

    words: Shelf[Words]
    languages: Languages

    def acknowledge(self, tenant_id: str, complaint: Complaint, owner: Owner) -> tuple[str, str]:
        """Thank, apologise without blame, name the owner and how to reach them (P1.2, P1.6)."""
        return self._fill(tenant_id, complaint, owner, "acknowledgement")

    def introduce(self, tenant_id: str, complaint: Complaint, owner: Owner) -> tuple[str, str]:
        """Name the new owner and how to reach them, without a word about the one who left (P1.6)."""
        return self._fill(tenant_id, complaint, owner, "introduction")

    def invitation(self, tenant_id: str, language: str) -> str:
        """What stands beside the link below a circle-back; holds {link}."""
        return self._words(tenant_id, language)["answer"]

    def subject(self, tenant_id: str, language: str) -> str:
        """Of a mail to which its author gave none."""
        return self._words(tenant_id, language)["subject"]

    def _words(self, tenant_id: str, language: str) -> Words:
        words = self.words.of(tenant_id)
        return words[self.languages.choose(tenant_id, language, words)]

    def _fill(self, tenant_id: str, complaint: Complaint, owner: Owner, what: str) -> tuple[str, str]:
        words = self._words(tenant_id, complaint.language)
        mail = complaint.channel is Channel.EMAIL or complaint.party_kind == "email"
        short = "" if mail else "_short"
        greeting = words[f"greeting{short}" if complaint.first_name else "greeting_unknown"]
        name = owner.name or words["somebody"]
        reach = words["reach_at" if owner.contact else "reach"].format(owner=name, contact=owner.contact)
        filled = words[f"{what}{short}"].format(
            greeting=greeting.format(name=complaint.first_name), owner=name, reach=reach
        )
        return (reply_subject(complaint.subject, words["subject"]) if mail else ""), filled


def reply_subject(subject: str, instead: str) -> str:
    """The subject of an answer: one "Re:", or words of our own when the customer wrote none."""
    plain = " ".join(subject.split())
    if not plain:
        return instead
    return plain if plain.casefold().startswith("re:") else f"Re: {plain}"


def load(folder: Path = FOLDER) -> Mapping[str, Words]:
    """The words of every language there is. Raises ConfigError naming file, line and column."""
    found = {}
    for file in sorted(folder.glob("messages.*.yaml")):
        language, words = read(file.name, file.read_text(encoding="utf-8"), _words)
        if file.name != f"messages.{language}.yaml":
            raise ConfigError("bad_file", f"{file.name}: its language is {language!r}")
        found[language] = words
    return found


def languages(entries: Iterable[str], words: Shelf[Words]) -> Languages:
    """Of TENANT:LANGUAGE, TENANT "*" for all others. Raises ConfigError also for a language without words."""
    found = {}
    for entry in entries:
        tenant, colon, language = entry.strip().partition(":")
        known = words.of(tenant)
        if not (tenant and colon) or language not in known:
            raise ConfigError("bad_languages", f"TENANT:LANGUAGE of {', '.join(known)}, not {entry!r}")
        found[tenant] = language
    return Languages(found)


def _words(top: At) -> tuple[str, Words]:
    of = top.mapping(("language", *_FORMS))
    return of["language"].text(), {name: form(of[name], fields) for name, fields in _FORMS.items()}
