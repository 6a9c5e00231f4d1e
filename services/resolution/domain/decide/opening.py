"""A complaint becomes a case with its owner, in one decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.resolution.domain import commands as c
from services.resolution.domain import events as e
from services.resolution.domain.playbook import Playbook
from services.resolution.domain.state import Case
from services.resolution.domain.words import Because, Person, Word


def open_case(command: c.OpenCase, now: datetime) -> list[e.Event]:
    """The case and its owner; assignment is acceptance, so t3 and t4 are this instant (domain.md, Sixty
    seconds)."""
    opened = e.CaseOpened(
        case_id=command.case_id,
        tenant_id=command.tenant_id,
        customer_id=command.customer_id,
        first_name=command.first_name,
        full_name=command.full_name,
        channel=command.channel,
        severity=command.severity,
        category=command.category,
        language=command.language,
        playbook_id=command.playbook_id,
        playbook_version=command.playbook_version,
        opened_at=now,
        complained_at=command.complained_at,
        word=command.word,
        owner=command.owner,
        address=command.address,
        call_id=command.call_id,
        linked_case_id=command.linked_case_id,
        first_contact=command.first_contact,
    )
    return [opened, e.OwnerAssigned(command.owner, now, now, command.because)]


def follow_up_case(
    old: Case, word: Word, case_id: str, owner: tuple[Person, Because], now: datetime, playbook: Playbook
) -> list[e.Event]:
    """A new case, linked to `old`, for a customer's word that came after the reopen window. It follows
    `playbook`, what new cases follow now."""
    person, because = owner
    command = c.OpenCase(
        case_id=case_id,
        tenant_id=old.tenant_id,
        customer_id=old.customer_id,
        first_name=old.first_name,
        full_name=old.full_name,
        channel=old.channel,
        severity=old.severity,
        category=old.category,
        language=old.language,
        complained_at=word.received_at,
        word=word,
        address=replace(old.addresses[0]) if old.addresses else None,
        call_id="",
        owner=person,
        because=because,
        playbook_id=playbook.playbook_id,
        playbook_version=playbook.version,
        linked_case_id=old.case_id,
    )
    return open_case(command, now)
