"""The calls about letters that regulators demand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from amends.followup.v1 import service_pb2 as pb

from services.chassis.clock import to_proto
from services.chassis.errors import InvalidArgument
from services.followup.adapters.letter_files import Templates
from services.followup.adapters.shelves import Shelf
from services.followup.adapters.wire import names
from services.followup.domain.errors import LetterNotDemanded
from services.followup.domain.languages import Languages
from services.followup.domain.letters import Demand, demands, known
from services.followup.domain.record import FollowUp

Reader: TypeAlias = Callable[[str], Awaitable[FollowUp]]
"""Reads a case of the caller's tenant. Raises NotFound."""


async def list_letters(read: Reader, request: pb.ListLettersRequest) -> pb.ListLettersResponse:
    """What the policies of a case demand, in the order in which the clocks began."""
    record = await read(request.case_id)
    return pb.ListLettersResponse(letters=[_letter(one) for one in demands(record)])


async def draft_letter(
    read: Reader, shelf: Shelf[Templates], languages: Languages, request: pb.DraftLetterRequest
) -> pb.LetterDraft:
    """A letter that a policy of the case demands, in the language asked for or the customer's. Raises
    LetterNotDemanded; InvalidArgument for a language without templates."""
    record, kind = await read(request.case_id), names.reply_kind(request.kind)
    templates = shelf.of(record.tenant_id)
    if request.language and request.language not in templates:
        raise InvalidArgument(
            "no_templates",
            "there are no letters in this language",
            {"languages": ",".join(sorted(templates))},
        )
    possible = {one: None for demand in demands(record) for one in demand.kinds}
    if kind not in possible:
        raise LetterNotDemanded(
            "letter_not_demanded",
            "no policy of this case demands such a letter",
            {"kinds": ",".join(possible)},
        )
    own = record.complaint.language if record.complaint else ""
    language = request.language or languages.choose(record.tenant_id, own, templates)
    draft = templates[language].draft(kind, known(record))
    return pb.LetterDraft(
        kind=names.reply_kind_name(kind),
        language=draft.language,
        subject=draft.subject,
        text=draft.text,
        blanks=draft.blanks,
        ombudsman=draft.ombudsman,
        answer_by=draft.answer_by,
    )


def _letter(demand: Demand) -> pb.Letter:
    clock, delivered = demand.clock, demand.delivered
    return pb.Letter(
        policy_id=clock.policy_id,
        clock=clock.clock,
        instance_id=clock.instance_id,
        kinds=[names.reply_kind_name(kind) for kind in demand.kinds],
        due_at=to_proto(clock.due_at),
        state=_state(demand),
        breached=clock.breached,
        contact_id=delivered.contact_id if delivered else "",
        delivered_kind=names.reply_kind_name(delivered.kind) if delivered else None,
        delivered_at=to_proto(delivered.at) if delivered else None,
    )


def _state(demand: Demand) -> str:
    clock = demand.clock
    if clock.met_at is not None:
        return "delivered" if demand.delivered else "accepted"
    if clock.breached:
        return "breached"
    return "ended" if clock.paused_at is not None else "due"
