"""The link to the page for the customer's answer, below every circle-back (P2.7, P5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.answerlink import ANSWER_PREFIX, AnswerLink, issue
from services.followup.adapters.policies import shipped

# As long as a customer may take their time; whoever answers later does so in words.
LINK_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Invitations:
    """`base_url` is where intake is reached from outside (empty: nothing is written below); `secret` signs.
    `text` holds {link}."""

    base_url: str
    secret: str
    text: str

    @classmethod
    def of(cls, base_url: str, secret: str, language: str = "en") -> Invitations:
        """With the words of templates/. Raises ConfigError."""
        return cls(base_url.rstrip("/"), secret, shipped("templates", f"answer.{language}.txt").strip())

    def write(self, tenant_id: str, case_id: str, contact_id: str, released_at: datetime) -> str:
        """What stands below this message."""
        if not self.base_url:
            return ""
        link = AnswerLink(UUID(case_id), UUID(contact_id), released_at + LINK_AGE)
        token = issue(tenant_id, link, self.secret)
        return "\n\n" + self.text.format(link=f"{self.base_url}{ANSWER_PREFIX}{tenant_id}/{token}")
