"""Requests are checked by what is declared beside their fields, and every violation is named at once."""

from __future__ import annotations

import pytest
from amends.resolution.v1 import events_pb2 as out
from amends.resolution.v1 import service_pb2 as pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.validating import MAX_CHARACTERS, InvalidRequest, demand_valid

CASE = "0198f0f0-0000-7000-8000-000000000000"


def found(request: Message) -> dict[str, str]:
    """By field, the reason it is refused."""
    try:
        demand_valid(request)
    except InvalidRequest as refusal:
        return {violation.field: violation.reason for violation in refusal.violations}
    return {}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (pb.GetCaseRequest(case_id=CASE), {}),
        (pb.GetCaseRequest(), {"case_id": "bad_case_id"}),
        (pb.GetCaseRequest(case_id="nonsense"), {"case_id": "bad_case_id"}),
        (pb.GetCaseRequest(case_id=f"{{{CASE}}}"), {"case_id": "bad_case_id"}),
        (pb.RecordVerdictRequest(case_id=CASE), {"verdict": "verdict_missing"}),
        (pb.RecordVerdictRequest(case_id=CASE, verdict=99), {"verdict": "bad_verdict"}),  # type: ignore[arg-type]
        (pb.ListCasesRequest(page_size=-1), {"page_size": "bad_page_size"}),
        (pb.ListCasesRequest(page_token="t" * 501), {"page_token": "page_token_too_long"}),
        (pb.ResolveCaseRequest(case_id=CASE, if_version=-1), {"if_version": "bad_if_version"}),
        (
            pb.ResolveCaseRequest(case_id=CASE, idempotency_key="k" * 201),
            {"idempotency_key": "idempotency_key_too_long"},
        ),
        (
            pb.ResolveCaseRequest(case_id=CASE, idempotency_key="a\nb"),
            {"idempotency_key": "idempotency_key_has_control_characters"},
        ),
        (
            pb.SendReplyRequest(case_id=CASE, text="so\x07rry", subject="a\nb"),
            {"text": "text_has_control_characters", "subject": "subject_has_control_characters"},
        ),
        (pb.SendReplyRequest(case_id=CASE, text="Dear Maria,\n\tI am sorry.\r\n"), {}),
        (pb.SendReplyRequest(case_id=CASE, text="x" * (MAX_CHARACTERS + 1)), {"text": "text_too_long"}),
        (pb.GrantRemedyRequest(case_id=CASE, remedy_id="r", idempotency_key="k", quantity=-1),
         {"quantity": "bad_quantity"}),
        (pb.StartWinBackRequest(case_id=CASE, due_at=Timestamp(seconds=2**60)), {"due_at": "bad_due_at"}),
        (pb.RegisterEmployeeRequest(), {"employee": "employee_missing"}),
        (
            pb.RegisterEmployeeRequest(employee=pb.Employee(employee_id="a", skills=["ok", "b\x1bd"])),
            {"employee.skills[1]": "skills_has_control_characters"},
        ),
        (
            pb.RegisterEmployeeRequest(employee=pb.Employee(skills=["s"] * 201)),
            {"employee.skills": "skills_too_many"},
        ),
    ],
)  # fmt: skip
def test_a_request_is_refused_field_by_field(request_: Message, expected: dict[str, str]) -> None:
    assert found(request_) == expected


def test_every_violation_is_named_at_once_and_the_first_gives_the_rule() -> None:
    request = pb.GrantRemedyRequest(quantity=-1, on_behalf_of="a\nb")
    with pytest.raises(InvalidRequest) as refused:
        demand_valid(request)
    assert refused.value.rule == "bad_case_id"
    assert [each.field for each in refused.value.violations] == [
        "case_id",
        "remedy_id",
        "idempotency_key",
        "quantity",
        "on_behalf_of",
    ]


def test_a_missing_enum_is_told_what_it_could_be() -> None:
    with pytest.raises(InvalidRequest) as refused:
        demand_valid(pb.RecordVerdictRequest(case_id=CASE))
    assert "VERDICT_MEETS" in refused.value.allowed["values"].split()


def test_every_command_takes_the_four_common_fields() -> None:
    """Questions have none; a new command that forgets them is found here."""
    asking = ("Get", "List", "Check", "Suggest", "Diff", "Watch")
    service = pb.DESCRIPTOR.services_by_name["ResolutionService"]
    commands = [each for each in service.methods if not each.name.startswith(asking)]
    assert len(commands) >= 16
    for command in commands:
        names = set(command.input_type.fields_by_name)
        assert names >= {"idempotency_key", "on_behalf_of", "reason"}, command.name
        assert "if_version" in names or "case_id" not in names, command.name


@given(st.text(max_size=50), st.integers(-(2**31), 2**31 - 1))
def test_whatever_a_request_holds_it_is_accepted_or_refused_with_a_rule(text: str, number: int) -> None:
    request = pb.SendReplyRequest(case_id=CASE, text=text, subject=text, kind=number)  # type: ignore[arg-type]
    known = number in out.ReplyKind.values()
    assert ("kind" in found(request)) == (not known)
