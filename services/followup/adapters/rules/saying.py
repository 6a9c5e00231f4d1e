"""What a tenant keeps and chooses, as events: the record of who changed by what new cases are measured."""

from __future__ import annotations

from datetime import datetime

from amends.followup.v1 import events_pb2 as out
from google.protobuf.message import Message

from services.chassis import journal
from services.chassis.clock import to_proto
from services.chassis.db import Connection
from services.chassis.journal import NewEvent
from services.followup.adapters.office import Office
from services.followup.adapters.postgres import SOURCE, TOPIC
from services.followup.domain.choice import Choice, RuleText


async def kept(tx: Connection, office: Office, tenant_id: str, text: RuleText) -> None:
    """Say that a version was kept. Raises Retryable."""
    said = out.RuleKept(
        kind=text.kind.value,
        rule_id=text.rule_id,
        version=text.version,
        author_id=text.author_id,
        kept_at=to_proto(text.kept_at),
    )
    await _say(tx, office, tenant_id, text.rule_id, said, text.kept_at)


async def chosen(tx: Connection, office: Office, tenant_id: str, choice: Choice) -> None:
    """Say what new cases follow. Raises Retryable."""
    said = out.PoliciesChosen(
        number=choice.number,
        service_policy=choice.service_policy,
        rulings=[
            out.PoliciesChosen.Ruling(policy_id=one.policy_id, category=one.category, team=one.team)
            for one in choice.rulings
        ],
        versions=[
            out.PoliciesChosen.Version(kind=kind.value, rule_id=rule_id, version=version)
            for kind, texts in sorted(choice.versions.items())
            for rule_id, version in sorted(texts.items())
        ],
        chosen_by=choice.chosen_by,
        reason=choice.reason,
        chosen_at=to_proto(choice.chosen_at),
    )
    await _say(tx, office, tenant_id, tenant_id, said, choice.chosen_at)


async def _say(
    tx: Connection, office: Office, tenant_id: str, key: str, message: Message, at: datetime
) -> None:
    news = NewEvent(
        topic=TOPIC,
        key=key,
        tenant_id=tenant_id,
        message=message,
        event_id=office.ids.new(),
        occurred_at=at,
        correlation_id=key,
    )
    await journal.append(tx, SOURCE, [news])
