"""Which conversation a word belongs to: how claims look, how they are proven, in which order they count.

Order (conventions 1.6): a signed token we issued, our own Message-IDs, what the provider calls the thread, a
subject tag from a known party, and for chat the newest open conversation with the same party. Else a new one.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from uuid import UUID

from services.intake.domain.records import Pointer, ThreadKey

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TOKEN = re.compile(rf"\+c\.({_UUID})\.([0-9a-f]{{16}})@", re.IGNORECASE)
_OUR_ID = re.compile(rf"c\.({_UUID})\.m\.[^@<>\s]{{1,200}}@[^@<>\s]{{1,255}}", re.IGNORECASE)
_TAG = re.compile(r"\[#C-([0-9a-f]{12})\]", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,900})>")
# RFC 5322 sets no limit to References; the newest ones at its end are the ones that count.
_REFERENCES_READ = 20
_REFERENCES_KEPT = 4
# What mail programs put before the subject of an answer, in the languages customers write.
_REPLY = re.compile(
    r"(re|aw|antw|sv|vs|odp|rép|res|rif|r|ynt|ant|ref|回复|回覆|答复|返信|회신)(\[\d{1,3}\])?\s?[:：]",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"(fwd?|wg|tr|rv|i|doorst|vb|pd|enc|转发|轉寄|転送|전달)\s?[:：]", re.IGNORECASE)
_PROVEN = ("case", "token", "references")


def mac_of(case_id: UUID, secret: str) -> str:
    """The proof in a Reply-To address: the first 16 hex digits of HMAC-SHA256(secret, case id)."""
    return hmac.new(secret.encode(), str(case_id).encode(), sha256).hexdigest()[:16]


def token_pointers(addresses: Iterable[str], secrets: Sequence[str]) -> Iterator[Pointer]:
    """Cases named by `care+c.<case>.<mac>@domain` recipients whose proof holds, compared in constant time."""
    for address in addresses:
        found = _TOKEN.search(address)
        if found is None:
            continue
        case_id, given = UUID(found[1]), found[2].lower()
        if any(hmac.compare_digest(mac_of(case_id, secret), given) for secret in secrets):
            yield Pointer("token", case_id)


def plain_address(address: str) -> str:
    """The address without a plus-part, lower case: what a channel account is registered under."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def message_ids(*headers: str) -> list[str]:
    """Message-IDs without brackets: In-Reply-To first, then References newest to oldest, each once."""
    ids = [found for header in headers for found in reversed(_MESSAGE_ID.findall(header[-8192:]))]
    return list(dict.fromkeys(ids))[:_REFERENCES_READ]


def reference_pointers(ids: Iterable[str]) -> Iterator[Pointer]:
    """Cases named by Message-IDs of our own making, `c.<case>.m.<contact>@domain`."""
    for message_id in ids:
        found = _OUR_ID.fullmatch(message_id)
        if found is not None:
            yield Pointer("references", UUID(found[1]))


def is_our_message_id(message_id: str) -> bool:
    """Whether follow-up made this Message-ID: such a mail coming in is our own, going round in a circle."""
    return _OUR_ID.fullmatch(message_id) is not None


def is_reply(subject: str) -> bool:
    """Whether the subject says that a mail answers another; some programs send nothing else to tell."""
    return _REPLY.match(subject) is not None


def is_forward(subject: str) -> bool:
    """Whether the subject says that a mail passes another on: what stands below is then its point."""
    return _FORWARD.match(subject) is not None


def tag_pointers(subject: str) -> Iterator[Pointer]:
    """Cases named by a subject tag; they count only for a party of the case's own customer."""
    yield from (Pointer("subject_tag", tag=found.lower()) for found in _TAG.findall(subject))


def tag_of(case_id: UUID) -> str:
    """What a subject tag says of a case: its last twelve hex digits, all of them random in a UUIDv7."""
    return case_id.hex[-12:]


def mail_keys(own_id: str, referenced: Sequence[str]) -> tuple[ThreadKey, ...]:
    """The handles of a mail thread: its own id and the newest it refers to, for the same customer only."""
    ids = dict.fromkeys([own_id, *referenced[:_REFERENCES_KEPT]])
    return tuple(ThreadKey("mail", one, "references", per_customer=True) for one in ids if one)


def proven_first(pointers: Sequence[Pointer]) -> list[Pointer]:
    """The pointers that carry their own proof, strongest first."""
    proven = [pointer for pointer in pointers if pointer.threaded_by in _PROVEN]
    return sorted(proven, key=lambda pointer: _PROVEN.index(pointer.threaded_by))
