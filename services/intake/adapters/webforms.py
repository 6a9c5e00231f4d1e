"""`POST /v1/forms/{tenant}/{form}`: a plain HTML form or a script of a page of ours, without an API key."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from services.chassis import errors
from services.chassis.http import BodyTooLarge, header, problem
from services.intake.adapters.accounts import Accounts, ChannelAccount
from services.intake.adapters.bodies import whole_body
from services.intake.adapters.browsers import Browsers, allowed_origin, preflight, readable
from services.intake.adapters.captcha import Captcha
from services.intake.adapters.channels import webform
from services.intake.adapters.channels.forms import read_form
from services.intake.app.handlers import Reception
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import Malformed, TooLarge, UnknownAccount
from services.intake.domain.records import Answer, Channel, CustomerWord, Outcome, Refusal
from services.intake.domain.threading import tag_of

FORM_PREFIX = "/v1/forms/"
_REFUSED = (Malformed, TooLarge, BodyTooLarge, errors.Rejected, errors.PermissionRefused)
_STATUS = {
    Malformed: 400,
    TooLarge: 413,
    BodyTooLarge: 413,
    errors.Rejected: 422,
    errors.PermissionRefused: 403,
}
_RETRY_S = "60"


class WebForms:
    """The forms that the accounts of provider "webform" name."""

    def __init__(
        self,
        accounts: Accounts,
        reception: Reception,
        classifier: Assessor,
        captcha: Captcha,
        browsers: Browsers,
    ) -> None:
        self._accounts = accounts
        self._reception = reception
        self._classifier = classifier
        self._captcha = captcha
        self._browsers = browsers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Other exceptions become problem documents in chassis.http."""
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] not in ("POST", "OPTIONS"):
            return problem(405, "method_not_allowed", "a form is sent by POST")
        tenant, _, form = scope["path"].removeprefix(FORM_PREFIX).partition("/")
        account = await self._accounts.find(tenant, webform.PROVIDER, form)
        if account is None:
            raise UnknownAccount("unknown_form", "no form of this name is registered")
        if scope["method"] == "OPTIONS":
            return preflight(allowed_origin(scope, account), "POST", "accept, content-type")
        return await self._post(scope, receive, account)

    async def _post(self, scope: Scope, receive: Receive, account: ChannelAccount) -> Response:
        received_at, body, origin = self._reception.now(), b"", ""
        media_type = (header(scope, "content-type") or "")[:200]
        try:
            origin = allowed_origin(scope, account)
            if not self._browsers.allow(scope, account, received_at):
                again = {**readable(origin), "retry-after": _RETRY_S}
                return problem(429, "too_many_forms", "too many forms from this address; try later", again)
            body = await whole_body(scope, receive, webform.BODY_LIMIT)
            word = await self._read(scope, media_type, body, account, received_at)
        except _REFUSED as refused:
            refusal = Refusal(
                account.tenant_id, Channel.WEBFORM, webform.PROVIDER, refused.rule, account=account.account
            )
            await self._reception.refuse(refusal, body, media_type, received_at)
            return problem(
                _STATUS[type(refused)], refused.rule, refused.detail, readable(origin) if origin else None
            )
        (answer,) = await self._reception.accept(body, media_type, received_at, [word])
        return _reply(scope, account, answer, origin)

    async def _read(
        self, scope: Scope, media_type: str, body: bytes, account: ChannelAccount, received_at: datetime
    ) -> CustomerWord:
        form = read_form(media_type, body)
        word = webform.read(form, account, self._classifier, received_at)
        # Last, so that a form that is wrong anyway uses up no answer of the captcha.
        field = account.settings.get("captcha_field", webform.CAPTCHA_FIELD)
        await self._captcha.check(account, form.text(field).strip(), self._browsers.address(scope))
        return word


def _reply(scope: Scope, account: ChannelAccount, answer: Answer, origin: str) -> Response:
    """JSON for a script that asks for it, else on to the account's thank-you page."""
    if answer.outcome is Outcome.REUSED_KEY:
        detail = "this submission_id came with another content before"
        return problem(422, "submission_id_reused", detail, readable(origin))
    if answer.conversation_id is None:
        raise errors.Retryable("no_answer", "the record has no conversation")
    reference, thanks = tag_of(answer.conversation_id), account.settings.get("thanks", "")
    if thanks and "application/json" not in (header(scope, "accept") or ""):
        return RedirectResponse(thanks.replace("{reference}", reference), 303, readable(origin))
    told = {"reference": reference, "received_at": answer.received_at.isoformat().replace("+00:00", "Z")}
    return Response(msgspec.json.encode(told), 201, readable(origin), "application/json")
