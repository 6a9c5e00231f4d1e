"""Which handles go along when some of a customer's words become a case of their own (resolution's SplitCase).

A handle that leads to a word goes where that word goes. One that leads to a whole chat or call goes with its
newest word, for a chat continues the newest matter (conventions 1.6). A mail names what it answers: so each
Message-ID goes with its own mail, and the other handles of a mail thread go only with all of its words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the customer as it was published, oldest first; `mail_id` is empty of what is no mail."""

    conversation_id: UUID
    interaction_id: UUID
    message_id: str
    mail_id: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """What leads to the new case from now on: all handles of the interactions that are `whole`, those of
    `ending` that are no mail, and the Message-IDs `mail_ids`; out of the conversations `origins`."""

    origins: tuple[UUID, ...] = ()
    whole: tuple[UUID, ...] = ()
    ending: tuple[UUID, ...] = ()
    mail_ids: tuple[str, ...] = ()


def going(said: Iterable[Said], brought: Collection[str]) -> Going:
    """What goes along with the words `brought`, by message id."""
    words = list(said)
    went = [one for one in words if one.message_id in brought]
    touched = dict.fromkeys(one.interaction_id for one in went)
    stayed = {one.interaction_id for one in words if one.message_id not in brought}
    newest = {one.interaction_id: one.message_id for one in words}
    return Going(
        origins=tuple(dict.fromkeys(one.conversation_id for one in went)),
        whole=tuple(one for one in touched if one not in stayed),
        ending=tuple(one for one in touched if newest[one] in brought),
        mail_ids=tuple(dict.fromkeys(one.mail_id for one in went if one.mail_id)),
    )
