"""The same person by mail and text message within minutes: one case, two interactions, the reason shown."""

from __future__ import annotations

from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_identity_and_threads import send, sms


async def test_a_text_message_after_a_mail_about_the_same_joins_its_case(intake: Intake) -> None:
    customer = {"email": "ada@example.org", "phone": "+447700900123"}
    body = {"text": "Both of these are mine", "customer": customer}
    await intake.post("/v1/complaints", body, Idempotency_Key="known")  # who says that they are one person
    await send(intake, "My suitcase did not arrive.", headers="Subject: Suitcase\r\nMessage-ID: <1@x>\r\n")
    mailed = (await intake.said("ComplaintReceived"))[-1]
    await intake.twilio("sms", sms("SM1", "Where is my suitcase?"))
    await intake.twilio("sms", sms("SM2", "You charged me twice!", sender="+447700900999"))
    (word,) = await intake.said("CustomerMessageReceived")
    assert (word.case_id, word.threaded_by) == (mailed.case_id, "same_matter")
    assert word.threaded_because == "topic baggage; same customer, email 0 min before"
    assert word.interaction_id != mailed.interaction_id
    started = [one for one in await intake.said("InteractionStarted") if one.case_id == mailed.case_id]
    assert {one.interaction_id for one in started} == {word.interaction_id, mailed.interaction_id}
    await intake.twilio("sms", sms("SM3", "Hello?"))
    assert [one.threaded_by for one in await intake.said("CustomerMessageReceived")][1:] == ["open_case"]
    rows = await intake.fetch("select topic from conversation where conversation_id = $1", mailed.case_id)
    assert [row["topic"] for row in rows] == ["baggage"]


async def test_likeness_never_joins_two_customers(intake: Intake) -> None:
    await send(intake, "My suitcase K4R7PQ did not arrive.", headers="Message-ID: <1@x>\r\n")
    await intake.twilio("sms", sms("SM1", "My suitcase K4R7PQ did not arrive."))
    assert len({one.case_id for one in await intake.said("ComplaintReceived")}) == 2
    assert not await intake.said("CustomerMessageReceived")
