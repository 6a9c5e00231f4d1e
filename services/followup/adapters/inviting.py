"""The link to the page for the customer's answer, below every circle-back (P2.7, P5.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.answerlink import ANSWER_PREFIX, AnswerLink, issue

# As long as a customer may take their time; whoever answers later does so in words.
LINK_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Invitations:
    """`base_url` is where intake is reached from outside (empty: nothing is written below); `secret` signs.
    `words` by tenant and language holds {link}."""

    base_url: str
    secret: str
    words: Callable[[str, str], str]

    def write(
        self, tenant_id: str, case_id: str, contact_id: str, released_at: datetime, language: str = ""
    ) -> str:
        """What stands below this message; `language` is the customer's, empty where it is not known."""
        if not self.base_url:
            return ""
        link = AnswerLink(UUID(case_id), UUID(contact_id), released_at + LINK_AGE)
        token = issue(tenant_id, link, self.secret)
        link_to = f"{self.base_url.rstrip('/')}{ANSWER_PREFIX}{tenant_id}/{token}"
        return "\n\n" + self.words(tenant_id, language).format(link=link_to)
