"""Kept bytes read again, after the fault that had them refused is mended: `amends intake reprocess`.

The bytes go the way of the first time, today: hook or mailbox, check, reader, group commit. The inbox key
takes each item once, whoever else sends or reads it; t0 is what the bytes say, t1 when they first came. What
was signed is believed if it was believed then, or if its signature holds with the secrets of today.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from services.chassis.errors import NotFound, PreconditionFailed
from services.intake.adapters.accounts import Accounts, ChannelAccount
from services.intake.adapters.channels import imap
from services.intake.adapters.channels.hooks import Hook, Reading, Request
from services.intake.adapters.channels.mail import Envelope, MailNormaliser, addressed
from services.intake.adapters.channels.registry import HOOKS
from services.intake.adapters.outbound import Outbound
from services.intake.app.handlers import Reception
from services.intake.app.ports import Archive, KeptInput, StoredRefusal
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import IntakeError, UnknownAccount
from services.intake.domain.records import Again, Answer, Item, Origin, Refusal
from services.intake.domain.threading import plain_address


@dataclass(frozen=True, slots=True)
class Reread:
    """What was accepted now or before, item by item; `code` and `detail` of what still cannot be."""

    made: tuple[tuple[Item, Answer], ...]
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rereader:
    """Reads kept input again; shares everything with the channels that read it first."""

    archive: Archive
    accounts: Accounts
    reception: Reception
    classifier: Assessor
    mail: MailNormaliser
    outbound: Outbound

    async def reprocess(self, tenant_id: str, input_id: UUID) -> Reread:
        """Accept what can be read now. Raises NotFound, PreconditionFailed, Retryable, Rejected."""
        kept = await self.archive.kept(tenant_id, input_id)
        if kept is None:
            raise NotFound("unknown_input", "no such input is kept")
        origin = _readable(kept)
        try:
            reading = await self._read(tenant_id, kept, origin)
        except IntakeError as still:
            return Reread((), still.rule, still.detail)
        answers: Sequence[Answer] = ()
        if reading.items:
            again = Again(kept.raw_id, _ended(kept.refusals, reading.refusals))
            answers = await self.reception.accept(
                kept.body, kept.media_type, kept.received_at, reading.items, again=again
            )
        code, detail = _first(reading.refusals)
        return Reread(tuple(zip(reading.items, answers, strict=True)), code, detail)

    async def _read(self, tenant_id: str, kept: KeptInput, origin: Origin) -> Reading:
        if not origin.hook:
            provider = imap.PROVIDER if origin.protocol == imap.PROVIDER else "mail"
            mailboxes = await self.accounts.of(tenant_id, provider)
            return await asyncio.to_thread(self._mail, tenant_id, kept, origin, mailboxes)
        hook = HOOKS.get(origin.hook)
        if hook is None:
            raise PreconditionFailed("hook_gone", f"nothing reads {origin.hook} any more")
        request = await self._request(tenant_id, kept, origin, hook)
        if not origin.verified and hook.certificate:
            found = await self.outbound.certificate(hook.certificate(request))
            request = replace(request, certificate=found)
        return await asyncio.to_thread(_checked, hook, request, verified=origin.verified)

    def _mail(
        self, tenant_id: str, kept: KeptInput, origin: Origin, mailboxes: Mapping[str, ChannelAccount]
    ) -> Reading:
        ours = [mailboxes[one] for name in origin.recipients if (one := plain_address(name)) in mailboxes]
        if not ours:
            raise UnknownAccount("unknown_account", "none of its recipients is a mailbox of this tenant")
        own = ours[0]
        if own.provider == imap.PROVIDER:
            envelope = imap.envelope_of(imap.mailbox_of(own), kept.body, kept.received_at)
        else:
            list_id = own.settings.get("list_id", "")
            envelope = Envelope(origin.sender, origin.recipients, origin.protocol, kept.received_at, list_id)
        return Reading((addressed(self.mail.read(kept.body, envelope), tenant_id, own.account),))

    async def _request(self, tenant_id: str, kept: KeptInput, origin: Origin, hook: Hook) -> Request:
        accounts = await self.accounts.of(tenant_id, hook.provider)
        if not accounts:
            raise UnknownAccount("unknown_account", "no channel account of this tenant and provider")
        return Request(
            tenant_id,
            origin.url,
            dict(parse_qsl(urlsplit(origin.url).query, keep_blank_values=True)),
            origin.headers,
            kept.body,
            kept.received_at,
            accounts,
            self.classifier,
            await self.accounts.of(tenant_id, "mail"),
            self.mail,
        )


def _readable(kept: KeptInput) -> Origin:
    """How the input came. Raises PreconditionFailed for what nobody can read again."""
    if kept.origin is None:
        raise PreconditionFailed(
            "told_to_its_sender",
            "only hooks and mails are read again: programs and pages were told",
        )
    if len(kept.body) < kept.size_bytes:
        raise PreconditionFailed(
            "kept_in_part", "only the beginning was kept", {"kept": f"{len(kept.body)} of {kept.size_bytes}"}
        )
    return kept.origin


def _checked(hook: Hook, request: Request, *, verified: bool) -> Reading:
    if not verified:
        hook.check(request)
    return hook.read(request)


def _ended(was: Sequence[StoredRefusal], still: Sequence[Refusal]) -> tuple[UUID, ...]:
    """The refusals that do not come about any more."""
    left = {(one.code, one.account) for one in still}
    return tuple(one.reject_id for one in was if (one.code, one.account) not in left)


def _first(refusals: Sequence[Refusal]) -> tuple[str, str]:
    return (refusals[0].code, refusals[0].detail) if refusals else ("", "")
