"""What every transaction of follow-up needs beside the transaction itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.protobuf.message import Message

from services.chassis.clock import Clock
from services.chassis.db import Connection
from services.chassis.ids import Ids
from services.chassis.journal import NewEvent
from services.followup.adapters.inviting import Invitations
from services.followup.adapters.letter_files import Templates
from services.followup.adapters.postgres import TOPIC, PostgresDesk
from services.followup.adapters.rules.choices import TenantPolicies
from services.followup.adapters.shelves import Shelf
from services.followup.app.ports import Cause, Letters
from services.followup.domain.contact import Contact
from services.followup.domain.languages import Languages
from services.followup.domain.lexicon import Lexicon
from services.followup.domain.wishes import Quiet


@dataclass(frozen=True, slots=True)
class Office:
    """The policies, the words, the templates, the time and the ids of this process."""

    policies: TenantPolicies
    lexicon: Lexicon
    letters: Letters
    drafts: Shelf[Templates]
    clock: Clock
    ids: Ids
    invitations: Invitations
    quiet: Mapping[str, Quiet]  # that were stated (preferences.quiet_hours)
    champion_window: timedelta  # from the customer's confirmation to the decision whether they became one
    languages: Languages

    def desk(self, tx: Connection) -> PostgresDesk:
        """The cases of one transaction."""
        return PostgresDesk(tx, self.policies, self.clock, self.ids, self.champion_window)

    def news(self, contact: Contact, message: Message, at: datetime, cause: Cause) -> NewEvent:
        """An event about an outgoing message; without a cause it belongs to the span that sends."""
        return NewEvent(
            topic=TOPIC,
            key=contact.case_id,
            tenant_id=contact.tenant_id,
            message=message,
            event_id=self.ids.new(),
            occurred_at=at,
            correlation_id=contact.case_id,
            causation_id=cause.event_id or None,
            traceparent=cause.traceparent or None,
        )
