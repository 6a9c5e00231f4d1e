"""Everything that is data rather than code, as one value: playbooks, reply packs, catalogue, limits, time
limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.resolution.app.shelf import Shelf
from services.resolution.domain.catalogue import Catalogue
from services.resolution.domain.limits import Authority
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.replycheck import Pack
from services.resolution.domain.state import Case


@dataclass(frozen=True, slots=True)
class Terms:
    """What one tenant gives, and who may give how much of it."""

    catalogue: Catalogue
    authority: Authority


@dataclass(frozen=True, slots=True)
class Rules:
    """`default_language` is what a customer of unknown language is taken to speak. `causes` (title by code)
    are for tenants without a list of their own; prevention_within counts from resolved."""

    shelf: Shelf
    packs: Mapping[str, Pack]
    terms: Terms
    default_language: str = "en"
    hand_off_live: timedelta = timedelta(seconds=60)
    hand_off: timedelta = timedelta(minutes=15)
    reopen_window: timedelta = timedelta(days=30)
    terms_by_tenant: Mapping[str, Terms] = field(default_factory=dict)
    prevention_within: timedelta = timedelta(days=7)
    win_back_within: timedelta = timedelta(days=3)
    causes: Mapping[str, str] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """Of tenants that have none of their own."""
        return self.terms.catalogue

    @property
    def authority(self) -> Authority:
        """Of tenants that have none of their own."""
        return self.terms.authority

    def terms_of(self, tenant_id: str) -> Terms:
        """The tenant's own, else those that ship."""
        return self.terms_by_tenant.get(tenant_id, self.terms)

    @property
    def playbooks(self) -> Mapping[str, Playbook]:
        """Those that ship, as they are in this release."""
        return {playbook_id: written.playbook for playbook_id, written in self.shelf.shipped.items()}

    @property
    def playbook(self) -> Playbook:
        """The default: what new cases follow where the tenant has not chosen."""
        return self.shelf.default

    def playbook_for(self, tenant_id: str) -> Playbook:
        """The one new cases of this tenant follow, once Work.know_active was told to ask."""
        return self.shelf.active(tenant_id)

    def playbook_of(self, case: Case) -> Playbook:
        """The very version this case was opened with; whoever loads a case has it at hand (Work)."""
        return self.shelf.of(case)

    def pack_of(self, case: Case, language: str = "") -> Pack | None:
        """The pack of a language, else of the case's own; None when there is none, and then nothing can
        pass."""
        return self.packs.get(subtag(language or case.language or self.default_language))


def subtag(language: str) -> str:
    """The primary subtag of a BCP 47 tag, "en" of "en-GB"; "" of ""."""
    return language.replace("_", "-").split("-", 1)[0].casefold()
