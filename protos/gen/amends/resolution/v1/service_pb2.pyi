import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from amends.common.v1 import rules_pb2 as _rules_pb2
from amends.resolution.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Fulfilment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FULFILMENT_UNSPECIFIED: _ClassVar[Fulfilment]
    FULFILMENT_BY_HAND: _ClassVar[Fulfilment]
    FULFILMENT_ORDERED: _ClassVar[Fulfilment]
    FULFILMENT_FULFILLED: _ClassVar[Fulfilment]
    FULFILMENT_FAILED: _ClassVar[Fulfilment]

class Concern(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONCERN_UNSPECIFIED: _ClassVar[Concern]
    CONCERN_OWNER: _ClassVar[Concern]
    CONCERN_HELPER: _ClassVar[Concern]
    CONCERN_RECEIVER: _ClassVar[Concern]
    CONCERN_FIRST_CONTACT: _ClassVar[Concern]
    CONCERN_INVITED: _ClassVar[Concern]
    CONCERN_LENDER: _ClassVar[Concern]
FULFILMENT_UNSPECIFIED: Fulfilment
FULFILMENT_BY_HAND: Fulfilment
FULFILMENT_ORDERED: Fulfilment
FULFILMENT_FULFILLED: Fulfilment
FULFILMENT_FAILED: Fulfilment
CONCERN_UNSPECIFIED: Concern
CONCERN_OWNER: Concern
CONCERN_HELPER: Concern
CONCERN_RECEIVER: Concern
CONCERN_FIRST_CONTACT: Concern
CONCERN_INVITED: Concern
CONCERN_LENDER: Concern

class Employee(_message.Message):
    __slots__ = ("employee_id", "display_name", "rank", "team", "skills", "languages", "present", "capacity", "load", "duty_owner", "contact", "present_until")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    SKILLS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PRESENT_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    DUTY_OWNER_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    PRESENT_UNTIL_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    display_name: str
    rank: int
    team: str
    skills: _containers.RepeatedScalarFieldContainer[str]
    languages: _containers.RepeatedScalarFieldContainer[str]
    present: bool
    capacity: int
    load: int
    duty_owner: bool
    contact: str
    present_until: _timestamp_pb2.Timestamp
    def __init__(self, employee_id: _Optional[str] = ..., display_name: _Optional[str] = ..., rank: _Optional[int] = ..., team: _Optional[str] = ..., skills: _Optional[_Iterable[str]] = ..., languages: _Optional[_Iterable[str]] = ..., present: _Optional[bool] = ..., capacity: _Optional[int] = ..., load: _Optional[int] = ..., duty_owner: _Optional[bool] = ..., contact: _Optional[str] = ..., present_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Duty(_message.Message):
    __slots__ = ("somebody", "nobody_since", "present_front_line", "employees", "cases_given_to_duty_owners", "waiting_complaints", "waiting_since")
    SOMEBODY_FIELD_NUMBER: _ClassVar[int]
    NOBODY_SINCE_FIELD_NUMBER: _ClassVar[int]
    PRESENT_FRONT_LINE_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEES_FIELD_NUMBER: _ClassVar[int]
    CASES_GIVEN_TO_DUTY_OWNERS_FIELD_NUMBER: _ClassVar[int]
    WAITING_COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_SINCE_FIELD_NUMBER: _ClassVar[int]
    somebody: bool
    nobody_since: _timestamp_pb2.Timestamp
    present_front_line: int
    employees: int
    cases_given_to_duty_owners: int
    waiting_complaints: int
    waiting_since: _timestamp_pb2.Timestamp
    def __init__(self, somebody: _Optional[bool] = ..., nobody_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., present_front_line: _Optional[int] = ..., employees: _Optional[int] = ..., cases_given_to_duty_owners: _Optional[int] = ..., waiting_complaints: _Optional[int] = ..., waiting_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Case(_message.Message):
    __slots__ = ("case_id", "version", "status", "owner", "first_contact", "helpers", "customer", "channel", "severity", "category", "playbook_id", "playbook_version", "steps", "pending_hand_off", "grants", "proposal_id", "last_customer_message_id", "opened_at", "resolved_at", "closed_at", "closing", "linked_case_id", "related_case_ids", "merged_case_ids", "successor_case_id", "attempts", "final_response", "held_back_message_ids", "complained_at", "alternative_to", "cause", "cause_code", "prevention", "prevention_due_at", "debriefs", "repeat_of_case_ids", "repeat_contacts", "defection", "win_back", "waiting", "circle_back_by", "invited_helpers", "pending_authority", "lent_authority")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    FIRST_CONTACT_FIELD_NUMBER: _ClassVar[int]
    HELPERS_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    PLAYBOOK_VERSION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    PENDING_HAND_OFF_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_CUSTOMER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    RESOLVED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    LINKED_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    RELATED_CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    MERGED_CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    SUCCESSOR_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    FINAL_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    HELD_BACK_MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    COMPLAINED_AT_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVE_TO_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_CODE_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_DUE_AT_FIELD_NUMBER: _ClassVar[int]
    DEBRIEFS_FIELD_NUMBER: _ClassVar[int]
    REPEAT_OF_CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    REPEAT_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    DEFECTION_FIELD_NUMBER: _ClassVar[int]
    WIN_BACK_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    CIRCLE_BACK_BY_FIELD_NUMBER: _ClassVar[int]
    INVITED_HELPERS_FIELD_NUMBER: _ClassVar[int]
    PENDING_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    LENT_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    version: int
    status: _events_pb2.Status
    owner: _events_pb2.EmployeeRef
    first_contact: _events_pb2.EmployeeRef
    helpers: _containers.RepeatedCompositeFieldContainer[_events_pb2.EmployeeRef]
    customer: _common_pb2.CustomerRef
    channel: _common_pb2.Channel
    severity: _common_pb2.Severity
    category: str
    playbook_id: str
    playbook_version: int
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    pending_hand_off: HandOff
    grants: _containers.RepeatedCompositeFieldContainer[Grant]
    proposal_id: str
    last_customer_message_id: str
    opened_at: _timestamp_pb2.Timestamp
    resolved_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    closing: _events_pb2.Closing
    linked_case_id: str
    related_case_ids: _containers.RepeatedScalarFieldContainer[str]
    merged_case_ids: _containers.RepeatedScalarFieldContainer[str]
    successor_case_id: str
    attempts: _containers.RepeatedCompositeFieldContainer[ContactAttempt]
    final_response: FinalResponse
    held_back_message_ids: _containers.RepeatedScalarFieldContainer[str]
    complained_at: _timestamp_pb2.Timestamp
    alternative_to: str
    cause: str
    cause_code: str
    prevention: str
    prevention_due_at: _timestamp_pb2.Timestamp
    debriefs: int
    repeat_of_case_ids: _containers.RepeatedScalarFieldContainer[str]
    repeat_contacts: int
    defection: Defection
    win_back: WinBack
    waiting: bool
    circle_back_by: _events_pb2.EmployeeRef
    invited_helpers: _containers.RepeatedCompositeFieldContainer[_events_pb2.EmployeeRef]
    pending_authority: AuthorityRequest
    lent_authority: _containers.RepeatedCompositeFieldContainer[LentAuthority]
    def __init__(self, case_id: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[_events_pb2.Status, str]] = ..., owner: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., first_contact: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., helpers: _Optional[_Iterable[_Union[_events_pb2.EmployeeRef, _Mapping]]] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., category: _Optional[str] = ..., playbook_id: _Optional[str] = ..., playbook_version: _Optional[int] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., pending_hand_off: _Optional[_Union[HandOff, _Mapping]] = ..., grants: _Optional[_Iterable[_Union[Grant, _Mapping]]] = ..., proposal_id: _Optional[str] = ..., last_customer_message_id: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolved_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closing: _Optional[_Union[_events_pb2.Closing, str]] = ..., linked_case_id: _Optional[str] = ..., related_case_ids: _Optional[_Iterable[str]] = ..., merged_case_ids: _Optional[_Iterable[str]] = ..., successor_case_id: _Optional[str] = ..., attempts: _Optional[_Iterable[_Union[ContactAttempt, _Mapping]]] = ..., final_response: _Optional[_Union[FinalResponse, _Mapping]] = ..., held_back_message_ids: _Optional[_Iterable[str]] = ..., complained_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., alternative_to: _Optional[str] = ..., cause: _Optional[str] = ..., cause_code: _Optional[str] = ..., prevention: _Optional[str] = ..., prevention_due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., debriefs: _Optional[int] = ..., repeat_of_case_ids: _Optional[_Iterable[str]] = ..., repeat_contacts: _Optional[int] = ..., defection: _Optional[_Union[Defection, _Mapping]] = ..., win_back: _Optional[_Union[WinBack, _Mapping]] = ..., waiting: _Optional[bool] = ..., circle_back_by: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., invited_helpers: _Optional[_Iterable[_Union[_events_pb2.EmployeeRef, _Mapping]]] = ..., pending_authority: _Optional[_Union[AuthorityRequest, _Mapping]] = ..., lent_authority: _Optional[_Iterable[_Union[LentAuthority, _Mapping]]] = ...) -> None: ...

class AuthorityRequest(_message.Message):
    __slots__ = ("request_id", "case_id", "requested_by", "asked", "amounts", "remedy_id", "reason", "requested_at", "expires_at")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_BY_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    case_id: str
    requested_by: _events_pb2.EmployeeRef
    asked: _events_pb2.EmployeeRef
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    remedy_id: str
    reason: str
    requested_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., case_id: _Optional[str] = ..., requested_by: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., asked: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., remedy_id: _Optional[str] = ..., reason: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LentAuthority(_message.Message):
    __slots__ = ("request_id", "lender", "amounts", "left", "remedy_id", "lent_at")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LENDER_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    LENT_AT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    lender: _events_pb2.EmployeeRef
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    left: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    remedy_id: str
    lent_at: _timestamp_pb2.Timestamp
    def __init__(self, request_id: _Optional[str] = ..., lender: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., left: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., remedy_id: _Optional[str] = ..., lent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ContactAttempt(_message.Message):
    __slots__ = ("contact_id", "channel", "at", "delivered")
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    contact_id: str
    channel: _common_pb2.Channel
    at: _timestamp_pb2.Timestamp
    delivered: bool
    def __init__(self, contact_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivered: _Optional[bool] = ...) -> None: ...

class FinalResponse(_message.Message):
    __slots__ = ("reply_id", "ombudsman", "sent_at", "delivered_at")
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    OMBUDSMAN_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    reply_id: str
    ombudsman: str
    sent_at: _timestamp_pb2.Timestamp
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, reply_id: _Optional[str] = ..., ombudsman: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Defection(_message.Message):
    __slots__ = ("reason", "evidence", "defected_at")
    REASON_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    DEFECTED_AT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    evidence: str
    defected_at: _timestamp_pb2.Timestamp
    def __init__(self, reason: _Optional[str] = ..., evidence: _Optional[str] = ..., defected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WinBack(_message.Message):
    __slots__ = ("employee", "started_at", "due_at", "acted", "overdue")
    EMPLOYEE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ACTED_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    employee: _events_pb2.EmployeeRef
    started_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    acted: bool
    overdue: bool
    def __init__(self, employee: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acted: _Optional[bool] = ..., overdue: _Optional[bool] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("step_id", "title", "say", "completed", "completed_at", "evidence_event_id", "due_ms", "gates")
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SAY_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_MS_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    step_id: str
    title: str
    say: str
    completed: bool
    completed_at: _timestamp_pb2.Timestamp
    evidence_event_id: str
    due_ms: int
    gates: str
    def __init__(self, step_id: _Optional[str] = ..., title: _Optional[str] = ..., say: _Optional[str] = ..., completed: _Optional[bool] = ..., completed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence_event_id: _Optional[str] = ..., due_ms: _Optional[int] = ..., gates: _Optional[str] = ...) -> None: ...

class HandOff(_message.Message):
    __slots__ = ("hand_off_id", "case_id", "to", "reason", "summary", "live", "introduced", "expires_at")
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    INTRODUCED_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    hand_off_id: str
    case_id: str
    to: _events_pb2.EmployeeRef
    reason: str
    summary: str
    live: bool
    introduced: bool
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, hand_off_id: _Optional[str] = ..., case_id: _Optional[str] = ..., to: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., reason: _Optional[str] = ..., summary: _Optional[str] = ..., live: _Optional[bool] = ..., introduced: _Optional[bool] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., **kwargs) -> None: ...

class Remedy(_message.Message):
    __slots__ = ("remedy_id", "title", "cost", "value", "fits", "fulfilled_outside")
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FITS_FIELD_NUMBER: _ClassVar[int]
    FULFILLED_OUTSIDE_FIELD_NUMBER: _ClassVar[int]
    remedy_id: str
    title: str
    cost: _common_pb2.Amount
    value: _common_pb2.Amount
    fits: _containers.RepeatedScalarFieldContainer[str]
    fulfilled_outside: bool
    def __init__(self, remedy_id: _Optional[str] = ..., title: _Optional[str] = ..., cost: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., value: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., fits: _Optional[_Iterable[str]] = ..., fulfilled_outside: _Optional[bool] = ...) -> None: ...

class Grant(_message.Message):
    __slots__ = ("grant_id", "case_id", "remedy_id", "employee_id", "cost", "value", "granted_at", "repeated", "quantity", "fulfilment", "fulfil_by", "reference", "revoked_at", "revoked_because")
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    GRANTED_AT_FIELD_NUMBER: _ClassVar[int]
    REPEATED_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    FULFILMENT_FIELD_NUMBER: _ClassVar[int]
    FULFIL_BY_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    grant_id: str
    case_id: str
    remedy_id: str
    employee_id: str
    cost: _common_pb2.Amount
    value: _common_pb2.Amount
    granted_at: _timestamp_pb2.Timestamp
    repeated: bool
    quantity: int
    fulfilment: Fulfilment
    fulfil_by: _timestamp_pb2.Timestamp
    reference: str
    revoked_at: _timestamp_pb2.Timestamp
    revoked_because: str
    def __init__(self, grant_id: _Optional[str] = ..., case_id: _Optional[str] = ..., remedy_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., cost: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., value: _Optional[_Union[_common_pb2.Amount, _Mapping]] = ..., granted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., repeated: _Optional[bool] = ..., quantity: _Optional[int] = ..., fulfilment: _Optional[_Union[Fulfilment, str]] = ..., fulfil_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reference: _Optional[str] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_because: _Optional[str] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class ListCasesRequest(_message.Message):
    __slots__ = ("owner_id", "status", "page_size", "page_token")
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    owner_id: str
    status: _events_pb2.Status
    page_size: int
    page_token: str
    def __init__(self, owner_id: _Optional[str] = ..., status: _Optional[_Union[_events_pb2.Status, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCasesResponse(_message.Message):
    __slots__ = ("cases", "next_page_token")
    CASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[Case]
    next_page_token: str
    def __init__(self, cases: _Optional[_Iterable[_Union[Case, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchCasesRequest(_message.Message):
    __slots__ = ("resume_token", "employee_id")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    employee_id: str
    def __init__(self, resume_token: _Optional[str] = ..., employee_id: _Optional[str] = ...) -> None: ...

class CaseChange(_message.Message):
    __slots__ = ("kind", "resume_token", "case", "events", "concerns")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[CaseChange.Kind]
        KIND_SNAPSHOT: _ClassVar[CaseChange.Kind]
        KIND_SNAPSHOT_END: _ClassVar[CaseChange.Kind]
        KIND_CHANGE: _ClassVar[CaseChange.Kind]
        KIND_HEARTBEAT: _ClassVar[CaseChange.Kind]
    KIND_UNSPECIFIED: CaseChange.Kind
    KIND_SNAPSHOT: CaseChange.Kind
    KIND_SNAPSHOT_END: CaseChange.Kind
    KIND_CHANGE: CaseChange.Kind
    KIND_HEARTBEAT: CaseChange.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CASE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CONCERNS_FIELD_NUMBER: _ClassVar[int]
    kind: CaseChange.Kind
    resume_token: str
    case: Case
    events: _containers.RepeatedCompositeFieldContainer[GetHistoryResponse.Entry]
    concerns: _containers.RepeatedScalarFieldContainer[Concern]
    def __init__(self, kind: _Optional[_Union[CaseChange.Kind, str]] = ..., resume_token: _Optional[str] = ..., case: _Optional[_Union[Case, _Mapping]] = ..., events: _Optional[_Iterable[_Union[GetHistoryResponse.Entry, _Mapping]]] = ..., concerns: _Optional[_Iterable[_Union[Concern, str]]] = ...) -> None: ...

class GetHistoryRequest(_message.Message):
    __slots__ = ("case_id", "page_size", "page_token")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    page_size: int
    page_token: str
    def __init__(self, case_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetHistoryResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    class Entry(_message.Message):
        __slots__ = ("event_id", "type", "recorded_at", "json", "actor", "on_behalf_of", "reason")
        EVENT_ID_FIELD_NUMBER: _ClassVar[int]
        TYPE_FIELD_NUMBER: _ClassVar[int]
        RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
        JSON_FIELD_NUMBER: _ClassVar[int]
        ACTOR_FIELD_NUMBER: _ClassVar[int]
        ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        event_id: str
        type: str
        recorded_at: _timestamp_pb2.Timestamp
        json: str
        actor: str
        on_behalf_of: str
        reason: str
        def __init__(self, event_id: _Optional[str] = ..., type: _Optional[str] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., json: _Optional[str] = ..., actor: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[GetHistoryResponse.Entry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[GetHistoryResponse.Entry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RegisterEmployeeRequest(_message.Message):
    __slots__ = ("employee", "idempotency_key", "on_behalf_of", "reason")
    EMPLOYEE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee: Employee
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, employee: _Optional[_Union[Employee, _Mapping]] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SetPresenceRequest(_message.Message):
    __slots__ = ("employee_id", "present", "lease_s", "idempotency_key", "on_behalf_of", "reason")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    PRESENT_FIELD_NUMBER: _ClassVar[int]
    LEASE_S_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    present: bool
    lease_s: int
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, employee_id: _Optional[str] = ..., present: _Optional[bool] = ..., lease_s: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SetCapacityRequest(_message.Message):
    __slots__ = ("employee_id", "capacity", "idempotency_key", "on_behalf_of", "reason")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    capacity: int
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, employee_id: _Optional[str] = ..., capacity: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GetDutyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Cover(_message.Message):
    __slots__ = ("employee_id", "cover", "starts_at", "ends_at")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COVER_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    cover: _events_pb2.EmployeeRef
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, employee_id: _Optional[str] = ..., cover: _Optional[_Union[_events_pb2.EmployeeRef, _Mapping]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartCoverRequest(_message.Message):
    __slots__ = ("employee_id", "cover_employee_id", "starts_at", "ends_at", "idempotency_key", "on_behalf_of", "reason")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    COVER_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    cover_employee_id: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, employee_id: _Optional[str] = ..., cover_employee_id: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EndCoverRequest(_message.Message):
    __slots__ = ("employee_id", "idempotency_key", "on_behalf_of", "reason")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, employee_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListCoversRequest(_message.Message):
    __slots__ = ("employee_id",)
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    def __init__(self, employee_id: _Optional[str] = ...) -> None: ...

class ListCoversResponse(_message.Message):
    __slots__ = ("covers",)
    COVERS_FIELD_NUMBER: _ClassVar[int]
    covers: _containers.RepeatedCompositeFieldContainer[Cover]
    def __init__(self, covers: _Optional[_Iterable[_Union[Cover, _Mapping]]] = ...) -> None: ...

class LetEmployeeLeaveRequest(_message.Message):
    __slots__ = ("employee_id", "reason", "idempotency_key", "on_behalf_of")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    reason: str
    idempotency_key: str
    on_behalf_of: str
    def __init__(self, employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class LetEmployeeLeaveResponse(_message.Message):
    __slots__ = ("open_cases",)
    OPEN_CASES_FIELD_NUMBER: _ClassVar[int]
    open_cases: int
    def __init__(self, open_cases: _Optional[int] = ...) -> None: ...

class ListEmployeesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEmployeesResponse(_message.Message):
    __slots__ = ("employees", "next_page_token")
    EMPLOYEES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    employees: _containers.RepeatedCompositeFieldContainer[Employee]
    next_page_token: str
    def __init__(self, employees: _Optional[_Iterable[_Union[Employee, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CheckReplyRequest(_message.Message):
    __slots__ = ("case_id", "text", "language", "kind")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    text: str
    language: str
    kind: _events_pb2.ReplyKind
    def __init__(self, case_id: _Optional[str] = ..., text: _Optional[str] = ..., language: _Optional[str] = ..., kind: _Optional[_Union[_events_pb2.ReplyKind, str]] = ...) -> None: ...

class CheckReplyResponse(_message.Message):
    __slots__ = ("outcome", "findings")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    outcome: _events_pb2.ReplyChecked.Outcome
    findings: _containers.RepeatedCompositeFieldContainer[_events_pb2.ReplyFinding]
    def __init__(self, outcome: _Optional[_Union[_events_pb2.ReplyChecked.Outcome, str]] = ..., findings: _Optional[_Iterable[_Union[_events_pb2.ReplyFinding, _Mapping]]] = ...) -> None: ...

class SendReplyRequest(_message.Message):
    __slots__ = ("case_id", "text", "kind", "promise_id", "hand_off_id", "override_reason", "idempotency_key", "channel", "subject", "language", "ombudsman", "delay_reason", "answer_by", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    OMBUDSMAN_FIELD_NUMBER: _ClassVar[int]
    DELAY_REASON_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    text: str
    kind: _events_pb2.ReplyKind
    promise_id: str
    hand_off_id: str
    override_reason: str
    idempotency_key: str
    channel: _common_pb2.Channel
    subject: str
    language: str
    ombudsman: str
    delay_reason: str
    answer_by: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., text: _Optional[str] = ..., kind: _Optional[_Union[_events_pb2.ReplyKind, str]] = ..., promise_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., override_reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., subject: _Optional[str] = ..., language: _Optional[str] = ..., ombudsman: _Optional[str] = ..., delay_reason: _Optional[str] = ..., answer_by: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SendReplyResponse(_message.Message):
    __slots__ = ("reply_id", "outcome", "findings")
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    reply_id: str
    outcome: _events_pb2.ReplyChecked.Outcome
    findings: _containers.RepeatedCompositeFieldContainer[_events_pb2.ReplyFinding]
    def __init__(self, reply_id: _Optional[str] = ..., outcome: _Optional[_Union[_events_pb2.ReplyChecked.Outcome, str]] = ..., findings: _Optional[_Iterable[_Union[_events_pb2.ReplyFinding, _Mapping]]] = ...) -> None: ...

class ProposeSolutionRequest(_message.Message):
    __slots__ = ("case_id", "description", "text", "idempotency_key", "override_reason", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_REASON_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    description: str
    text: str
    idempotency_key: str
    override_reason: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., description: _Optional[str] = ..., text: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., override_reason: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordVerdictRequest(_message.Message):
    __slots__ = ("case_id", "verdict", "message_id", "if_version", "idempotency_key", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    verdict: _events_pb2.Verdict
    message_id: str
    if_version: int
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., verdict: _Optional[_Union[_events_pb2.Verdict, str]] = ..., message_id: _Optional[str] = ..., if_version: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ApplyFixRequest(_message.Message):
    __slots__ = ("case_id", "description", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    description: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., description: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AssessSeverityRequest(_message.Message):
    __slots__ = ("case_id", "severity", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    severity: _common_pb2.Severity
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordCauseRequest(_message.Message):
    __slots__ = ("case_id", "cause", "cause_code", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_CODE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    cause: str
    cause_code: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., cause: _Optional[str] = ..., cause_code: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordPreventionRequest(_message.Message):
    __slots__ = ("case_id", "prevention", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    prevention: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., prevention: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ResolveCaseRequest(_message.Message):
    __slots__ = ("case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CloseCaseRequest(_message.Message):
    __slots__ = ("case_id", "closing", "message_id", "evidence", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    closing: _events_pb2.Closing
    message_id: str
    evidence: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., closing: _Optional[_Union[_events_pb2.Closing, str]] = ..., message_id: _Optional[str] = ..., evidence: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class LinkCasesRequest(_message.Message):
    __slots__ = ("case_id", "other_case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    OTHER_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    other_case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., other_case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class MergeCasesRequest(_message.Message):
    __slots__ = ("case_id", "merged_case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    merged_case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., merged_case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SplitCaseRequest(_message.Message):
    __slots__ = ("case_id", "merged_case_id", "message_ids", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_IDS_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    merged_case_id: str
    message_ids: _containers.RepeatedScalarFieldContainer[str]
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., merged_case_id: _Optional[str] = ..., message_ids: _Optional[_Iterable[str]] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class OfferHandOffRequest(_message.Message):
    __slots__ = ("case_id", "to_employee_id", "reason", "summary", "live", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TO_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    to_employee_id: str
    reason: str
    summary: str
    live: bool
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., to_employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., summary: _Optional[str] = ..., live: _Optional[bool] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class AcceptHandOffRequest(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "summary_read", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_READ_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    summary_read: bool
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., summary_read: _Optional[bool] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeclineHandOffRequest(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class WithdrawHandOffRequest(_message.Message):
    __slots__ = ("case_id", "hand_off_id", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    hand_off_id: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., hand_off_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class ListRefusalsRequest(_message.Message):
    __slots__ = ("employee_id", "since", "page_size", "page_token")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    since: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, employee_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRefusalsResponse(_message.Message):
    __slots__ = ("refusals", "next_page_token")
    class Refusals(_message.Message):
        __slots__ = ("employee_id", "rule", "count", "last_at", "last_case_id")
        EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
        RULE_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        LAST_AT_FIELD_NUMBER: _ClassVar[int]
        LAST_CASE_ID_FIELD_NUMBER: _ClassVar[int]
        employee_id: str
        rule: str
        count: int
        last_at: _timestamp_pb2.Timestamp
        last_case_id: str
        def __init__(self, employee_id: _Optional[str] = ..., rule: _Optional[str] = ..., count: _Optional[int] = ..., last_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_case_id: _Optional[str] = ...) -> None: ...
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    refusals: _containers.RepeatedCompositeFieldContainer[ListRefusalsResponse.Refusals]
    next_page_token: str
    def __init__(self, refusals: _Optional[_Iterable[_Union[ListRefusalsResponse.Refusals, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class InviteHelperRequest(_message.Message):
    __slots__ = ("case_id", "employee_id", "question", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    question: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., question: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class JoinAsHelperRequest(_message.Message):
    __slots__ = ("case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class LeaveAsHelperRequest(_message.Message):
    __slots__ = ("case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SuggestRemediesRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class SuggestRemediesResponse(_message.Message):
    __slots__ = ("remedies",)
    REMEDIES_FIELD_NUMBER: _ClassVar[int]
    remedies: _containers.RepeatedCompositeFieldContainer[Remedy]
    def __init__(self, remedies: _Optional[_Iterable[_Union[Remedy, _Mapping]]] = ...) -> None: ...

class GrantRemedyRequest(_message.Message):
    __slots__ = ("case_id", "remedy_id", "idempotency_key", "quantity", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    remedy_id: str
    idempotency_key: str
    quantity: int
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., remedy_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., quantity: _Optional[int] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RevokeRemedyRequest(_message.Message):
    __slots__ = ("case_id", "grant_id", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class ConfirmFulfilmentRequest(_message.Message):
    __slots__ = ("case_id", "grant_id", "fulfilled", "reference", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    FULFILLED_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    grant_id: str
    fulfilled: bool
    reference: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., grant_id: _Optional[str] = ..., fulfilled: _Optional[bool] = ..., reference: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class GetTotalsRequest(_message.Message):
    __slots__ = ("case_id", "customer_id", "employee_day")
    class EmployeeDay(_message.Message):
        __slots__ = ("employee_id", "day")
        EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
        DAY_FIELD_NUMBER: _ClassVar[int]
        employee_id: str
        day: str
        def __init__(self, employee_id: _Optional[str] = ..., day: _Optional[str] = ...) -> None: ...
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_DAY_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    employee_day: GetTotalsRequest.EmployeeDay
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., employee_day: _Optional[_Union[GetTotalsRequest.EmployeeDay, _Mapping]] = ...) -> None: ...

class GetTotalsResponse(_message.Message):
    __slots__ = ("cost", "value", "grants", "revoked", "fulfilled", "failed")
    COST_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    FULFILLED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    cost: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    value: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    grants: int
    revoked: int
    fulfilled: int
    failed: int
    def __init__(self, cost: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., value: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., grants: _Optional[int] = ..., revoked: _Optional[int] = ..., fulfilled: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class RequestAuthorityRequest(_message.Message):
    __slots__ = ("case_id", "remedy_id", "quantity", "amounts", "to_employee_id", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REMEDY_ID_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    TO_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    remedy_id: str
    quantity: int
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    to_employee_id: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., remedy_id: _Optional[str] = ..., quantity: _Optional[int] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., to_employee_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class LendAuthorityRequest(_message.Message):
    __slots__ = ("case_id", "request_id", "amounts", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    request_id: str
    amounts: _containers.RepeatedCompositeFieldContainer[_common_pb2.Amount]
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., request_id: _Optional[str] = ..., amounts: _Optional[_Iterable[_Union[_common_pb2.Amount, _Mapping]]] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class DenyAuthorityRequest(_message.Message):
    __slots__ = ("case_id", "request_id", "reason", "idempotency_key", "if_version", "on_behalf_of")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    request_id: str
    reason: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    def __init__(self, case_id: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ...) -> None: ...

class PlaybookVersion(_message.Message):
    __slots__ = ("playbook_id", "version", "status", "text", "author_id", "drafted_at", "reviewer_id", "reviewed_at", "note", "active", "shipped")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[PlaybookVersion.Status]
        STATUS_DRAFTED: _ClassVar[PlaybookVersion.Status]
        STATUS_APPROVED: _ClassVar[PlaybookVersion.Status]
        STATUS_RETURNED: _ClassVar[PlaybookVersion.Status]
    STATUS_UNSPECIFIED: PlaybookVersion.Status
    STATUS_DRAFTED: PlaybookVersion.Status
    STATUS_APPROVED: PlaybookVersion.Status
    STATUS_RETURNED: PlaybookVersion.Status
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_ID_FIELD_NUMBER: _ClassVar[int]
    DRAFTED_AT_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_ID_FIELD_NUMBER: _ClassVar[int]
    REVIEWED_AT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    status: PlaybookVersion.Status
    text: str
    author_id: str
    drafted_at: _timestamp_pb2.Timestamp
    reviewer_id: str
    reviewed_at: _timestamp_pb2.Timestamp
    note: str
    active: bool
    shipped: bool
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[PlaybookVersion.Status, str]] = ..., text: _Optional[str] = ..., author_id: _Optional[str] = ..., drafted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reviewer_id: _Optional[str] = ..., reviewed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., active: _Optional[bool] = ..., shipped: _Optional[bool] = ...) -> None: ...

class DraftPlaybookRequest(_message.Message):
    __slots__ = ("text", "idempotency_key", "on_behalf_of", "reason")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    text: str
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, text: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ReviewPlaybookRequest(_message.Message):
    __slots__ = ("playbook_id", "version", "approve", "note", "idempotency_key", "on_behalf_of", "reason")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    approve: bool
    note: str
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., approve: _Optional[bool] = ..., note: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ActivatePlaybookRequest(_message.Message):
    __slots__ = ("playbook_id", "version", "idempotency_key", "on_behalf_of", "reason")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RollBackPlaybookRequest(_message.Message):
    __slots__ = ("playbook_id", "version", "idempotency_key", "on_behalf_of", "reason")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListPlaybooksRequest(_message.Message):
    __slots__ = ("playbook_id", "page_size", "page_token")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    page_size: int
    page_token: str
    def __init__(self, playbook_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPlaybooksResponse(_message.Message):
    __slots__ = ("playbooks", "next_page_token")
    PLAYBOOKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    playbooks: _containers.RepeatedCompositeFieldContainer[PlaybookVersion]
    next_page_token: str
    def __init__(self, playbooks: _Optional[_Iterable[_Union[PlaybookVersion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetPlaybookRequest(_message.Message):
    __slots__ = ("playbook_id", "version")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    version: int
    def __init__(self, playbook_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class DiffPlaybooksRequest(_message.Message):
    __slots__ = ("playbook_id", "from_version", "to_playbook_id", "to_version")
    PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_VERSION_FIELD_NUMBER: _ClassVar[int]
    TO_PLAYBOOK_ID_FIELD_NUMBER: _ClassVar[int]
    TO_VERSION_FIELD_NUMBER: _ClassVar[int]
    playbook_id: str
    from_version: int
    to_playbook_id: str
    to_version: int
    def __init__(self, playbook_id: _Optional[str] = ..., from_version: _Optional[int] = ..., to_playbook_id: _Optional[str] = ..., to_version: _Optional[int] = ...) -> None: ...

class DiffPlaybooksResponse(_message.Message):
    __slots__ = ("changes", "text")
    class Field(_message.Message):
        __slots__ = ("field", "before", "after")
        FIELD_FIELD_NUMBER: _ClassVar[int]
        BEFORE_FIELD_NUMBER: _ClassVar[int]
        AFTER_FIELD_NUMBER: _ClassVar[int]
        field: str
        before: str
        after: str
        def __init__(self, field: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...
    class Change(_message.Message):
        __slots__ = ("kind", "step_id", "fields")
        KIND_FIELD_NUMBER: _ClassVar[int]
        STEP_ID_FIELD_NUMBER: _ClassVar[int]
        FIELDS_FIELD_NUMBER: _ClassVar[int]
        kind: str
        step_id: str
        fields: _containers.RepeatedCompositeFieldContainer[DiffPlaybooksResponse.Field]
        def __init__(self, kind: _Optional[str] = ..., step_id: _Optional[str] = ..., fields: _Optional[_Iterable[_Union[DiffPlaybooksResponse.Field, _Mapping]]] = ...) -> None: ...
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[DiffPlaybooksResponse.Change]
    text: str
    def __init__(self, changes: _Optional[_Iterable[_Union[DiffPlaybooksResponse.Change, _Mapping]]] = ..., text: _Optional[str] = ...) -> None: ...

class HoldDebriefRequest(_message.Message):
    __slots__ = ("case_id", "participant_ids", "outcome", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_IDS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    participant_ids: _containers.RepeatedScalarFieldContainer[str]
    outcome: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., participant_ids: _Optional[_Iterable[str]] = ..., outcome: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Cause(_message.Message):
    __slots__ = ("code", "title")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    code: str
    title: str
    def __init__(self, code: _Optional[str] = ..., title: _Optional[str] = ...) -> None: ...

class ListCausesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListCausesResponse(_message.Message):
    __slots__ = ("causes",)
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    causes: _containers.RepeatedCompositeFieldContainer[Cause]
    def __init__(self, causes: _Optional[_Iterable[_Union[Cause, _Mapping]]] = ...) -> None: ...

class SetCausesRequest(_message.Message):
    __slots__ = ("causes", "idempotency_key", "on_behalf_of", "reason")
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    causes: _containers.RepeatedCompositeFieldContainer[Cause]
    idempotency_key: str
    on_behalf_of: str
    reason: str
    def __init__(self, causes: _Optional[_Iterable[_Union[Cause, _Mapping]]] = ..., idempotency_key: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordDefectionRequest(_message.Message):
    __slots__ = ("case_id", "why", "evidence", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    why: str
    evidence: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., why: _Optional[str] = ..., evidence: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class StartWinBackRequest(_message.Message):
    __slots__ = ("case_id", "employee_id", "due_at", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    employee_id: str
    due_at: _timestamp_pb2.Timestamp
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class GiveUpWinBackRequest(_message.Message):
    __slots__ = ("case_id", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RecordWinBackRequest(_message.Message):
    __slots__ = ("case_id", "evidence", "idempotency_key", "if_version", "on_behalf_of", "reason")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    IF_VERSION_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    evidence: str
    idempotency_key: str
    if_version: int
    on_behalf_of: str
    reason: str
    def __init__(self, case_id: _Optional[str] = ..., evidence: _Optional[str] = ..., idempotency_key: _Optional[str] = ..., if_version: _Optional[int] = ..., on_behalf_of: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
