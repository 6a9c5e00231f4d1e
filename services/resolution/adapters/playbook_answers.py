"""Versions of playbooks and their differences as answers of ResolutionService."""

from __future__ import annotations

from collections.abc import Sequence

from amends.resolution.v1 import service_pb2 as pb

from services.resolution.adapters.enums import VERSION_STATUS
from services.resolution.adapters.wire import stamp
from services.resolution.app.editing import Kept
from services.resolution.domain.playbook_diff import Difference, as_text


def version(kept: Kept) -> pb.PlaybookVersion:
    """A version as others may read it."""
    of = kept.version
    return pb.PlaybookVersion(
        playbook_id=of.playbook_id,
        version=of.version,
        status=VERSION_STATUS[of.status],
        text=of.text,
        author_id=of.author_id,
        drafted_at=stamp(of.drafted_at),
        reviewer_id=of.reviewer_id,
        reviewed_at=stamp(of.reviewed_at) if of.reviewed_at else None,
        note=of.note,
        active=kept.followed,
        shipped=not of.author_id,
    )


def differences(found: Sequence[Difference]) -> pb.DiffPlaybooksResponse:
    """What is different, for a program and for a reader."""
    return pb.DiffPlaybooksResponse(changes=[_change(each) for each in found], text=as_text(found))


def _change(of: Difference) -> pb.DiffPlaybooksResponse.Change:
    fields = [
        pb.DiffPlaybooksResponse.Field(field=each.field, before=each.before, after=each.after)
        for each in of.fields
    ]
    return pb.DiffPlaybooksResponse.Change(kind=of.kind.value, step_id=of.step_id, fields=fields)
