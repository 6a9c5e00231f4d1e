"""In which language a customer is written to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

EVERYBODY = "*"
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Languages:
    """The language of customers whose own is not known, by tenant and under EVERYBODY (BCP 47)."""

    tenants: Mapping[str, str] = field(default_factory=dict)

    def choose(self, tenant_id: str, wanted: str, known: Collection[str]) -> str:
        """The customer's where there are words in it, else the tenant's, else English. `known` are primary
        subtags; "de-AT" and "de_AT" find "de"."""
        tenants = self.tenants.get(tenant_id, self.tenants.get(EVERYBODY, ENGLISH))
        return next((one for one in (_subtag(wanted), _subtag(tenants)) if one in known), ENGLISH)


def _subtag(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].strip().casefold()
