"""The page behind a circle-back's link over real HTTP: reading changes nothing, an answer counts once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.chassis.answerlink import AnswerLink, issue
from tests.integration.intake.conftest import OTHER, TENANT, THREAD_SECRET, Intake
from tests.integration.intake.test_refusals import GOOD

pytestmark = pytest.mark.integration

LATER, EARLIER = datetime(2100, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
YES = {"solved": "yes", "verdict": "exceeds", "recommend": "9", "effort": "7", "comment": "Maria was great"}


def url_of(intake: Intake, case_id: str, ends_at: datetime = LATER, tenant: str = TENANT) -> str:
    token = issue(TENANT, AnswerLink(UUID(case_id), uuid4(), ends_at), THREAD_SECRET)
    return f"{intake.http_url}/v1/answers/{tenant}/{token}"


async def read(intake: Intake, url: str, method: str = "GET", **form: str) -> tuple[int, str]:
    async with intake.session.request(method, url, data=form or None) as answer:
        assert "script" not in answer.headers["content-security-policy"]
        return answer.status, await answer.text()


async def test_a_links_answer_is_one_word_of_the_cases_customer_however_often_it_is_read_or_sent(
    intake: Intake,
) -> None:
    _, case = await intake.post("/v1/complaints", GOOD, Idempotency_Key="first")
    url = url_of(intake, case["case_id"])
    for method in ("GET", "HEAD", "GET"):
        assert (await read(intake, url, method))[0] == 200
    assert (await read(intake, url, "POST"))[0] == 400
    assert (await read(intake, url, "POST", comment="no tick"))[0] == 422
    assert await intake.said("CustomerMessageReceived") == []

    for _ in range(2):
        status, page = await read(intake, url, "POST", **YES)
        assert (status, "Thank you" in page) == (200, True)
    assert (await read(intake, url, "POST", solved="no"))[0] == 409
    (said,) = await intake.said("CustomerMessageReceived")
    (complaint,) = await intake.said("ComplaintReceived")
    assert (said.case_id, said.customer) == (complaint.case_id, complaint.customer)
    assert (said.message.answer.solved, said.message.answer.recommend) == (True, 9)
    assert (said.message.answer.satisfaction, said.message.answer.effort) == (0, 7)
    assert said.message.text.endswith("Maria was great")


async def test_no_page_is_there_for_a_link_of_elsewhere_of_the_past_or_of_nobody(intake: Intake) -> None:
    _, case = await intake.post("/v1/complaints", GOOD, Idempotency_Key="first")
    case_id = case["case_id"]
    refused = {
        url_of(intake, case_id, EARLIER): 410,
        url_of(intake, case_id, tenant=OTHER): 404,
        url_of(intake, str(uuid4())): 404,
        f"{intake.http_url}/v1/answers/{TENANT}/{'A' * 64}": 404,
    }
    for url, status in refused.items():
        assert (await read(intake, url, "POST", **YES))[0] == status
    assert await intake.said("CustomerMessageReceived") == []
