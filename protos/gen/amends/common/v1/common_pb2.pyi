import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_PHONE: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_WHATSAPP: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_MESSENGER: _ClassVar[Channel]
    CHANNEL_INSTAGRAM: _ClassVar[Channel]
    CHANNEL_X: _ClassVar[Channel]
    CHANNEL_TELEGRAM: _ClassVar[Channel]
    CHANNEL_WEBCHAT: _ClassVar[Channel]
    CHANNEL_WEBFORM: _ClassVar[Channel]
    CHANNEL_API: _ClassVar[Channel]
    CHANNEL_LINE: _ClassVar[Channel]
    CHANNEL_VIBER: _ClassVar[Channel]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_LOW: _ClassVar[Severity]
    SEVERITY_NORMAL: _ClassVar[Severity]
    SEVERITY_HIGH: _ClassVar[Severity]
    SEVERITY_CRITICAL: _ClassVar[Severity]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_PHONE: Channel
CHANNEL_SMS: Channel
CHANNEL_WHATSAPP: Channel
CHANNEL_EMAIL: Channel
CHANNEL_MESSENGER: Channel
CHANNEL_INSTAGRAM: Channel
CHANNEL_X: Channel
CHANNEL_TELEGRAM: Channel
CHANNEL_WEBCHAT: Channel
CHANNEL_WEBFORM: Channel
CHANNEL_API: Channel
CHANNEL_LINE: Channel
CHANNEL_VIBER: Channel
SEVERITY_UNSPECIFIED: Severity
SEVERITY_LOW: Severity
SEVERITY_NORMAL: Severity
SEVERITY_HIGH: Severity
SEVERITY_CRITICAL: Severity

class Party(_message.Message):
    __slots__ = ("kind", "value", "display_name")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    display_name: str
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...

class CustomerRef(_message.Message):
    __slots__ = ("customer_id", "first_name", "full_name")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_NAME_FIELD_NUMBER: _ClassVar[int]
    FULL_NAME_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    first_name: str
    full_name: str
    def __init__(self, customer_id: _Optional[str] = ..., first_name: _Optional[str] = ..., full_name: _Optional[str] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("name", "media_type", "size_bytes", "sha256", "sniffed_type", "inline")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SNIFFED_TYPE_FIELD_NUMBER: _ClassVar[int]
    INLINE_FIELD_NUMBER: _ClassVar[int]
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    sniffed_type: str
    inline: bool
    def __init__(self, name: _Optional[str] = ..., media_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ..., sniffed_type: _Optional[str] = ..., inline: _Optional[bool] = ...) -> None: ...

class Assessment(_message.Message):
    __slots__ = ("complaint_chance", "severity", "grounds", "topic", "language", "emotion", "matters", "signals", "method")
    class Signal(_message.Message):
        __slots__ = ("aspect", "entry", "weight", "in_subject", "start", "end")
        ASPECT_FIELD_NUMBER: _ClassVar[int]
        ENTRY_FIELD_NUMBER: _ClassVar[int]
        WEIGHT_FIELD_NUMBER: _ClassVar[int]
        IN_SUBJECT_FIELD_NUMBER: _ClassVar[int]
        START_FIELD_NUMBER: _ClassVar[int]
        END_FIELD_NUMBER: _ClassVar[int]
        aspect: str
        entry: str
        weight: float
        in_subject: bool
        start: int
        end: int
        def __init__(self, aspect: _Optional[str] = ..., entry: _Optional[str] = ..., weight: _Optional[float] = ..., in_subject: _Optional[bool] = ..., start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...
    COMPLAINT_CHANCE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    GROUNDS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    EMOTION_FIELD_NUMBER: _ClassVar[int]
    MATTERS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    complaint_chance: float
    severity: Severity
    grounds: _containers.RepeatedScalarFieldContainer[str]
    topic: str
    language: str
    emotion: str
    matters: int
    signals: _containers.RepeatedCompositeFieldContainer[Assessment.Signal]
    method: str
    def __init__(self, complaint_chance: _Optional[float] = ..., severity: _Optional[_Union[Severity, str]] = ..., grounds: _Optional[_Iterable[str]] = ..., topic: _Optional[str] = ..., language: _Optional[str] = ..., emotion: _Optional[str] = ..., matters: _Optional[int] = ..., signals: _Optional[_Iterable[_Union[Assessment.Signal, _Mapping]]] = ..., method: _Optional[str] = ...) -> None: ...

class InboundMessage(_message.Message):
    __slots__ = ("message_id", "provider_message_id", "channel", "provider", "channel_account", "thread_key", "party", "subject", "text", "text_stripped", "language", "attachments", "occurred_at", "received_at", "normalised_at", "parent_provider_message_id", "suppressed_reason", "imported_from", "protection", "assessment", "answer")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    THREAD_KEY_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_STRIPPED_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    NORMALISED_AT_FIELD_NUMBER: _ClassVar[int]
    PARENT_PROVIDER_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_REASON_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FROM_FIELD_NUMBER: _ClassVar[int]
    PROTECTION_FIELD_NUMBER: _ClassVar[int]
    ASSESSMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    provider_message_id: str
    channel: Channel
    provider: str
    channel_account: str
    thread_key: str
    party: Party
    subject: str
    text: str
    text_stripped: str
    language: str
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    occurred_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    normalised_at: _timestamp_pb2.Timestamp
    parent_provider_message_id: str
    suppressed_reason: str
    imported_from: str
    protection: str
    assessment: Assessment
    answer: CustomerAnswer
    def __init__(self, message_id: _Optional[str] = ..., provider_message_id: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., provider: _Optional[str] = ..., channel_account: _Optional[str] = ..., thread_key: _Optional[str] = ..., party: _Optional[_Union[Party, _Mapping]] = ..., subject: _Optional[str] = ..., text: _Optional[str] = ..., text_stripped: _Optional[str] = ..., language: _Optional[str] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., normalised_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., parent_provider_message_id: _Optional[str] = ..., suppressed_reason: _Optional[str] = ..., imported_from: _Optional[str] = ..., protection: _Optional[str] = ..., assessment: _Optional[_Union[Assessment, _Mapping]] = ..., answer: _Optional[_Union[CustomerAnswer, _Mapping]] = ...) -> None: ...

class CustomerAnswer(_message.Message):
    __slots__ = ("solved", "verdict", "recommend", "satisfaction", "effort", "comment", "noted_by")
    SOLVED_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    RECOMMEND_FIELD_NUMBER: _ClassVar[int]
    SATISFACTION_FIELD_NUMBER: _ClassVar[int]
    EFFORT_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    NOTED_BY_FIELD_NUMBER: _ClassVar[int]
    solved: bool
    verdict: str
    recommend: int
    satisfaction: int
    effort: int
    comment: str
    noted_by: str
    def __init__(self, solved: _Optional[bool] = ..., verdict: _Optional[str] = ..., recommend: _Optional[int] = ..., satisfaction: _Optional[int] = ..., effort: _Optional[int] = ..., comment: _Optional[str] = ..., noted_by: _Optional[str] = ...) -> None: ...

class Amount(_message.Message):
    __slots__ = ("unit", "value")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    unit: str
    value: int
    def __init__(self, unit: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...

class Actor(_message.Message):
    __slots__ = ("kind", "id", "display_name")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Actor.Kind]
        KIND_EMPLOYEE: _ClassVar[Actor.Kind]
        KIND_CUSTOMER: _ClassVar[Actor.Kind]
        KIND_SYSTEM: _ClassVar[Actor.Kind]
        KIND_INTEGRATION: _ClassVar[Actor.Kind]
    KIND_UNSPECIFIED: Actor.Kind
    KIND_EMPLOYEE: Actor.Kind
    KIND_CUSTOMER: Actor.Kind
    KIND_SYSTEM: Actor.Kind
    KIND_INTEGRATION: Actor.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    kind: Actor.Kind
    id: str
    display_name: str
    def __init__(self, kind: _Optional[_Union[Actor.Kind, str]] = ..., id: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...
