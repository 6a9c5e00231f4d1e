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

class ComplaintReceived(_message.Message):
    __slots__ = ("case_id", "interaction_id", "customer", "message", "severity", "category", "point_of_contact_id", "required_skill", "live", "classified_because", "converted_by", "converted_reason", "due_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    POINT_OF_CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SKILL_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    CLASSIFIED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    CONVERTED_BY_FIELD_NUMBER: _ClassVar[int]
    CONVERTED_REASON_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    customer: _common_pb2.CustomerRef
    message: _common_pb2.InboundMessage
    severity: _common_pb2.Severity
    category: str
    point_of_contact_id: str
    required_skill: str
    live: bool
    classified_because: str
    converted_by: str
    converted_reason: str
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., message: _Optional[_Union[_common_pb2.InboundMessage, _Mapping]] = ..., severity: _Optional[_Union[_common_pb2.Severity, str]] = ..., category: _Optional[str] = ..., point_of_contact_id: _Optional[str] = ..., required_skill: _Optional[str] = ..., live: _Optional[bool] = ..., classified_because: _Optional[str] = ..., converted_by: _Optional[str] = ..., converted_reason: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomerMessageReceived(_message.Message):
    __slots__ = ("case_id", "interaction_id", "customer", "message", "threaded_by", "threaded_because")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    THREADED_BY_FIELD_NUMBER: _ClassVar[int]
    THREADED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    customer: _common_pb2.CustomerRef
    message: _common_pb2.InboundMessage
    threaded_by: str
    threaded_because: str
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., message: _Optional[_Union[_common_pb2.InboundMessage, _Mapping]] = ..., threaded_by: _Optional[str] = ..., threaded_because: _Optional[str] = ...) -> None: ...

class QueryReceived(_message.Message):
    __slots__ = ("conversation_id", "interaction_id", "customer", "message", "classified_because")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CLASSIFIED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    interaction_id: str
    customer: _common_pb2.CustomerRef
    message: _common_pb2.InboundMessage
    classified_because: str
    def __init__(self, conversation_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., message: _Optional[_Union[_common_pb2.InboundMessage, _Mapping]] = ..., classified_because: _Optional[str] = ...) -> None: ...

class CustomerIdentified(_message.Message):
    __slots__ = ("case_id", "customer", "party", "because", "first_seen")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    customer: _common_pb2.CustomerRef
    party: _common_pb2.Party
    because: str
    first_seen: bool
    def __init__(self, case_id: _Optional[str] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., party: _Optional[_Union[_common_pb2.Party, _Mapping]] = ..., because: _Optional[str] = ..., first_seen: _Optional[bool] = ...) -> None: ...

class CustomersMerged(_message.Message):
    __slots__ = ("surviving_customer_id", "merged_customer_ids", "evidence", "merged_at")
    SURVIVING_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    MERGED_AT_FIELD_NUMBER: _ClassVar[int]
    surviving_customer_id: str
    merged_customer_ids: _containers.RepeatedScalarFieldContainer[str]
    evidence: _containers.RepeatedCompositeFieldContainer[_common_pb2.Party]
    merged_at: _timestamp_pb2.Timestamp
    def __init__(self, surviving_customer_id: _Optional[str] = ..., merged_customer_ids: _Optional[_Iterable[str]] = ..., evidence: _Optional[_Iterable[_Union[_common_pb2.Party, _Mapping]]] = ..., merged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CustomersSplit(_message.Message):
    __slots__ = ("surviving_customer_id", "restored_customer_id", "merged_customer_ids", "parties", "case_ids", "reason", "split_by", "split_at")
    SURVIVING_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    RESTORED_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    MERGED_CUSTOMER_IDS_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SPLIT_BY_FIELD_NUMBER: _ClassVar[int]
    SPLIT_AT_FIELD_NUMBER: _ClassVar[int]
    surviving_customer_id: str
    restored_customer_id: str
    merged_customer_ids: _containers.RepeatedScalarFieldContainer[str]
    parties: _containers.RepeatedCompositeFieldContainer[_common_pb2.Party]
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    split_by: str
    split_at: _timestamp_pb2.Timestamp
    def __init__(self, surviving_customer_id: _Optional[str] = ..., restored_customer_id: _Optional[str] = ..., merged_customer_ids: _Optional[_Iterable[str]] = ..., parties: _Optional[_Iterable[_Union[_common_pb2.Party, _Mapping]]] = ..., case_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., split_by: _Optional[str] = ..., split_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InteractionStarted(_message.Message):
    __slots__ = ("case_id", "interaction_id", "channel", "provider_session_id", "occurred_at", "live")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    channel: _common_pb2.Channel
    provider_session_id: str
    occurred_at: _timestamp_pb2.Timestamp
    live: bool
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., provider_session_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., live: _Optional[bool] = ...) -> None: ...

class InteractionJoined(_message.Message):
    __slots__ = ("case_id", "interaction_id", "employee_id", "provider_session_id", "occurred_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    employee_id: str
    provider_session_id: str
    occurred_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., employee_id: _Optional[str] = ..., provider_session_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InteractionEnded(_message.Message):
    __slots__ = ("case_id", "interaction_id", "provider_session_id", "occurred_at", "outcome")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    provider_session_id: str
    occurred_at: _timestamp_pb2.Timestamp
    outcome: str
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., provider_session_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[str] = ...) -> None: ...

class InteractionRecorded(_message.Message):
    __slots__ = ("case_id", "interaction_id", "provider_session_id", "recording_id", "recording", "seconds", "occurred_at", "received_at")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDING_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDING_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    provider_session_id: str
    recording_id: str
    recording: _common_pb2.Attachment
    seconds: int
    occurred_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., provider_session_id: _Optional[str] = ..., recording_id: _Optional[str] = ..., recording: _Optional[_Union[_common_pb2.Attachment, _Mapping]] = ..., seconds: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TranscriptSegmentReceived(_message.Message):
    __slots__ = ("case_id", "interaction_id", "segment_id", "speaker", "employee_id", "text", "occurred_at", "received_at", "assessment")
    class Speaker(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SPEAKER_UNSPECIFIED: _ClassVar[TranscriptSegmentReceived.Speaker]
        SPEAKER_CUSTOMER: _ClassVar[TranscriptSegmentReceived.Speaker]
        SPEAKER_EMPLOYEE: _ClassVar[TranscriptSegmentReceived.Speaker]
    SPEAKER_UNSPECIFIED: TranscriptSegmentReceived.Speaker
    SPEAKER_CUSTOMER: TranscriptSegmentReceived.Speaker
    SPEAKER_EMPLOYEE: TranscriptSegmentReceived.Speaker
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_FIELD_NUMBER: _ClassVar[int]
    EMPLOYEE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    segment_id: str
    speaker: TranscriptSegmentReceived.Speaker
    employee_id: str
    text: str
    occurred_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    assessment: _common_pb2.Assessment
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., segment_id: _Optional[str] = ..., speaker: _Optional[_Union[TranscriptSegmentReceived.Speaker, str]] = ..., employee_id: _Optional[str] = ..., text: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., assessment: _Optional[_Union[_common_pb2.Assessment, _Mapping]] = ...) -> None: ...

class DeliveryReceiptReceived(_message.Message):
    __slots__ = ("provider", "provider_message_id", "channel", "outcome", "reason", "occurred_at", "received_at")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[DeliveryReceiptReceived.Outcome]
        OUTCOME_SENT: _ClassVar[DeliveryReceiptReceived.Outcome]
        OUTCOME_DELIVERED: _ClassVar[DeliveryReceiptReceived.Outcome]
        OUTCOME_READ: _ClassVar[DeliveryReceiptReceived.Outcome]
        OUTCOME_FAILED: _ClassVar[DeliveryReceiptReceived.Outcome]
    OUTCOME_UNSPECIFIED: DeliveryReceiptReceived.Outcome
    OUTCOME_SENT: DeliveryReceiptReceived.Outcome
    OUTCOME_DELIVERED: DeliveryReceiptReceived.Outcome
    OUTCOME_READ: DeliveryReceiptReceived.Outcome
    OUTCOME_FAILED: DeliveryReceiptReceived.Outcome
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    provider: str
    provider_message_id: str
    channel: _common_pb2.Channel
    outcome: DeliveryReceiptReceived.Outcome
    reason: str
    occurred_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., outcome: _Optional[_Union[DeliveryReceiptReceived.Outcome, str]] = ..., reason: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class IntakeRejected(_message.Message):
    __slots__ = ("reject_id", "channel", "provider", "code", "detail", "raw_sha256", "received_at")
    REJECT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    RAW_SHA256_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    reject_id: str
    channel: _common_pb2.Channel
    provider: str
    code: str
    detail: str
    raw_sha256: str
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, reject_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., provider: _Optional[str] = ..., code: _Optional[str] = ..., detail: _Optional[str] = ..., raw_sha256: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
