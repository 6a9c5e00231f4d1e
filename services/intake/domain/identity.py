"""One customer behind many parties: parties seen together, or known already, belong to one person.

When two known customers turn out to be one, the older one (smaller UUIDv7) stays; links keep their evidence,
so that a merge can be taken back, and no evidence makes one of two who were parted. A mailbox that several
people share is evidence of nothing, nor is the telephone of a household (docs/adr/0015).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.intake.domain.text import first_name

# tenant, kind, value: nothing is ever shared between tenants
PartyKey = tuple[str, str, str]
_CRM = "crm"
# Two customers of whom somebody said that they are not the same person; each pair in both directions.
Apart = Collection[tuple[UUID, UUID]]


# Mailboxes that several people read and write: what is named beside one is not its owner's.
SHARED_MAILBOXES = frozenset(
    [
        "accounting",
        "accounts",
        "admin",
        "administration",
        "bookings",
        "buchhaltung",
        "contact",
        "contacto",
        "einkauf",
        "enquiries",
        "family",
        "familie",
        "familia",
        "frontdesk",
        "hello",
        "help",
        "helpdesk",
        "hr",
        "info",
        "invoice",
        "invoices",
        "kontakt",
        "mail",
        "marketing",
        "office",
        "orders",
        "post",
        "postmaster",
        "praxis",
        "purchasing",
        "rechnung",
        "reception",
        "rezeption",
        "sales",
        "secretary",
        "sekretariat",
        "service",
        "support",
        "team",
        "verwaltung",
        "webmaster",
    ]
)


def evidence(parties: Sequence[PartyKey]) -> tuple[PartyKey, ...]:
    """Of the parties of one record those that are one person's; the first is the one to answer, and stays.

    A shared mailbox (info@) is a customer of its own, whoever is named beside it: else everybody who ever
    wrote from it would become one person.
    """
    first, *others = parties
    if is_shared(first):
        return (first,)
    return (first, *(party for party in others if not is_shared(party)))


def is_shared(party: PartyKey) -> bool:
    """Whether several people are likely behind an address."""
    _, kind, value = party
    return kind == "email" and value.partition("@")[0].partition("+")[0] in SHARED_MAILBOXES


@dataclass(frozen=True, slots=True)
class Seen:
    """Parties that one record shows to be the same person; `candidate` is the id if nobody knows them."""

    parties: tuple[PartyKey, ...]
    candidate: UUID
    name: str = ""  # of the person, as the record has it


def another_person(one: str, other: str) -> bool:
    """Whether two names are surely two people's: each has a first name that the other does not hold. Family
    names and their order tell nothing: a household shares one, and others change it.
    """
    first, second = first_name(one), first_name(other)
    return bool(first and second) and not (_words(first) & _words(other) or _words(second) & _words(one))


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return set(re.findall(r"\w+", "".join(one for one in plain if not unicodedata.combining(one))))


def without_others(seen: Sequence[Seen], name_of: Mapping[PartyKey, str]) -> list[Seen]:
    """Records without the parties that are another person's by name: of a household, or an office.

    `name_of` has the names of the customers to whom parties lead already. What is named beside the first
    party stays with whom it leads to, if that is somebody of another name; what people of different names
    name at once is nobody's. Where the first party itself is another's, as with a mailbox for two, all that
    is named beside it is the writer's and not the owner's. What a CRM says is believed. The result does not
    depend on the order of `seen`.
    """
    speaker_of = [record.name or name_of.get(record.parties[0], "") for record in seen]
    names_for: dict[PartyKey, set[str]] = {party: {name} for party, name in name_of.items() if name}
    for record, speaker in zip(seen, speaker_of, strict=True):
        for party in record.parties:
            if not name_of.get(party):
                names_for.setdefault(party, set()).add(speaker)
    return [
        replace(record, parties=_ours(record, speaker, name_of, names_for))
        for record, speaker in zip(seen, speaker_of, strict=True)
    ]


def _ours(
    record: Seen,
    speaker: str,
    name_of: Mapping[PartyKey, str],
    names_for: Mapping[PartyKey, Collection[str]],
) -> tuple[PartyKey, ...]:
    first, *others = record.parties
    lent = another_person(speaker, name_of.get(first, ""))
    # Who has no name may still not make one of two who have.
    ours = [speaker] if speaker else [name_of.get(party, "") for party in others]

    def is_anothers(party: PartyKey) -> bool:
        return lent or any(another_person(one, name) for one in ours for name in names_for[party])

    return (first, *(party for party in others if party[1] == _CRM or not is_anothers(party)))


@dataclass(frozen=True, slots=True)
class Merge:
    """Two customers are one: `gone` becomes `stays`. `shown` are the parties that were shown to be one
    person's."""

    tenant_id: str
    gone: UUID
    stays: UUID
    shown: tuple[PartyKey, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: the customer of every party, the parties nobody knew, and the merges."""

    customer_of: Mapping[PartyKey, UUID]
    unknown: tuple[PartyKey, ...]
    merges: tuple[Merge, ...] = field(default=())


def plan(seen: Sequence[Seen], known: Mapping[PartyKey, UUID], apart: Apart = ()) -> Plan:
    """Group the parties of a batch by person. The result does not depend on the order of `seen`."""
    groups = _grouped(seen, known, apart)
    candidates: dict[PartyKey, UUID] = {}
    for record in seen:
        root = groups.root(record.parties[0])
        candidates[root] = min(candidates.get(root, record.candidate), record.candidate)
    customer_of: dict[PartyKey, UUID] = {}
    merges: list[Merge] = []
    for root, members in groups.members().items():
        existing = sorted({known[party] for party in members if party in known})
        stays = existing[0] if existing else candidates[root]
        customer_of.update(dict.fromkeys(members, stays))
        shown = tuple(sorted(members))
        merges.extend(Merge(root[0], gone, stays, shown) for gone in existing[1:])
    unknown = tuple(sorted(party for party in customer_of if party not in known))
    # In one order, like all that locks rows: two replicas that merge the same customers must not deadlock.
    merges.sort(key=lambda merge: (merge.tenant_id, merge.stays, merge.gone))
    return Plan(customer_of, unknown, tuple(merges))


def parties_back(
    recorded: Collection[PartyKey], named: Collection[PartyKey], survivors: Collection[PartyKey]
) -> tuple[PartyKey, ...]:
    """What is a customer's again when their merge is taken back: what led to them before it, and what is
    named, as far as it is the survivor's now."""
    return tuple(sorted({*recorded, *named} & {*survivors}))


def _grouped(seen: Sequence[Seen], known: Mapping[PartyKey, UUID], apart: Apart) -> _Groups:
    groups = _Groups()
    # Two parties that lead to one known customer are one group already.
    for parties in _by_customer(known).values():
        groups.join(parties)
    if not apart:
        for record in seen:
            groups.join(record.parties)
        return groups
    # In one order, for what is joined first may keep what comes later out.
    for pair in sorted({(record.parties[0], party) for record in seen for party in record.parties}):
        one, other = (groups.customers(party, known) for party in pair)
        if not any((left, right) in apart for left in one for right in other):
            groups.join(pair)
    return groups


def _by_customer(known: Mapping[PartyKey, UUID]) -> Mapping[UUID, list[PartyKey]]:
    found: dict[UUID, list[PartyKey]] = {}
    for party, customer in known.items():
        found.setdefault(customer, []).append(party)
    return found


class _Groups:
    """Union-find over parties; the smallest member is the root, so the order of joining does not matter."""

    def __init__(self) -> None:
        self._above: dict[PartyKey, PartyKey] = {}

    def join(self, parties: Iterable[PartyKey]) -> None:
        roots = sorted({self.root(party) for party in parties})
        for root in roots[1:]:
            self._above[root] = roots[0]

    def root(self, party: PartyKey) -> PartyKey:
        above = self._above.setdefault(party, party)
        while above != party:
            party, above = above, self._above[above]
        return party

    def customers(self, party: PartyKey, known: Mapping[PartyKey, UUID]) -> set[UUID]:
        """The known customers of the group that a party is in."""
        root = self.root(party)
        return {customer for each, customer in known.items() if self.root(each) == root}

    def members(self) -> Mapping[PartyKey, list[PartyKey]]:
        found: dict[PartyKey, list[PartyKey]] = {}
        for party in self._above:
            found.setdefault(self.root(party), []).append(party)
        return found
