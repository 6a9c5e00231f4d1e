"""`/v1/answers/{tenant}/{token}`: the page behind a circle-back's link (P2.7, P5.4); no script, no cookie.

GET shows the form and changes nothing, so whatever follows links in a mail (scanners, previews) answers
nothing. POST takes one answer per link: the same again gets the same page, another one is refused with the
way to say more. A link has an end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.chassis.answerlink import ANSWER_PREFIX, AnswerLink, believe
from services.chassis.errors import Rejected
from services.chassis.http import BodyTooLarge, header, problem
from services.intake.adapters.answerpage import Pages, language_of
from services.intake.adapters.bodies import whole_body
from services.intake.adapters.channels import answer
from services.intake.adapters.channels.forms import read_form
from services.intake.app.handlers import Reception
from services.intake.app.ports import Archive
from services.intake.domain.errors import Malformed, TooLarge
from services.intake.domain.records import NOWHERE, Channel, Outcome, Refusal

_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Answering:
    """The pages of all tenants; `secrets` are those that may have signed a link."""

    def __init__(self, reception: Reception, archive: Archive, secrets: Sequence[str]) -> None:
        self._reception = reception
        self._archive = archive
        self._secrets = tuple(secrets)
        self._pages = Pages.load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Other exceptions become problem documents in chassis.http."""
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return problem(405, "method_not_allowed", "the page is read by GET and answered by POST")
        language = language_of(header(scope, "accept-language") or "")
        tenant, _, token = scope["path"].removeprefix(ANSWER_PREFIX).partition("/")
        link = believe(tenant, token, self._secrets) if _TENANT.fullmatch(tenant) else None
        if link is None:
            return self._pages.message(404, "unknown", language)
        if link.ends_at <= self._reception.now():
            return self._pages.message(410, "ended", language)
        if scope["method"] != "POST":
            return self._pages.form(200, language)
        return await self._post(scope, receive, tenant, link, language)

    async def _post(
        self, scope: Scope, receive: Receive, tenant: str, link: AnswerLink, language: str
    ) -> Response:
        received_at, body = self._reception.now(), b""
        media_type = (header(scope, "content-type") or "")[:200]
        try:
            body = await whole_body(scope, receive, answer.BODY_LIMIT)
            given = answer.given(read_form(media_type, body))
        except (Malformed, TooLarge, BodyTooLarge, Rejected) as refused:
            if refused.rule == "not_answered":
                return self._pages.form(422, language, missing=True)
            refusal = Refusal(tenant, Channel.WEBFORM, answer.PROVIDER, refused.rule)
            await self._reception.refuse(refusal, body, media_type, received_at)
            return self._pages.form(413 if isinstance(refused, TooLarge | BodyTooLarge) else 400, language)
        party = await self._archive.complainant(tenant, link.case_id)
        if party is None:
            return self._pages.message(404, "unknown", language)
        word = answer.word(tenant, link, given, party)
        (answered,) = await self._reception.accept(body, media_type, received_at, [word])
        if answered.outcome is Outcome.REUSED_KEY:
            return self._pages.message(409, "answered", language)
        if answered.outcome in NOWHERE:
            return self._pages.message(404, "unknown", language)
        return self._pages.message(200, "thanks" if given.solved else "sorry", language)
