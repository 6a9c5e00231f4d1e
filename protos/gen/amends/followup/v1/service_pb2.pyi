import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from amends.common.v1 import rules_pb2 as _rules_pb2
from amends.followup.v1 import events_pb2 as _events_pb2
from amends.resolution.v1 import events_pb2 as _events_pb2_1
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Deed(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEED_UNSPECIFIED: _ClassVar[Deed]
    DEED_REFERRAL: _ClassVar[Deed]
    DEED_RENEWAL: _ClassVar[Deed]
    DEED_REPEAT_PURCHASE: _ClassVar[Deed]
DEED_UNSPECIFIED: Deed
DEED_REFERRAL: Deed
DEED_RENEWAL: Deed
DEED_REPEAT_PURCHASE: Deed

class Promise(_message.Message):
    __slots__ = ("promise_id", "case_id", "kind", "employee_id", "due_at", "state", "settled_at", "reason")
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SETTLED_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    promise_id: str
    case_id: str
    kind: _events_pb2.PromiseKind
    employee_id: str
    due_at: _timestamp_pb2.Timestamp
    state: str
    settled_at: _timestamp_pb2.Timestamp
    reason: str
    def __init__(self, promise_id: _Optional[str] = ..., case_id: _Optional[str] = ..., kind: _Optional[_Union[_events_pb2.PromiseKind, str]] = ..., employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ..., settled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class Clock(_message.Message):
    __slots__ = ("clock", "instance_id", "policy_id", "state", "started_at", "due_at", "settled_at", "breached", "time", "severity")
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    SETTLED_AT_FIELD_NUMBER: _ClassVar[int]
    BREACHED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    clock: str
    instance_id: str
    policy_id: str
    state: str
    started_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    settled_at: _timestamp_pb2.Timestamp
    breached: bool
    time: _events_pb2.ClockTime
    severity: _common_pb2.Severity
    def __init__(self, clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., state: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., breached: _Optional[bool] = ..., time: _Optional[_Union[_events_pb2.ClockTime, _Mapping]] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("contact_id", "case_id", "kind", "human", "channel", "state", "provider_message_id", "sent_at", "delivered_at", "reply_kind", "error_class", "reason", "held_until")
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HUMAN_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    REPLY_KIND_FIELD_NUMBER: _ClassVar[int]
    ERROR_CLASS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    HELD_UNTIL_FIELD_NUMBER: _ClassVar[int]
    contact_id: str
    case_id: str
    kind: _events_pb2.ContactKind
    human: bool
    channel: _common_pb2.Channel
    state: str
    provider_message_id: str
    sent_at: _timestamp_pb2.Timestamp
    delivered_at: _timestamp_pb2.Timestamp
    reply_kind: _events_pb2_1.ReplyKind
    error_class: str
    reason: str
    held_until: _timestamp_pb2.Timestamp
    def __init__(self, contact_id: _Optional[str] = ..., case_id: _Optional[str] = ..., kind: _Optional[_Union[_events_pb2.ContactKind, str]] = ..., human: _Optional[bool] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., state: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_kind: _Optional[_Union[_events_pb2_1.ReplyKind, str]] = ..., error_class: _Optional[str] = ..., reason: _Optional[str] = ..., held_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Letter(_message.Message):
    __slots__ = ("policy_id", "clock", "instance_id", "kinds", "due_at", "state", "breached", "contact_id", "delivered_kind", "delivered_at")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BREACHED_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_KIND_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    clock: str
    instance_id: str
    kinds: _containers.RepeatedScalarFieldContainer[_events_pb2_1.ReplyKind]
    due_at: _timestamp_pb2.Timestamp
    state: str
    breached: bool
    contact_id: str
    delivered_kind: _events_pb2_1.ReplyKind
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, policy_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., kinds: _Optional[_Iterable[_Union[_events_pb2_1.ReplyKind, str]]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ..., breached: _Optional[bool] = ..., contact_id: _Optional[str] = ..., delivered_kind: _Optional[_Union[_events_pb2_1.ReplyKind, str]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LetterDraft(_message.Message):
    __slots__ = ("kind", "language", "subject", "text", "blanks", "ombudsman", "answer_by")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    BLANKS_FIELD_NUMBER: _ClassVar[int]
    OMBUDSMAN_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    kind: _events_pb2_1.ReplyKind
    language: str
    subject: str
    text: str
    blanks: _containers.RepeatedScalarFieldContainer[str]
    ombudsman: str
    answer_by: str
    def __init__(self, kind: _Optional[_Union[_events_pb2_1.ReplyKind, str]] = ..., language: _Optional[str] = ..., subject: _Optional[str] = ..., text: _Optional[str] = ..., blanks: _Optional[_Iterable[str]] = ..., ombudsman: _Optional[str] = ..., answer_by: _Optional[str] = ...) -> None: ...

class RuleText(_message.Message):
    __slots__ = ("kind", "rule_id", "version", "text", "author_id", "kept_at", "followed")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[RuleText.Kind]
        KIND_POLICY: _ClassVar[RuleText.Kind]
        KIND_CALENDAR: _ClassVar[RuleText.Kind]
    KIND_UNSPECIFIED: RuleText.Kind
    KIND_POLICY: RuleText.Kind
    KIND_CALENDAR: RuleText.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_ID_FIELD_NUMBER: _ClassVar[int]
    KEPT_AT_FIELD_NUMBER: _ClassVar[int]
    FOLLOWED_FIELD_NUMBER: _ClassVar[int]
    kind: RuleText.Kind
    rule_id: str
    version: int
    text: str
    author_id: str
    kept_at: _timestamp_pb2.Timestamp
    followed: bool
    def __init__(self, kind: _Optional[_Union[RuleText.Kind, str]] = ..., rule_id: _Optional[str] = ..., version: _Optional[int] = ..., text: _Optional[str] = ..., author_id: _Optional[str] = ..., kept_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., followed: _Optional[bool] = ...) -> None: ...

class Ruling(_message.Message):
    __slots__ = ("policy_id", "category", "team")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    category: str
    team: str
    def __init__(self, policy_id: _Optional[str] = ..., category: _Optional[str] = ..., team: _Optional[str] = ...) -> None: ...

class PolicyChoice(_message.Message):
    __slots__ = ("number", "service_policy", "rulings", "chosen_by", "reason", "chosen_at")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_POLICY_FIELD_NUMBER: _ClassVar[int]
    RULINGS_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_AT_FIELD_NUMBER: _ClassVar[int]
    number: int
    service_policy: str
    rulings: _containers.RepeatedCompositeFieldContainer[Ruling]
    chosen_by: str
    reason: str
    chosen_at: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., service_policy: _Optional[str] = ..., rulings: _Optional[_Iterable[_Union[Ruling, _Mapping]]] = ..., chosen_by: _Optional[str] = ..., reason: _Optional[str] = ..., chosen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListPromisesRequest(_message.Message):
    __slots__ = ("employee_id", "case_id", "due_only", "page_size", "page_token")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    case_id: str
    due_only: bool
    page_size: int
    page_token: str
    def __init__(self, employee_id: _Optional[str] = ..., case_id: _Optional[str] = ..., due_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPromisesResponse(_message.Message):
    __slots__ = ("promises", "next_page_token")
    PROMISES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    promises: _containers.RepeatedCompositeFieldContainer[Promise]
    next_page_token: str
    def __init__(self, promises: _Optional[_Iterable[_Union[Promise, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class MakePromiseRequest(_message.Message):
    __slots__ = ("case_id", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetClocksRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class GetClocksResponse(_message.Message):
    __slots__ = ("clocks",)
    CLOCKS_FIELD_NUMBER: _ClassVar[int]
    clocks: _containers.RepeatedCompositeFieldContainer[Clock]
    def __init__(self, clocks: _Optional[_Iterable[_Union[Clock, _Mapping]]] = ...) -> None: ...

class ListContactsRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class ListContactsResponse(_message.Message):
    __slots__ = ("contacts",)
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    def __init__(self, contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ...) -> None: ...

class ConfirmAddressRequest(_message.Message):
    __slots__ = ("case_id", "contact_id")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    contact_id: str
    def __init__(self, case_id: _Optional[str] = ..., contact_id: _Optional[str] = ...) -> None: ...

class ConfirmAddressResponse(_message.Message):
    __slots__ = ("was_barred",)
    WAS_BARRED_FIELD_NUMBER: _ClassVar[int]
    was_barred: bool
    def __init__(self, was_barred: _Optional[bool] = ...) -> None: ...

class RecordAdvocacyRequest(_message.Message):
    __slots__ = ("customer_id", "deed", "reference", "happened_at")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    DEED_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    HAPPENED_AT_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    deed: Deed
    reference: str
    happened_at: _timestamp_pb2.Timestamp
    def __init__(self, customer_id: _Optional[str] = ..., deed: _Optional[_Union[Deed, str]] = ..., reference: _Optional[str] = ..., happened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordAdvocacyResponse(_message.Message):
    __slots__ = ("case_ids",)
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, case_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetFeedbackFiguresRequest(_message.Message):
    __slots__ = ("since", "until", "channel")
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    channel: _common_pb2.Channel
    def __init__(self, since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ...) -> None: ...

class Share(_message.Message):
    __slots__ = ("count", "n", "value", "low", "high")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    count: int
    n: int
    value: float
    low: float
    high: float
    def __init__(self, count: _Optional[int] = ..., n: _Optional[int] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Nps(_message.Message):
    __slots__ = ("promoters", "passives", "detractors", "n", "score", "low", "high")
    PROMOTERS_FIELD_NUMBER: _ClassVar[int]
    PASSIVES_FIELD_NUMBER: _ClassVar[int]
    DETRACTORS_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    promoters: int
    passives: int
    detractors: int
    n: int
    score: float
    low: float
    high: float
    def __init__(self, promoters: _Optional[int] = ..., passives: _Optional[int] = ..., detractors: _Optional[int] = ..., n: _Optional[int] = ..., score: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class FeedbackFigures(_message.Message):
    __slots__ = ("severity", "asked", "answered", "response_rate", "solved", "met", "exceeded", "nps", "csat", "ces", "ces_mean", "champions", "noted")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    ASKED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_RATE_FIELD_NUMBER: _ClassVar[int]
    SOLVED_FIELD_NUMBER: _ClassVar[int]
    MET_FIELD_NUMBER: _ClassVar[int]
    EXCEEDED_FIELD_NUMBER: _ClassVar[int]
    NPS_FIELD_NUMBER: _ClassVar[int]
    CSAT_FIELD_NUMBER: _ClassVar[int]
    CES_FIELD_NUMBER: _ClassVar[int]
    CES_MEAN_FIELD_NUMBER: _ClassVar[int]
    CHAMPIONS_FIELD_NUMBER: _ClassVar[int]
    NOTED_FIELD_NUMBER: _ClassVar[int]
    severity: _common_pb2.Severity
    asked: int
    answered: int
    response_rate: Share
    solved: Share
    met: Share
    exceeded: Share
    nps: Nps
    csat: Share
    ces: Share
    ces_mean: float
    champions: Share
    noted: int
    def __init__(self, severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., asked: _Optional[int] = ..., answered: _Optional[int] = ..., response_rate: _Optional[_Union[Share, _Mapping]] = ..., solved: _Optional[_Union[Share, _Mapping]] = ..., met: _Optional[_Union[Share, _Mapping]] = ..., exceeded: _Optional[_Union[Share, _Mapping]] = ..., nps: _Optional[_Union[Nps, _Mapping]] = ..., csat: _Optional[_Union[Share, _Mapping]] = ..., ces: _Optional[_Union[Share, _Mapping]] = ..., ces_mean: _Optional[float] = ..., champions: _Optional[_Union[Share, _Mapping]] = ..., noted: _Optional[int] = ...) -> None: ...

class GetFeedbackFiguresResponse(_message.Message):
    __slots__ = ("all", "by_severity", "method", "nps_method")
    ALL_FIELD_NUMBER: _ClassVar[int]
    BY_SEVERITY_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    NPS_METHOD_FIELD_NUMBER: _ClassVar[int]
    all: FeedbackFigures
    by_severity: _containers.RepeatedCompositeFieldContainer[FeedbackFigures]
    method: str
    nps_method: str
    def __init__(self, all: _Optional[_Union[FeedbackFigures, _Mapping]] = ..., by_severity: _Optional[_Iterable[_Union[FeedbackFigures, _Mapping]]] = ..., method: _Optional[str] = ..., nps_method: _Optional[str] = ...) -> None: ...

class GetDigestRequest(_message.Message):
    __slots__ = ("employee_id", "within_s")
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    WITHIN_S_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    within_s: int
    def __init__(self, employee_id: _Optional[str] = ..., within_s: _Optional[int] = ...) -> None: ...

class Digest(_message.Message):
    __slots__ = ("employee_id", "made_at", "covers", "covered_by_employee_id", "overdue", "due", "later", "promises", "waiting")
    class Cover(_message.Message):
        __slots__ = ("employee_id", "ends_at")
        EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
        ENDS_AT_FIELD_NUMBER: _ClassVar[int]
        employee_id: str
        ends_at: _timestamp_pb2.Timestamp
        def __init__(self, employee_id: _Optional[str] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class Waiting(_message.Message):
        __slots__ = ("case_id", "employee_id", "promise_id", "since", "due_at", "breached")
        CASE_ID_FIELD_NUMBER: _ClassVar[int]
        EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
        PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
        SINCE_FIELD_NUMBER: _ClassVar[int]
        DUE_AT_FIELD_NUMBER: _ClassVar[int]
        BREACHED_FIELD_NUMBER: _ClassVar[int]
        case_id: str
        employee_id: str
        promise_id: str
        since: _timestamp_pb2.Timestamp
        due_at: _timestamp_pb2.Timestamp
        breached: bool
        def __init__(self, case_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., breached: _Optional[bool] = ...) -> None: ...
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    MADE_AT_FIELD_NUMBER: _ClassVar[int]
    COVERS_FIELD_NUMBER: _ClassVar[int]
    COVERED_BY_EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    LATER_FIELD_NUMBER: _ClassVar[int]
    PROMISES_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    employee_id: str
    made_at: _timestamp_pb2.Timestamp
    covers: _containers.RepeatedCompositeFieldContainer[Digest.Cover]
    covered_by_employee_id: str
    overdue: int
    due: int
    later: int
    promises: _containers.RepeatedCompositeFieldContainer[Promise]
    waiting: _containers.RepeatedCompositeFieldContainer[Digest.Waiting]
    def __init__(self, employee_id: _Optional[str] = ..., made_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., covers: _Optional[_Iterable[_Union[Digest.Cover, _Mapping]]] = ..., covered_by_employee_id: _Optional[str] = ..., overdue: _Optional[int] = ..., due: _Optional[int] = ..., later: _Optional[int] = ..., promises: _Optional[_Iterable[_Union[Promise, _Mapping]]] = ..., waiting: _Optional[_Iterable[_Union[Digest.Waiting, _Mapping]]] = ...) -> None: ...

class ListLettersRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class ListLettersResponse(_message.Message):
    __slots__ = ("letters",)
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[Letter]
    def __init__(self, letters: _Optional[_Iterable[_Union[Letter, _Mapping]]] = ...) -> None: ...

class DraftLetterRequest(_message.Message):
    __slots__ = ("case_id", "kind", "language")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    kind: _events_pb2_1.ReplyKind
    language: str
    def __init__(self, case_id: _Optional[str] = ..., kind: _Optional[_Union[_events_pb2_1.ReplyKind, str]] = ..., language: _Optional[str] = ...) -> None: ...

class KeepRuleRequest(_message.Message):
    __slots__ = ("kind", "text")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    kind: RuleText.Kind
    text: str
    def __init__(self, kind: _Optional[_Union[RuleText.Kind, str]] = ..., text: _Optional[str] = ...) -> None: ...

class ChoosePoliciesRequest(_message.Message):
    __slots__ = ("service_policy", "rulings", "reason")
    SERVICE_POLICY_FIELD_NUMBER: _ClassVar[int]
    RULINGS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    service_policy: str
    rulings: _containers.RepeatedCompositeFieldContainer[Ruling]
    reason: str
    def __init__(self, service_policy: _Optional[str] = ..., rulings: _Optional[_Iterable[_Union[Ruling, _Mapping]]] = ..., reason: _Optional[str] = ...) -> None: ...

class GetPoliciesRequest(_message.Message):
    __slots__ = ("with_texts",)
    WITH_TEXTS_FIELD_NUMBER: _ClassVar[int]
    with_texts: bool
    def __init__(self, with_texts: _Optional[bool] = ...) -> None: ...

class GetPoliciesResponse(_message.Message):
    __slots__ = ("choice", "texts", "shipped")
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    SHIPPED_FIELD_NUMBER: _ClassVar[int]
    choice: PolicyChoice
    texts: _containers.RepeatedCompositeFieldContainer[RuleText]
    shipped: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, choice: _Optional[_Union[PolicyChoice, _Mapping]] = ..., texts: _Optional[_Iterable[_Union[RuleText, _Mapping]]] = ..., shipped: _Optional[_Iterable[str]] = ...) -> None: ...

class ContactPreferences(_message.Message):
    __slots__ = ("customer_id", "preferred", "refused", "time_zone", "quiet_since", "quiet_until")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    QUIET_SINCE_FIELD_NUMBER: _ClassVar[int]
    QUIET_UNTIL_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    preferred: _containers.RepeatedScalarFieldContainer[_common_pb2.Channel]
    refused: _containers.RepeatedScalarFieldContainer[_common_pb2.Channel]
    time_zone: str
    quiet_since: str
    quiet_until: str
    def __init__(self, customer_id: _Optional[str] = ..., preferred: _Optional[_Iterable[_Union[_common_pb2.Channel, str]]] = ..., refused: _Optional[_Iterable[_Union[_common_pb2.Channel, str]]] = ..., time_zone: _Optional[str] = ..., quiet_since: _Optional[str] = ..., quiet_until: _Optional[str] = ...) -> None: ...

class GetContactPreferencesRequest(_message.Message):
    __slots__ = ("customer_id",)
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    def __init__(self, customer_id: _Optional[str] = ...) -> None: ...

class SuggestAttemptRequest(_message.Message):
    __slots__ = ("case_id",)
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    def __init__(self, case_id: _Optional[str] = ...) -> None: ...

class AttemptPlan(_message.Message):
    __slots__ = ("channel", "at", "because", "attempts_missing", "channels_missing", "span_missing_s")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_MISSING_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_MISSING_FIELD_NUMBER: _ClassVar[int]
    SPAN_MISSING_S_FIELD_NUMBER: _ClassVar[int]
    channel: _common_pb2.Channel
    at: _timestamp_pb2.Timestamp
    because: str
    attempts_missing: int
    channels_missing: int
    span_missing_s: int
    def __init__(self, channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., because: _Optional[str] = ..., attempts_missing: _Optional[int] = ..., channels_missing: _Optional[int] = ..., span_missing_s: _Optional[int] = ...) -> None: ...
