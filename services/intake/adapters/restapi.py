"""Our own REST (conventions 1.9): API keys, idempotency keys, problem documents; the contract is
openapi.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.chassis import errors
from services.chassis.http import BodyTooLarge, authenticate, header, problem
from services.chassis.rpc import Authenticator
from services.chassis.security import Principal, require
from services.chassis.security import Scope as Right
from services.intake.adapters.bodies import whole_body
from services.intake.adapters.channels import rest
from services.intake.adapters.wire import words_of_message
from services.intake.app.handlers import Reception
from services.intake.app.ports import Archive
from services.intake.app.turns import Turns
from services.intake.domain.assessment import Assessor
from services.intake.domain.errors import Malformed
from services.intake.domain.records import Answer, Channel, CustomerWord, Outcome, Refusal, Source

_COMPLAINTS = "/v1/complaints"
_MESSAGES = re.compile(r"/v1/cases/([0-9a-f-]{36})/messages")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PAGE = 500
_TENANT = "amends-tenant"  # optional: the tenant that the caller means


class RestApi:
    """`POST /v1/complaints`, `POST` and `GET /v1/cases/{case_id}/messages`."""

    def __init__(
        self,
        api_keys: Authenticator,
        reception: Reception,
        classifier: Assessor,
        archive: Archive,
        turns: Turns,
    ) -> None:
        self._api_keys = api_keys
        self._reception = reception
        self._classifier = classifier
        self._archive = archive
        self._turns = turns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Exceptions become problem documents in chassis.http."""
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        named = _MESSAGES.fullmatch(path)
        if path == _COMPLAINTS and method == "POST":
            return await self._post(scope, receive, None)
        if named is not None and method == "POST":
            return await self._post(scope, receive, _case_id(named[1]))
        if named is not None and method == "GET":
            return await self._get_messages(scope, _case_id(named[1]))
        if path == _COMPLAINTS or named is not None:
            return problem(405, "method_not_allowed", "see /openapi.json")
        raise errors.NotFound("unknown_path", "see /openapi.json")

    async def _caller(self, scope: Scope, right: Right) -> Principal:
        """Who calls; a caller that says which tenant it means is held to it.

        Raises Unauthenticated, PermissionRefused.
        """
        caller = await authenticate(scope, self._api_keys)
        meant = header(scope, _TENANT)
        if meant is not None and meant != caller.tenant_id:
            raise errors.PermissionRefused(
                "other_tenant", "this API key is of another tenant than the one named"
            )
        require(caller, right)
        return caller

    # -------------------------------------------------------------------------------- writing

    async def _post(self, scope: Scope, receive: Receive, case_id: UUID | None) -> Response:
        received_at = self._reception.now()
        caller = await self._caller(scope, Right.COMPLAINTS_CREATE)
        body = b""
        try:
            body = await whole_body(scope, receive, rest.BODY_LIMIT)
            word = self._read(scope, body, caller, received_at, case_id)
        except (Malformed, errors.Rejected, errors.InvalidArgument, BodyTooLarge) as refused:
            refusal = Refusal(
                caller.tenant_id, Channel.API, rest.PROVIDER, refused.rule, account=caller.key_id
            )
            await self._reception.refuse(refusal, body, "application/json", received_at)
            raise
        async with self._turns.taken(caller.tenant_id, rest.PROVIDER):
            answers = await self._reception.accept(body, "application/json", received_at, [word])
        return _created(answers)

    def _read(
        self, scope: Scope, body: bytes, caller: Principal, received_at: datetime, case_id: UUID | None
    ) -> CustomerWord:
        key = header(scope, "idempotency-key") or ""
        if not _KEY.fullmatch(key):
            raise errors.InvalidArgument(
                "idempotency_key_missing",
                "an Idempotency-Key of 1 to 255 visible characters makes a repeat harmless",
                {"header": "Idempotency-Key"},
            )
        if (header(scope, "content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise errors.InvalidArgument("not_json", "expected content-type application/json")
        source = Source(caller.tenant_id, rest.PROVIDER, caller.key_id, key, Channel.API)
        if case_id is None:
            return rest.read_complaint(body, source, self._classifier, received_at)
        return rest.read_message(body, source, received_at, case_id)

    # -------------------------------------------------------------------------------- reading

    async def _get_messages(self, scope: Scope, case_id: UUID) -> Response:
        caller = await self._caller(scope, Right.CASES_READ)
        words = await self._archive.words(caller.tenant_id, case_id, 0, _PAGE)
        if words is None:
            raise errors.NotFound("unknown_case", "no such case")
        messages = [words_of_message(one.message) for one in words]
        return _json(200, {"case_id": str(case_id), "messages": messages})


def _case_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise errors.NotFound("unknown_case", "no such case") from None


def _created(answers: Sequence[Answer]) -> Response:
    """201 and where to read on; a repeat gets the same answer, byte for byte."""
    (answer,) = answers
    if answer.outcome is Outcome.REUSED_KEY:
        return problem(422, "idempotency_key_reused", "this Idempotency-Key came with another body before")
    if answer.outcome is Outcome.UNKNOWN_CASE:
        raise errors.NotFound("unknown_case", "no such case")
    document = rest.accepted(answer)
    return _json(201, document, location=f"/v1/cases/{document['case_id']}/messages")


def _json(status: int, document: dict[str, Any], location: str = "") -> Response:
    headers = {"location": location} if location else None
    return Response(msgspec.json.encode(document), status, headers, "application/json")
