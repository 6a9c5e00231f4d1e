"""Requests that Schemathesis makes from openapi.yaml, right ones and wrong ones, sent to the running service:
every answer is one that the document names, wrong data is refused, right data only for what no schema says.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from services.chassis.answerlink import AnswerLink, issue
from services.chassis.clock import SystemClock
from services.intake.adapters.accounts import ChannelAccount
from services.intake.adapters.registration import register_account
from services.intake.domain.records import Channel
from tests.integration.intake.conftest import TENANT, THREAD_SECRET, Intake
from tests.integration.intake.test_contract import BEYOND_THE_CHAT_SCHEMA, BEYOND_THE_SCHEMA
from tests.integration.intake.test_refusals import GOOD

pytestmark = pytest.mark.integration

ORIGIN = "https://www.harbour.example"
SITE, FORM = "site", "contact"
SIGNATURE, TO_SIGN = "X-Amends-Signature", "to be signed"
PLACES = {"tenant": TENANT, "account": SITE, "form": FORM}
# A stream of minutes: test_webchat.py reads it.
ENDLESS = {"hearChat"}
# Refusals of data that the schemas allow: what a text, an address or a key means is beyond them.
BEYOND = BEYOND_THE_SCHEMA | BEYOND_THE_CHAT_SCHEMA | {"no_party", "submission_id_reused"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]


class Proven(requests.auth.AuthBase):
    """Puts the proof of who sends where TO_SIGN stands: API key, chat session, follow-up's signature."""

    def __init__(self, intake: Intake, session: str) -> None:
        self._api_key, self._session = intake.token, session

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        headers, path = request.headers, request.path_url
        if path.startswith("/v1/forms/"):
            headers["Origin"] = ORIGIN
        if headers.get("Authorization") == TO_SIGN:
            token = self._session if path.startswith("/v1/chat/") else self._api_key
            headers["Authorization"] = f"Bearer {token}"
        if headers.get(SIGNATURE) == TO_SIGN:
            body = request.body or b""
            sent = body.encode() if isinstance(body, str) else body
            signed = f"chat-line\n{TENANT}/{SITE}\n".encode() + sent
            headers[SIGNATURE] = hmac.new(THREAD_SECRET.encode(), signed, sha256).hexdigest()
        return request


def cases(operation: APIOperation[Any, Any], mode: GenerationMode, case_id: str) -> st.SearchStrategy[Any]:
    """Requests to places that exist, with the proofs they ask for, and to places as the document has them."""
    known_places = {**PLACES, "case_id": case_id, "token": answer_token(case_id)}
    places = {one.name: known_places[one.name] for one in operation.path_parameters}
    declared = {one.name for one in operation.headers}
    anywhere = operation.as_strategy(mode)
    if mode is GenerationMode.NEGATIVE and not operation.body:
        return anywhere
    proofs = {"Authorization": TO_SIGN, "Origin": ORIGIN, SIGNATURE: TO_SIGN}
    known = {name: value for name, value in proofs.items() if name == "Authorization" or name in declared}
    return st.one_of(operation.as_strategy(mode, path_parameters=places, headers=known), anywhere)


def answer_token(case_id: str) -> str:
    """Of the link below a circle-back."""
    link = AnswerLink(UUID(case_id), UUID(int=1), datetime(2100, 1, 1, tzinfo=UTC))
    return issue(TENANT, link, THREAD_SECRET)


class Exploring:
    """Sends what Schemathesis makes; `taken` counts by operation what was answered with success."""

    def __init__(self, intake: Intake, session: str, case_id: str) -> None:
        self._url, self._proof, self._case_id = intake.http_url, Proven(intake, session), case_id
        self.taken: Counter[str] = Counter()

    def everything(self, examples: int, *, same_each_time: bool) -> list[BaseException]:
        """What Schemathesis finds over every operation, right and wrong requests, `examples` of each."""
        found: list[BaseException] = []
        schema = schemathesis.openapi.from_url(f"{self._url}/openapi.json")
        for operation in (one.ok() for one in schema.get_all_operations()):
            # The widget is asked for without a word: there is nothing to get wrong.
            modes = (
                list(GenerationMode)
                if operation.body or operation.path_parameters
                else [GenerationMode.POSITIVE]
            )
            if operation.definition.raw["operationId"] in ENDLESS:
                continue
            for mode in modes:
                made = given(cases(operation, mode, self._case_id))
                held = settings(
                    max_examples=examples,
                    deadline=None,
                    database=None,
                    phases=(Phase.generate,),  # finding is the point: making it smaller takes minutes
                    derandomize=same_each_time,
                    suppress_health_check=list(HealthCheck),
                )
                try:
                    held(made(self._sender(mode)))()
                except (AssertionError, BaseExceptionGroup) as wrong:
                    found.append(wrong)
        return found

    def _sender(self, mode: GenerationMode) -> Callable[[Any], None]:
        def send(case: Any) -> None:
            right, name = mode is GenerationMode.POSITIVE, case.operation.definition.raw["operationId"]
            if right and "Idempotency-Key" in (case.headers or {}):
                case.headers["Idempotency-Key"] = uuid4().hex
            answer = case.call(base_url=self._url, auth=self._proof, allow_redirects=False)
            # What is too large is refused unread, which Schemathesis does not count as a refusal.
            case.validate_response(answer, checks=CHECKS[:-1] if answer.status_code == 413 else CHECKS)
            if right and answer.status_code in (400, 422):
                assert answer.json()["rule"] in BEYOND, (name, case.body, answer.text)
            self.taken[name] += answer.status_code < 300

        return send


def told(wrong: BaseException) -> str:
    """With what stands inside."""
    inner = wrong.exceptions if isinstance(wrong, BaseExceptionGroup) else ()
    return "\n".join([str(wrong), *map(told, inner)])


async def explored(intake: Intake, examples: int, *, same_each_time: bool) -> None:
    for provider, account, channel in (
        ("webchat", SITE, Channel.WEBCHAT),
        ("webform", FORM, Channel.WEBFORM),
    ):
        known = ChannelAccount(TENANT, provider, account, channel, {"origins": ORIGIN})
        await register_account(intake.database, known, SystemClock().now())
    url = f"{intake.http_url}/v1/chat/{TENANT}/{SITE}/sessions"
    async with intake.session.post(url, headers={"origin": ORIGIN}) as answer:
        session = (await answer.json())["token"]
    _, case = await intake.post("/v1/complaints", GOOD, Idempotency_Key="first")
    exploring = Exploring(intake, session, case["case_id"])
    found = await asyncio.to_thread(exploring.everything, examples, same_each_time=same_each_time)
    assert not found, "\n\n".join(map(told, found))
    assert set(+exploring.taken) >= TAKEN, exploring.taken


# A form needs an address or a number that is one, which no schema says; a receipt a line that was written.
TAKEN = {
    "createComplaint", "addMessage", "listMessages", "beginChat", "sayInChat", "writeChatLine",
    "getChatWidget", "showAnswerPage", "sendAnswer",
}  # fmt: skip


async def test_every_answer_to_a_request_made_from_the_document_is_one_it_names(intake: Intake) -> None:
    await explored(intake, 5, same_each_time=True)


@pytest.mark.prove
@pytest.mark.timeout(3600)
async def test_the_same_of_thousands_of_requests(intake: Intake) -> None:
    await explored(intake, 200, same_each_time=False)
