"""Whether a word that begins a conversation begins a case, or is a query."""

from __future__ import annotations

from services.intake.domain.records import Channel, CustomerWord

CHANNEL_DEFAULT = "channel_default"
ASSESSED = "assessed"
IN_DOUBT = "in_doubt"
CONVERTED = "converted"

# People write here about anything. Whoever calls or waits in a chat is answered at once anyway, and forms and
# callers of the API say themselves that it is a complaint.
_ABOUT_ANYTHING = frozenset(
    {
        Channel.EMAIL,
        Channel.SMS,
        Channel.WHATSAPP,
        Channel.MESSENGER,
        Channel.INSTAGRAM,
        Channel.X,
        Channel.TELEGRAM,
        Channel.LINE,
        Channel.VIBER,
    }
)


def is_query(word: CustomerWord) -> bool:
    """Only where the words leave no doubt, and are all that came: a file may hold the complaint."""
    return (
        word.source.channel in _ABOUT_ANYTHING
        and word.assessment is not None
        and word.assessment.confident_query
        and not word.attachments
        and not word.imported_from
    )


def because(word: CustomerWord) -> str:
    """The rule that calls a word a complaint."""
    if word.assessment is None or word.source.channel not in _ABOUT_ANYTHING:
        return CHANNEL_DEFAULT
    return ASSESSED if word.assessment.chance >= 0.5 else IN_DOUBT
