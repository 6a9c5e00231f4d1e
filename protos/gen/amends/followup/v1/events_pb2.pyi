import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from amends.resolution.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PromiseKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROMISE_KIND_UNSPECIFIED: _ClassVar[PromiseKind]
    PROMISE_KIND_PROGRESS: _ClassVar[PromiseKind]
    PROMISE_KIND_CIRCLE_BACK: _ClassVar[PromiseKind]

class ContactKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_KIND_UNSPECIFIED: _ClassVar[ContactKind]
    CONTACT_KIND_ACKNOWLEDGEMENT: _ClassVar[ContactKind]
    CONTACT_KIND_REPLY: _ClassVar[ContactKind]
PROMISE_KIND_UNSPECIFIED: PromiseKind
PROMISE_KIND_PROGRESS: PromiseKind
PROMISE_KIND_CIRCLE_BACK: PromiseKind
CONTACT_KIND_UNSPECIFIED: ContactKind
CONTACT_KIND_ACKNOWLEDGEMENT: ContactKind
CONTACT_KIND_REPLY: ContactKind

class PromiseMade(_message.Message):
    __slots__ = ("case_id", "promise_id", "kind", "employee_id", "due_at", "because")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    promise_id: str
    kind: PromiseKind
    employee_id: str
    due_at: _timestamp_pb2.Timestamp
    because: str
    def __init__(self, case_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., kind: _Optional[_Union[PromiseKind, str]] = ..., employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., because: _Optional[str] = ...) -> None: ...

class PromiseKept(_message.Message):
    __slots__ = ("case_id", "promise_id", "kind", "contact_id", "kept_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    KEPT_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    promise_id: str
    kind: PromiseKind
    contact_id: str
    kept_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., kind: _Optional[_Union[PromiseKind, str]] = ..., contact_id: _Optional[str] = ..., kept_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PromiseBroken(_message.Message):
    __slots__ = ("case_id", "promise_id", "kind", "reason", "due_at", "detected_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    DETECTED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    promise_id: str
    kind: PromiseKind
    reason: str
    due_at: _timestamp_pb2.Timestamp
    detected_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., kind: _Optional[_Union[PromiseKind, str]] = ..., reason: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PromiseSuperseded(_message.Message):
    __slots__ = ("case_id", "promise_id", "kind", "because")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    promise_id: str
    kind: PromiseKind
    because: str
    def __init__(self, case_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., kind: _Optional[_Union[PromiseKind, str]] = ..., because: _Optional[str] = ...) -> None: ...

class ClockTime(_message.Message):
    __slots__ = ("elapsed_ms", "stopped_ms", "business_elapsed_ms", "business_stopped_ms")
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_MS_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    BUSINESS_STOPPED_MS_FIELD_NUMBER: _ClassVar[int]
    elapsed_ms: int
    stopped_ms: int
    business_elapsed_ms: int
    business_stopped_ms: int
    def __init__(self, elapsed_ms: _Optional[int] = ..., stopped_ms: _Optional[int] = ..., business_elapsed_ms: _Optional[int] = ..., business_stopped_ms: _Optional[int] = ...) -> None: ...

class ClockStarted(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "started_at", "due_at", "policy_id", "severity")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    started_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    policy_id: str
    severity: _common_pb2.Severity
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., policy_id: _Optional[str] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ...) -> None: ...

class ClockPaused(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "paused_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PAUSED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    paused_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., paused_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClockResumed(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "resumed_at", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    RESUMED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    resumed_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., resumed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClockMet(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "met_at", "elapsed_ms", "in_time", "contact_id", "time")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    MET_AT_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    IN_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    met_at: _timestamp_pb2.Timestamp
    elapsed_ms: int
    in_time: bool
    contact_id: str
    time: ClockTime
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., met_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., elapsed_ms: _Optional[int] = ..., in_time: _Optional[bool] = ..., contact_id: _Optional[str] = ..., time: _Optional[_Union[ClockTime, _Mapping]] = ...) -> None: ...

class ClockWarned(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "percent", "due_at", "before_ms", "warned_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    BEFORE_MS_FIELD_NUMBER: _ClassVar[int]
    WARNED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    percent: int
    due_at: _timestamp_pb2.Timestamp
    before_ms: int
    warned_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., percent: _Optional[int] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., before_ms: _Optional[int] = ..., warned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClockPolicyApplied(_message.Message):
    __slots__ = ("case_id", "policy_id", "applied_at", "because")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    APPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    policy_id: str
    applied_at: _timestamp_pb2.Timestamp
    because: str
    def __init__(self, case_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., applied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., because: _Optional[str] = ...) -> None: ...

class ClockBreached(_message.Message):
    __slots__ = ("case_id", "clock", "instance_id", "breached_at", "detected_at", "time")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_ID_FIELD_NUMBER: _ClassVar[int]
    BREACHED_AT_FIELD_NUMBER: _ClassVar[int]
    DETECTED_AT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    clock: str
    instance_id: str
    breached_at: _timestamp_pb2.Timestamp
    detected_at: _timestamp_pb2.Timestamp
    time: ClockTime
    def __init__(self, case_id: _Optional[str] = ..., clock: _Optional[str] = ..., instance_id: _Optional[str] = ..., breached_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., detected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time: _Optional[_Union[ClockTime, _Mapping]] = ...) -> None: ...

class ContactSent(_message.Message):
    __slots__ = ("case_id", "contact_id", "kind", "human", "channel", "provider", "provider_message_id", "reply_id", "reply_kind", "hand_off_id", "sent_at", "attempt", "maybe_twice")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HUMAN_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_KIND_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    MAYBE_TWICE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    contact_id: str
    kind: ContactKind
    human: bool
    channel: _common_pb2.Channel
    provider: str
    provider_message_id: str
    reply_id: str
    reply_kind: _events_pb2.ReplyKind
    hand_off_id: str
    sent_at: _timestamp_pb2.Timestamp
    attempt: int
    maybe_twice: bool
    def __init__(self, case_id: _Optional[str] = ..., contact_id: _Optional[str] = ..., kind: _Optional[_Union[ContactKind, str]] = ..., human: _Optional[bool] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., provider: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., reply_id: _Optional[str] = ..., reply_kind: _Optional[_Union[_events_pb2.ReplyKind, str]] = ..., hand_off_id: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., maybe_twice: _Optional[bool] = ...) -> None: ...

class ContactDelivered(_message.Message):
    __slots__ = ("case_id", "contact_id", "kind", "human", "channel", "reply_id", "reply_kind", "hand_off_id", "sent_at", "delivered_at", "by_receipt")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    HUMAN_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    REPLY_KIND_FIELD_NUMBER: _ClassVar[int]
    HAND_OFF_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    BY_RECEIPT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    contact_id: str
    kind: ContactKind
    human: bool
    channel: _common_pb2.Channel
    reply_id: str
    reply_kind: _events_pb2.ReplyKind
    hand_off_id: str
    sent_at: _timestamp_pb2.Timestamp
    delivered_at: _timestamp_pb2.Timestamp
    by_receipt: bool
    def __init__(self, case_id: _Optional[str] = ..., contact_id: _Optional[str] = ..., kind: _Optional[_Union[ContactKind, str]] = ..., human: _Optional[bool] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., reply_id: _Optional[str] = ..., reply_kind: _Optional[_Union[_events_pb2.ReplyKind, str]] = ..., hand_off_id: _Optional[str] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., by_receipt: _Optional[bool] = ...) -> None: ...

class ContactFailed(_message.Message):
    __slots__ = ("case_id", "contact_id", "channel", "reply_id", "error_class", "reason", "failed_at", "address_barred")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    REPLY_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_CLASS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_BARRED_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    contact_id: str
    channel: _common_pb2.Channel
    reply_id: str
    error_class: str
    reason: str
    failed_at: _timestamp_pb2.Timestamp
    address_barred: bool
    def __init__(self, case_id: _Optional[str] = ..., contact_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., reply_id: _Optional[str] = ..., error_class: _Optional[str] = ..., reason: _Optional[str] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., address_barred: _Optional[bool] = ...) -> None: ...

class CircleBackDue(_message.Message):
    __slots__ = ("case_id", "promise_id", "employee_id", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    promise_id: str
    employee_id: str
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., promise_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FeedbackReceived(_message.Message):
    __slots__ = ("case_id", "message_id", "solved", "verdict", "recommend", "words", "answers_circle_back", "promise_id", "given_at", "satisfaction", "effort", "noted_by")
    class Solved(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SOLVED_UNSPECIFIED: _ClassVar[FeedbackReceived.Solved]
        SOLVED_YES: _ClassVar[FeedbackReceived.Solved]
        SOLVED_NO: _ClassVar[FeedbackReceived.Solved]
        SOLVED_UNCLEAR: _ClassVar[FeedbackReceived.Solved]
        SOLVED_CONTRADICTORY: _ClassVar[FeedbackReceived.Solved]
    SOLVED_UNSPECIFIED: FeedbackReceived.Solved
    SOLVED_YES: FeedbackReceived.Solved
    SOLVED_NO: FeedbackReceived.Solved
    SOLVED_UNCLEAR: FeedbackReceived.Solved
    SOLVED_CONTRADICTORY: FeedbackReceived.Solved
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SOLVED_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    RECOMMEND_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_CIRCLE_BACK_FIELD_NUMBER: _ClassVar[int]
    PROMISE_ID_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    SATISFACTION_FIELD_NUMBER: _ClassVar[int]
    EFFORT_FIELD_NUMBER: _ClassVar[int]
    NOTED_BY_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    message_id: str
    solved: FeedbackReceived.Solved
    verdict: _events_pb2.Verdict
    recommend: int
    words: str
    answers_circle_back: bool
    promise_id: str
    given_at: _timestamp_pb2.Timestamp
    satisfaction: int
    effort: int
    noted_by: str
    def __init__(self, case_id: _Optional[str] = ..., message_id: _Optional[str] = ..., solved: _Optional[_Union[FeedbackReceived.Solved, str]] = ..., verdict: _Optional[_Union[_events_pb2.Verdict, str]] = ..., recommend: _Optional[int] = ..., words: _Optional[str] = ..., answers_circle_back: _Optional[bool] = ..., promise_id: _Optional[str] = ..., given_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., satisfaction: _Optional[int] = ..., effort: _Optional[int] = ..., noted_by: _Optional[str] = ...) -> None: ...

class ChampionCreated(_message.Message):
    __slots__ = ("case_id", "customer_id", "evidence", "severity", "created_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    evidence: str
    severity: _common_pb2.Severity
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., evidence: _Optional[str] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerDefected(_message.Message):
    __slots__ = ("case_id", "customer_id", "evidence")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer_id: str
    evidence: str
    def __init__(self, case_id: _Optional[str] = ..., customer_id: _Optional[str] = ..., evidence: _Optional[str] = ...) -> None: ...

class RuleKept(_message.Message):
    __slots__ = ("kind", "rule_id", "version", "author_id", "kept_at")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_ID_FIELD_NUMBER: _ClassVar[int]
    KEPT_AT_FIELD_NUMBER: _ClassVar[int]
    kind: str
    rule_id: str
    version: int
    author_id: str
    kept_at: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[str] = ..., rule_id: _Optional[str] = ..., version: _Optional[int] = ..., author_id: _Optional[str] = ..., kept_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PoliciesChosen(_message.Message):
    __slots__ = ("number", "service_policy", "rulings", "versions", "chosen_by", "reason", "chosen_at")
    class Ruling(_message.Message):
        __slots__ = ("policy_id", "category", "team")
        POLICY_ID_FIELD_NUMBER: _ClassVar[int]
        CATEGORY_FIELD_NUMBER: _ClassVar[int]
        TEAM_FIELD_NUMBER: _ClassVar[int]
        policy_id: str
        category: str
        team: str
        def __init__(self, policy_id: _Optional[str] = ..., category: _Optional[str] = ..., team: _Optional[str] = ...) -> None: ...
    class Version(_message.Message):
        __slots__ = ("kind", "rule_id", "version")
        KIND_FIELD_NUMBER: _ClassVar[int]
        RULE_ID_FIELD_NUMBER: _ClassVar[int]
        VERSION_FIELD_NUMBER: _ClassVar[int]
        kind: str
        rule_id: str
        version: int
        def __init__(self, kind: _Optional[str] = ..., rule_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_POLICY_FIELD_NUMBER: _ClassVar[int]
    RULINGS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_AT_FIELD_NUMBER: _ClassVar[int]
    number: int
    service_policy: str
    rulings: _containers.RepeatedCompositeFieldContainer[PoliciesChosen.Ruling]
    versions: _containers.RepeatedCompositeFieldContainer[PoliciesChosen.Version]
    chosen_by: str
    reason: str
    chosen_at: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., service_policy: _Optional[str] = ..., rulings: _Optional[_Iterable[_Union[PoliciesChosen.Ruling, _Mapping]]] = ..., versions: _Optional[_Iterable[_Union[PoliciesChosen.Version, _Mapping]]] = ..., chosen_by: _Optional[str] = ..., reason: _Optional[str] = ..., chosen_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
