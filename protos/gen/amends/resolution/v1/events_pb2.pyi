import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_OPEN: _ClassVar[Status]
    STATUS_PROPOSED: _ClassVar[Status]
    STATUS_FIXING: _ClassVar[Status]
    STATUS_RESOLVED: _ClassVar[Status]
    STATUS_CLOSED: _ClassVar[Status]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_BELOW: _ClassVar[Verdict]
    VERDICT_MEETS: _ClassVar[Verdict]
    VERDICT_EXCEEDS: _ClassVar[Verdict]
    VERDICT_NOT_SOLVED: _ClassVar[Verdict]
    VERDICT_SOLVED: _ClassVar[Verdict]

class Closing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSING_UNSPECIFIED: _ClassVar[Closing]
    CLOSING_CONFIRMED: _ClassVar[Closing]
    CLOSING_WITHDRAWN: _ClassVar[Closing]
    CLOSING_UNREACHABLE: _ClassVar[Closing]
    CLOSING_MERGED: _ClassVar[Closing]
    CLOSING_NOT_A_COMPLAINT: _ClassVar[Closing]
    CLOSING_FINAL_RESPONSE: _ClassVar[Closing]

class ReplyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPLY_KIND_UNSPECIFIED: _ClassVar[ReplyKind]
    REPLY_KIND_REPLY: _ClassVar[ReplyKind]
    REPLY_KIND_PROPOSAL: _ClassVar[ReplyKind]
    REPLY_KIND_INTRODUCTION: _ClassVar[ReplyKind]
    REPLY_KIND_PROGRESS: _ClassVar[ReplyKind]
    REPLY_KIND_CIRCLE_BACK: _ClassVar[ReplyKind]
    REPLY_KIND_FINAL_RESPONSE: _ClassVar[ReplyKind]
    REPLY_KIND_ACKNOWLEDGEMENT: _ClassVar[ReplyKind]
    REPLY_KIND_HOLDING_REPLY: _ClassVar[ReplyKind]
    REPLY_KIND_SUMMARY_RESOLUTION: _ClassVar[ReplyKind]
    REPLY_KIND_DELAY_NOTICE: _ClassVar[ReplyKind]
STATUS_UNSPECIFIED: Status
STATUS_OPEN: Status
STATUS_PROPOSED: Status
STATUS_FIXING: Status
STATUS_RESOLVED: Status
STATUS_CLOSED: Status
VERDICT_UNSPECIFIED: Verdict
VERDICT_BELOW: Verdict
VERDICT_MEETS: Verdict
VERDICT_EXCEEDS: Verdict
VERDICT_NOT_SOLVED: Verdict
VERDICT_SOLVED: Verdict
CLOSING_UNSPECIFIED: Closing
CLOSING_CONFIRMED: Closing
CLOSING_WITHDRAWN: Closing
CLOSING_UNREACHABLE: Closing
CLOSING_MERGED: Closing
CLOSING_NOT_A_COMPLAINT: Closing
CLOSING_FINAL_RESPONSE: Closing
REPLY_KIND_UNSPECIFIED: ReplyKind
REPLY_KIND_REPLY: ReplyKind
REPLY_KIND_PROPOSAL: ReplyKind
REPLY_KIND_INTRODUCTION: ReplyKind
REPLY_KIND_PROGRESS: ReplyKind
REPLY_KIND_CIRCLE_BACK: ReplyKind
REPLY_KIND_FINAL_RESPONSE: ReplyKind
REPLY_KIND_ACKNOWLEDGEMENT: ReplyKind
REPLY_KIND_HOLDING_REPLY: ReplyKind
REPLY_KIND_SUMMARY_RESOLUTION: ReplyKind
REPLY_KIND_DELAY_NOTICE: ReplyKind

class EmployeeRef(_message.Message):
    __slots__ = ("employee_id", "display_name", "rank", "contact", "team")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    display_name: str
    rank: int
    contact: str
    team: str
    def __init__(self, employee_id: _Optional[str] = ..., display_name: _Optional[str] = ..., rank: _Optional[int] = ..., contact: _Optional[str] = ..., team: _Optional[str] = ...) -> None: ...

class CaseOpened(_message.Message):
    __slots__ = ("case_id", "customer_id", "channel", "severity", "category", "playbook_id", "playbook_version", "opened_at", "linked_case_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_VERSION_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    LINKED_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    channel: _common_pb2.Channel
    severity: _common_pb2.Severity
    category: str
    playbook_id: str
    playbook_version: int
    opened_at: _timestamp_pb2.Timestamp
    linked_case_id: str
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., category: _Optional[str] = ..., playbook_id: _Optional[str] = ..., playbook_version: _Optional[int] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., linked_case_id: _Optional[str] = ...) -> None: ...

class OwnerAssigned(_message.Message):
    __slots__ = ("case_id", "owner", "offered_at", "accepted_at", "because")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    OFFERED_AT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    owner: EmployeeRef
    offered_at: _timestamp_pb2.Timestamp
    accepted_at: _timestamp_pb2.Timestamp
    because: str
    def __init__(self, case_id: _Optional[str] = ..., owner: _Optional[_Union[EmployeeRef, _Mapping]] = ..., offered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., because: _Optional[str] = ...) -> None: ...

class HelperJoined(_message.Message):
    __slots__ = ("case_id", "helper")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HELPER_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    helper: EmployeeRef
    def __init__(self, case_id: _Optional[str] = ..., helper: _Optional[_Union[EmployeeRef, _Mapping]] = ...) -> None: ...

class HelperLeft(_message.Message):
    __slots__ = ("case_id", "employee_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ...) -> None: ...

class HandOffOffered(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "to", "reason", "summary", "live", "expires_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    to: EmployeeRef
    reason: str
    summary: str
    live: bool
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., to: _Optional[_Union[EmployeeRef, _Mapping]] = ..., reason: _Optional[str] = ..., summary: _Optional[str] = ..., live: _Optional[bool] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., **kwargs) -> None: ...

class HandOffIntroduced(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "evidence", "introduced_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    INTRODUCED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    evidence: str
    introduced_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., evidence: _Optional[str] = ..., introduced_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HandOffAccepted(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "to", "accepted_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    to: EmployeeRef
    accepted_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., to: _Optional[_Union[EmployeeRef, _Mapping]] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., **kwargs) -> None: ...

class HandOffDeclined(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "employee_id", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    employee_id: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class HandOffTimedOut(_message.Message):
    __slots__ = ("case_id", "hand_off_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ...) -> None: ...

class HandOffWithdrawn(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "employee_id", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    employee_id: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class HandOffContinuedInWriting(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "expires_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HelperInvited(_message.Message):
    __slots__ = ("case_id", "helper", "invited_by_employee_id", "question")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HELPER_FIELD_NUMBER: _ClassVar[int]
    INVITED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    helper: EmployeeRef
    invited_by_employee_id: str
    question: str
    def __init__(self, case_id: _Optional[str] = ..., helper: _Optional[_Union[EmployeeRef, _Mapping]] = ..., invited_by_employee_id: _Optional[str] = ..., question: _Optional[str] = ...) -> None: ...

class FirstContactMoved(_message.Message):
    __slots__ = ("case_id", "employee_id", "first_contact")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_CONTACT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    first_contact: EmployeeRef
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., first_contact: _Optional[_Union[EmployeeRef, _Mapping]] = ...) -> None: ...

class HandOffRefused(_message.Message):
    __slots__ = ("case_id", "tried_by_employee_id", "to_employee_id", "rule")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TRIED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    TO_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    tried_by_employee_id: str
    to_employee_id: str
    rule: str
    def __init__(self, case_id: _Optional[str] = ..., tried_by_employee_id: _Optional[str] = ..., to_employee_id: _Optional[str] = ..., rule: _Optional[str] = ...) -> None: ...

class AuthorityRequested(_message.Message):
    __slots__ = ("case_id", "request_id", "requested_by", "asked", "amounts", "remedy_id", "reason", "requested_at", "expires_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_BY_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    request_id: str
    requested_by: EmployeeRef
    asked: EmployeeRef
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    remedy_id: str
    reason: str
    requested_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., request_id: _Optional[str] = ..., requested_by: _Optional[_Union[EmployeeRef, _Mapping]] = ..., asked: _Optional[_Union[EmployeeRef, _Mapping]] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., remedy_id: _Optional[str] = ..., reason: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AuthorityLent(_message.Message):
    __slots__ = ("case_id", "request_id", "lender", "borrower_employee_id", "amounts", "remedy_id", "lent_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LENDER_FIELD_NUMBER: _ClassVar[int]
    BORROWER_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    LENT_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    request_id: str
    lender: EmployeeRef
    borrower_employee_id: str
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    remedy_id: str
    lent_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., request_id: _Optional[str] = ..., lender: _Optional[_Union[EmployeeRef, _Mapping]] = ..., borrower_employee_id: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., remedy_id: _Optional[str] = ..., lent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AuthorityDenied(_message.Message):
    __slots__ = ("case_id", "request_id", "denied_by_employee_id", "because", "reason", "denied_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DENIED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DENIED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    request_id: str
    denied_by_employee_id: str
    because: str
    reason: str
    denied_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., request_id: _Optional[str] = ..., denied_by_employee_id: _Optional[str] = ..., because: _Optional[str] = ..., reason: _Optional[str] = ..., denied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RemedyGranted(_message.Message):
    __slots__ = ("case_id", "grant_id", "remedy_id", "granted_by_employee_id", "cost", "value", "idempotency_key", "granted_at", "description", "customer_id", "quantity", "fulfil_by")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    GRANTED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FULFIL_BY_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    remedy_id: str
    granted_by_employee_id: str
    cost: _common_pb2.Amount
    value: _common_pb2.Amount
    idempotency_key: str
    granted_at: _timestamp_pb2.Timestamp
    description: str
    customer_id: str
    quantity: int
    fulfil_by: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., remedy_id: _Optional[str] = ..., granted_by_employee_id: _Optional[str] = ..., cost: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., value: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., idempotency_key: _Optional[str] = ..., granted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., description: _Optional[str] = ..., customer_id: _Optional[str] = ..., quantity: _Optional[int] = ..., fulfil_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RemedyFulfilled(_message.Message):
    __slots__ = ("case_id", "grant_id", "reference", "fulfilled_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    FULFILLED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    reference: str
    fulfilled_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., reference: _Optional[str] = ..., fulfilled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RemedyFulfilmentFailed(_message.Message):
    __slots__ = ("case_id", "grant_id", "because", "reason", "failed_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    because: str
    reason: str
    failed_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., because: _Optional[str] = ..., reason: _Optional[str] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RemedyRevoked(_message.Message):
    __slots__ = ("case_id", "grant_id", "reason", "revoked_by_employee_id", "revoked_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REVOKED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    reason: str
    revoked_by_employee_id: str
    revoked_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., reason: _Optional[str] = ..., revoked_by_employee_id: _Optional[str] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReplyFinding(_message.Message):
    __slots__ = ("category", "severity", "start", "end", "why", "suggestion")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    SUGGESTION_FIELD_NUMBER: _ClassVar[int]
    category: str
    severity: str
    start: int
    end: int
    why: str
    suggestion: str
    def __init__(self, category: _Optional[str] = ..., severity: _Optional[str] = ..., start: _Optional[int] = ..., end: _Optional[int] = ..., why: _Optional[str] = ..., suggestion: _Optional[str] = ...) -> None: ...

class ReplyChecked(_message.Message):
    __slots__ = ("case_id", "reply_id", "employee_id", "outcome", "findings", "override_reason", "pack_version")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[ReplyChecked.Outcome]
        OUTCOME_PASSED: _ClassVar[ReplyChecked.Outcome]
        OUTCOME_STOPPED: _ClassVar[ReplyChecked.Outcome]
        OUTCOME_OVERRIDDEN: _ClassVar[ReplyChecked.Outcome]
        OUTCOME_UNCHECKED: _ClassVar[ReplyChecked.Outcome]
    OUTCOME_UNSPECIFIED: ReplyChecked.Outcome
    OUTCOME_PASSED: ReplyChecked.Outcome
    OUTCOME_STOPPED: ReplyChecked.Outcome
    OUTCOME_OVERRIDDEN: ReplyChecked.Outcome
    OUTCOME_UNCHECKED: ReplyChecked.Outcome
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    PACK_VERSION_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    reply_id: str
    employee_id: str
    outcome: ReplyChecked.Outcome
    findings: _containers.RepeatedCompositeFieldContainer[ReplyFinding]
    override_reason: str
    pack_version: str
    def __init__(self, case_id: _Optional[str] = ..., reply_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., outcome: _Optional[_Union[ReplyChecked.Outcome, str]] = ..., findings: _Optional[_Iterable[_Union[ReplyFinding, _Mapping]]] = ..., override_reason: _Optional[str] = ..., pack_version: _Optional[str] = ...) -> None: ...

class HintGiven(_message.Message):
    __slots__ = ("case_id", "employee_id", "segment_id", "second", "text", "findings", "missing", "pack_version", "given_at")
    class Missing(_message.Message):
        __slots__ = ("good", "step_id", "due_at", "say")
        GOOD_FIELD_NUMBER: _ClassVar[int]
        STEP_ID_FIELD_NUMBER: _ClassVar[int]
        DUE_AT_FIELD_NUMBER: _ClassVar[int]
        SAY_FIELD_NUMBER: _ClassVar[int]
        good: str
        step_id: str
        due_at: _timestamp_pb2.Timestamp
        say: str
        def __init__(self, good: _Optional[str] = ..., step_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., say: _Optional[str] = ...) -> None: ...
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    PACK_VERSION_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    segment_id: str
    second: int
    text: str
    findings: _containers.RepeatedCompositeFieldContainer[ReplyFinding]
    missing: _containers.RepeatedCompositeFieldContainer[HintGiven.Missing]
    pack_version: str
    given_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., segment_id: _Optional[str] = ..., second: _Optional[int] = ..., text: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[ReplyFinding, _Mapping]]] = ..., missing: _Optional[_Iterable[_Union[HintGiven.Missing, _Mapping]]] = ..., pack_version: _Optional[str] = ..., given_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReplySent(_message.Message):
    __slots__ = ("case_id", "reply_id", "kind", "author", "channel", "to", "channel_account", "subject", "text", "in_reply_to", "promise_id", "hand_off_id", "released_at", "thread_key", "ombudsman")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IN_REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    RELEASED_AT_FIELD_NUMBER: _ClassVar[int]
    THREAD_KEY_FIELD_NUMBER: _ClassVar[int]
    OMBUDSMAN_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    reply_id: str
    kind: ReplyKind
    author: EmployeeRef
    channel: _common_pb2.Channel
    to: _common_pb2.Party
    channel_account: str
    subject: str
    text: str
    in_reply_to: str
    promise_id: str
    hand_off_id: str
    released_at: _timestamp_pb2.Timestamp
    thread_key: str
    ombudsman: str
    def __init__(self, case_id: _Optional[str] = ..., reply_id: _Optional[str] = ..., kind: _Optional[_Union[ReplyKind, str]] = ..., author: _Optional[_Union[EmployeeRef, _Mapping]] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., to: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., channel_account: _Optional[str] = ..., subject: _Optional[str] = ..., text: _Optional[str] = ..., in_reply_to: _Optional[str] = ..., promise_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., released_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., thread_key: _Optional[str] = ..., ombudsman: _Optional[str] = ...) -> None: ...

class SolutionProposed(_message.Message):
    __slots__ = ("case_id", "proposal_id", "employee_id", "description", "reply_id", "proposed_at", "alternative_to")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_AT_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVE_TO_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    proposal_id: str
    employee_id: str
    description: str
    reply_id: str
    proposed_at: _timestamp_pb2.Timestamp
    alternative_to: str
    def __init__(self, case_id: _Optional[str] = ..., proposal_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., description: _Optional[str] = ..., reply_id: _Optional[str] = ..., proposed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., alternative_to: _Optional[str] = ...) -> None: ...

class VerdictGiven(_message.Message):
    __slots__ = ("case_id", "verdict", "message_id", "proposal_id", "recorded_by", "given_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDED_BY_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    verdict: Verdict
    message_id: str
    proposal_id: str
    recorded_by: _common_pb2.Actor
    given_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., message_id: _Optional[str] = ..., proposal_id: _Optional[str] = ..., recorded_by: _Optional[_Union[_common_pb2.Actor, _Mapping]] = ..., given_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AlternativesAskedFor(_message.Message):
    __slots__ = ("case_id", "proposal_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    proposal_id: str
    def __init__(self, case_id: _Optional[str] = ..., proposal_id: _Optional[str] = ...) -> None: ...

class FixApplied(_message.Message):
    __slots__ = ("case_id", "employee_id", "description", "applied_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    APPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    description: str
    applied_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., description: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SeverityAssessed(_message.Message):
    __slots__ = ("case_id", "employee_id", "was", "severity", "assessed_at", "message_id", "grounds")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    WAS_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    ASSESSED_AT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    was: _common_pb2.Severity
    severity: _common_pb2.Severity
    assessed_at: _timestamp_pb2.Timestamp
    message_id: str
    grounds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., was: _Optional[_Union[_common_pb2.Severity, str]] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., assessed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., message_id: _Optional[str] = ..., grounds: _Optional[_Iterable[str]] = ...) -> None: ...

class CauseRecorded(_message.Message):
    __slots__ = ("case_id", "employee_id", "cause", "cause_code")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_CODE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    cause: str
    cause_code: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., cause: _Optional[str] = ..., cause_code: _Optional[str] = ...) -> None: ...

class PreventionRecorded(_message.Message):
    __slots__ = ("case_id", "employee_id", "prevention")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    prevention: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., prevention: _Optional[str] = ...) -> None: ...

class CaseResolved(_message.Message):
    __slots__ = ("case_id", "employee_id", "resolved_at", "first_contact_employee_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_AT_FIELD_NUMBER: _ClassVar[int]
    FIRST_CONTACT_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    resolved_at: _timestamp_pb2.Timestamp
    first_contact_employee_id: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., resolved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_contact_employee_id: _Optional[str] = ...) -> None: ...

class CaseClosed(_message.Message):
    __slots__ = ("case_id", "closing", "message_id", "evidence", "closed_at", "survivor_case_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    SURVIVOR_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    closing: Closing
    message_id: str
    evidence: str
    closed_at: _timestamp_pb2.Timestamp
    survivor_case_id: str
    def __init__(self, case_id: _Optional[str] = ..., closing: _Optional[_Union[Closing, str]] = ..., message_id: _Optional[str] = ..., evidence: _Optional[str] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., survivor_case_id: _Optional[str] = ...) -> None: ...

class CaseReopened(_message.Message):
    __slots__ = ("case_id", "message_id", "because", "reopened_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    REOPENED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    message_id: str
    because: str
    reopened_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., message_id: _Optional[str] = ..., because: _Optional[str] = ..., reopened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfirmationHeldBack(_message.Message):
    __slots__ = ("case_id", "message_id", "words")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    message_id: str
    words: str
    def __init__(self, case_id: _Optional[str] = ..., message_id: _Optional[str] = ..., words: _Optional[str] = ...) -> None: ...

class CasesMerged(_message.Message):
    __slots__ = ("case_id", "merged_case_id", "employee_id", "reason", "complained_at", "merged_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMPLAINED_AT_FIELD_NUMBER: _ClassVar[int]
    MERGED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    merged_case_id: str
    employee_id: str
    reason: str
    complained_at: _timestamp_pb2.Timestamp
    merged_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., merged_case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., complained_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., merged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CasesLinked(_message.Message):
    __slots__ = ("case_id", "other_case_id", "employee_id", "reason", "linked_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    OTHER_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINKED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    other_case_id: str
    employee_id: str
    reason: str
    linked_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., other_case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., linked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseSplit(_message.Message):
    __slots__ = ("case_id", "from_case_id", "to_case_id", "employee_id", "reason", "message_ids", "undoes_merge", "split_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TO_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    UNDOES_MERGE_FIELD_NUMBER: _ClassVar[int]
    SPLIT_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    from_case_id: str
    to_case_id: str
    employee_id: str
    reason: str
    message_ids: _containers.RepeatedScalarFieldContainer[str]
    undoes_merge: bool
    split_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., from_case_id: _Optional[str] = ..., to_case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., message_ids: _Optional[_Iterable[str]] = ..., undoes_merge: _Optional[bool] = ..., split_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StepCompleted(_message.Message):
    __slots__ = ("case_id", "playbook_id", "playbook_version", "step_id", "evidence_event_id", "completed_at", "after_ms")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_VERSION_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_FIELD_NUMBER: _ClassVar[int]
    AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    playbook_id: str
    playbook_version: int
    step_id: str
    evidence_event_id: str
    completed_at: _timestamp_pb2.Timestamp
    after_ms: int
    def __init__(self, case_id: _Optional[str] = ..., playbook_id: _Optional[str] = ..., playbook_version: _Optional[int] = ..., step_id: _Optional[str] = ..., evidence_event_id: _Optional[str] = ..., completed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., after_ms: _Optional[int] = ...) -> None: ...

class PreventionAskedFor(_message.Message):
    __slots__ = ("case_id", "employee_id", "missing", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PreventionOverdue(_message.Message):
    __slots__ = ("case_id", "employee_id", "missing", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DebriefHeld(_message.Message):
    __slots__ = ("case_id", "held_by_employee_id", "participants", "absent_employee_ids", "outcome", "held_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    ABSENT_EMPLOYEE_IDS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    HELD_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    held_by_employee_id: str
    participants: _containers.RepeatedCompositeFieldContainer[EmployeeRef]
    absent_employee_ids: _containers.RepeatedScalarFieldContainer[str]
    outcome: str
    held_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., held_by_employee_id: _Optional[str] = ..., participants: _Optional[_Iterable[_Union[EmployeeRef, _Mapping]]] = ..., absent_employee_ids: _Optional[_Iterable[str]] = ..., outcome: _Optional[str] = ..., held_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RepeatFailureFound(_message.Message):
    __slots__ = ("case_id", "earlier_case_id", "same", "value", "earlier_opened_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EARLIER_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    SAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    EARLIER_OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    earlier_case_id: str
    same: str
    value: str
    earlier_opened_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., earlier_case_id: _Optional[str] = ..., same: _Optional[str] = ..., value: _Optional[str] = ..., earlier_opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RepeatContactCounted(_message.Message):
    __slots__ = ("case_id", "message_id", "count", "asked_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    message_id: str
    count: int
    asked_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., message_id: _Optional[str] = ..., count: _Optional[int] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerDefected(_message.Message):
    __slots__ = ("case_id", "customer_id", "reason", "evidence", "recorded_by_employee_id", "defected_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DEFECTED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    reason: str
    evidence: str
    recorded_by_employee_id: str
    defected_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., reason: _Optional[str] = ..., evidence: _Optional[str] = ..., recorded_by_employee_id: _Optional[str] = ..., defected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WinBackStarted(_message.Message):
    __slots__ = ("case_id", "employee", "started_by_employee_id", "due_at", "started_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_FIELD_NUMBER: _ClassVar[int]
    STARTED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee: EmployeeRef
    started_by_employee_id: str
    due_at: _timestamp_pb2.Timestamp
    started_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee: _Optional[_Union[EmployeeRef, _Mapping]] = ..., started_by_employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WinBackDue(_message.Message):
    __slots__ = ("case_id", "employee_id", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WinBackGivenUp(_message.Message):
    __slots__ = ("case_id", "customer_id", "employee_id", "reason", "given_up_by_employee_id", "given_up_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    GIVEN_UP_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    employee_id: str
    reason: str
    given_up_by_employee_id: str
    given_up_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., given_up_by_employee_id: _Optional[str] = ..., given_up_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerWonBack(_message.Message):
    __slots__ = ("case_id", "customer_id", "evidence", "recorded_by_employee_id", "won_back_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RECORDED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    WON_BACK_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    evidence: str
    recorded_by_employee_id: str
    won_back_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., evidence: _Optional[str] = ..., recorded_by_employee_id: _Optional[str] = ..., won_back_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PlaybookDrafted(_message.Message):
    __slots__ = ("playbook_id", "version", "drafted_by_employee_id", "drafted_at")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DRAFTED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DRAFTED_AT_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    drafted_by_employee_id: str
    drafted_at: _timestamp_pb2.Timestamp
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., drafted_by_employee_id: _Optional[str] = ..., drafted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PlaybookReviewed(_message.Message):
    __slots__ = ("playbook_id", "version", "reviewed_by_employee_id", "approved", "note", "reviewed_at")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_AT_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    reviewed_by_employee_id: str
    approved: bool
    note: str
    reviewed_at: _timestamp_pb2.Timestamp
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., reviewed_by_employee_id: _Optional[str] = ..., approved: _Optional[bool] = ..., note: _Optional[str] = ..., reviewed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PlaybookActivated(_message.Message):
    __slots__ = ("playbook_id", "version", "activated_by_employee_id", "previous_playbook_id", "previous_version", "reason", "activated_at")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_AT_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    activated_by_employee_id: str
    previous_playbook_id: str
    previous_version: int
    reason: str
    activated_at: _timestamp_pb2.Timestamp
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., activated_by_employee_id: _Optional[str] = ..., previous_playbook_id: _Optional[str] = ..., previous_version: _Optional[int] = ..., reason: _Optional[str] = ..., activated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PlaybookRolledBack(_message.Message):
    __slots__ = ("playbook_id", "version", "from_version", "rolled_back_by_employee_id", "reason", "rolled_back_at")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FROM_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROLLED_BACK_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ROLLED_BACK_AT_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    from_version: int
    rolled_back_by_employee_id: str
    reason: str
    rolled_back_at: _timestamp_pb2.Timestamp
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., from_version: _Optional[int] = ..., rolled_back_by_employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., rolled_back_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NobodyOnDuty(_message.Message):
    __slots__ = ("tenant_id", "since", "because", "waiting_complaints")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    WAITING_COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    since: _timestamp_pb2.Timestamp
    because: str
    waiting_complaints: int
    def __init__(self, tenant_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., because: _Optional[str] = ..., waiting_complaints: _Optional[int] = ...) -> None: ...

class SomebodyOnDuty(_message.Message):
    __slots__ = ("tenant_id", "since", "until", "cases_given_to_duty_owners", "waiting_complaints")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    CASES_GIVEN_TO_DUTY_OWNERS_FIELD_NUMBER: _ClassVar[int]
    WAITING_COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    cases_given_to_duty_owners: int
    waiting_complaints: int
    def __init__(self, tenant_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cases_given_to_duty_owners: _Optional[int] = ..., waiting_complaints: _Optional[int] = ...) -> None: ...

class CoverStarted(_message.Message):
    __slots__ = ("employee_id", "cover", "starts_at", "ends_at")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    cover: EmployeeRef
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, employee_id: _Optional[str] = ..., cover: _Optional[_Union[EmployeeRef, _Mapping]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CoverEnded(_message.Message):
    __slots__ = ("employee_id", "cover", "ended_at")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    cover: EmployeeRef
    ended_at: _timestamp_pb2.Timestamp
    def __init__(self, employee_id: _Optional[str] = ..., cover: _Optional[_Union[EmployeeRef, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EmployeeLeft(_message.Message):
    __slots__ = ("employee_id", "left_at", "open_cases", "reason")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    LEFT_AT_FIELD_NUMBER: _ClassVar[int]
    OPEN_CASES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    left_at: _timestamp_pb2.Timestamp
    open_cases: int
    reason: str
    def __init__(self, employee_id: _Optional[str] = ..., left_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., open_cases: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...
