"""What a message in a chat becomes, whatever carries it: a word that goes on in the open conversation between
its writer and the account of ours that was written to.
"""

from __future__ import annotations

from datetime import datetime

from services.intake.adapters.channels.contact import open_chat
from services.intake.adapters.channels.hooks import Request
from services.intake.domain.records import Attachment, CustomerWord, Party, Source
from services.intake.domain.text import clean_text, first_name


def chat_word(
    request: Request,
    source: Source,
    parties: tuple[Party, ...],
    message_id: str,
    text: str,
    *,
    attachments: tuple[Attachment, ...] = (),
    occurred_at: datetime | None = None,
    parent_id: str = "",
    suppressed_reason: str = "",
) -> CustomerWord:
    """The word; `parties` are one person's, the first is answered. The account's setting `skill` says who can
    help.
    """
    said, name = clean_text(text), parties[0].display_name
    judged = request.classifier.judge("", said)
    account = request.accounts.get(source.account)
    return CustomerWord(
        source=source,
        parties=parties,
        provider_message_id=message_id,
        full_name=name,
        first_name=first_name(name),
        text=said,
        text_stripped=said[:16_000],
        attachments=attachments,
        occurred_at=occurred_at,
        parent_id=parent_id,
        suppressed_reason=suppressed_reason,
        keys=tuple(open_chat(source.channel, source.account, party) for party in parties),
        required_skill=account.settings.get("skill", "") if account else "",
        language=judged.language,
        severity=judged.severity,
        category=judged.topic,
        assessment=judged,
    )
