import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from amends.common.v1 import rules_pb2 as _rules_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListMessagesRequest(_message.Message):
    __slots__ = ("case_id", "page_size", "page_token")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    page_size: int
    page_token: str
    def __init__(self, case_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "next_page_token")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[_common_pb2.InboundMessage]
    next_page_token: str
    def __init__(self, messages: _Optional[_Iterable[_Union[_common_pb2.InboundMessage, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FindCasesRequest(_message.Message):
    __slots__ = ("party",)
    PARTY_FIELD_NUMBER: _ClassVar[int]
    party: _common_pb2.Party
    def __init__(self, party: _Optional[_Union[_common_pb2.Party, _Mapping]] = ...) -> None: ...

class FindCasesResponse(_message.Message):
    __slots__ = ("customer", "case_ids")
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    customer: _common_pb2.CustomerRef
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., case_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ListRejectedRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRejectedResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    class Item(_message.Message):
        __slots__ = ("reject_id", "provider", "code", "detail", "received_at", "raw_size_bytes", "channel", "account", "reprocessed_at")
        REJECT_ID_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_FIELD_NUMBER: _ClassVar[int]
        CODE_FIELD_NUMBER: _ClassVar[int]
        DETAIL_FIELD_NUMBER: _ClassVar[int]
        RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
        RAW_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        REPROCESSED_AT_FIELD_NUMBER: _ClassVar[int]
        reject_id: str
        provider: str
        code: str
        detail: str
        received_at: _timestamp_pb2.Timestamp
        raw_size_bytes: int
        channel: str
        account: str
        reprocessed_at: _timestamp_pb2.Timestamp
        def __init__(self, reject_id: _Optional[str] = ..., provider: _Optional[str] = ..., code: _Optional[str] = ..., detail: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., raw_size_bytes: _Optional[int] = ..., channel: _Optional[str] = ..., account: _Optional[str] = ..., reprocessed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ListRejectedResponse.Item]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[ListRejectedResponse.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class TailIntakeRequest(_message.Message):
    __slots__ = ("resume_token",)
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    def __init__(self, resume_token: _Optional[str] = ...) -> None: ...

class TailIntakeResponse(_message.Message):
    __slots__ = ("resume_token", "event_id", "type", "key", "received_at", "recorded_at", "input_id", "channel", "provider", "account", "code", "detail")
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    resume_token: str
    event_id: str
    type: str
    key: str
    received_at: _timestamp_pb2.Timestamp
    recorded_at: _timestamp_pb2.Timestamp
    input_id: str
    channel: str
    provider: str
    account: str
    code: str
    detail: str
    def __init__(self, resume_token: _Optional[str] = ..., event_id: _Optional[str] = ..., type: _Optional[str] = ..., key: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., input_id: _Optional[str] = ..., channel: _Optional[str] = ..., provider: _Optional[str] = ..., account: _Optional[str] = ..., code: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class ShowInputRequest(_message.Message):
    __slots__ = ("input_id", "raw_offset")
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    RAW_OFFSET_FIELD_NUMBER: _ClassVar[int]
    input_id: str
    raw_offset: int
    def __init__(self, input_id: _Optional[str] = ..., raw_offset: _Optional[int] = ...) -> None: ...

class ShowInputResponse(_message.Message):
    __slots__ = ("raw_id", "media_type", "raw_size_bytes", "kept_size_bytes", "raw", "received_at", "hook", "verified", "protocol", "sender", "recipients", "items", "refusals")
    class Item(_message.Message):
        __slots__ = ("provider", "account", "event_id", "outcome", "conversation_id", "message_id")
        PROVIDER_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        EVENT_ID_FIELD_NUMBER: _ClassVar[int]
        OUTCOME_FIELD_NUMBER: _ClassVar[int]
        CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
        provider: str
        account: str
        event_id: str
        outcome: str
        conversation_id: str
        message_id: str
        def __init__(self, provider: _Optional[str] = ..., account: _Optional[str] = ..., event_id: _Optional[str] = ..., outcome: _Optional[str] = ..., conversation_id: _Optional[str] = ..., message_id: _Optional[str] = ...) -> None: ...
    RAW_ID_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    RAW_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    KEPT_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    raw_id: str
    media_type: str
    raw_size_bytes: int
    kept_size_bytes: int
    raw: bytes
    received_at: _timestamp_pb2.Timestamp
    hook: str
    verified: bool
    protocol: str
    sender: str
    recipients: _containers.RepeatedScalarFieldContainer[str]
    items: _containers.RepeatedCompositeFieldContainer[ShowInputResponse.Item]
    refusals: _containers.RepeatedCompositeFieldContainer[ListRejectedResponse.Item]
    def __init__(self, raw_id: _Optional[str] = ..., media_type: _Optional[str] = ..., raw_size_bytes: _Optional[int] = ..., kept_size_bytes: _Optional[int] = ..., raw: _Optional[bytes] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hook: _Optional[str] = ..., verified: _Optional[bool] = ..., protocol: _Optional[str] = ..., sender: _Optional[str] = ..., recipients: _Optional[_Iterable[str]] = ..., items: _Optional[_Iterable[_Union[ShowInputResponse.Item, _Mapping]]] = ..., refusals: _Optional[_Iterable[_Union[ListRejectedResponse.Item, _Mapping]]] = ...) -> None: ...

class ReprocessInputRequest(_message.Message):
    __slots__ = ("input_id",)
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    input_id: str
    def __init__(self, input_id: _Optional[str] = ...) -> None: ...

class ReprocessInputResponse(_message.Message):
    __slots__ = ("items", "code", "detail")
    class Item(_message.Message):
        __slots__ = ("event_id", "outcome", "conversation_id", "message_id", "repeated_before")
        EVENT_ID_FIELD_NUMBER: _ClassVar[int]
        OUTCOME_FIELD_NUMBER: _ClassVar[int]
        CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
        REPEATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
        event_id: str
        outcome: str
        conversation_id: str
        message_id: str
        repeated_before: bool
        def __init__(self, event_id: _Optional[str] = ..., outcome: _Optional[str] = ..., conversation_id: _Optional[str] = ..., message_id: _Optional[str] = ..., repeated_before: _Optional[bool] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ReprocessInputResponse.Item]
    code: str
    detail: str
    def __init__(self, items: _Optional[_Iterable[_Union[ReprocessInputResponse.Item, _Mapping]]] = ..., code: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class ReplayEventsRequest(_message.Message):
    __slots__ = ("key", "since", "until", "page_token")
    KEY_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    key: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    page_token: str
    def __init__(self, key: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReplayEventsResponse(_message.Message):
    __slots__ = ("replayed", "next_page_token")
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    replayed: int
    next_page_token: str
    def __init__(self, replayed: _Optional[int] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListQueriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListQueriesResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    class Item(_message.Message):
        __slots__ = ("conversation_id", "customer", "message", "classified_because")
        CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
        CUSTOMER_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_FIELD_NUMBER: _ClassVar[int]
        CLASSIFIED_BECAUSE_FIELD_NUMBER: _ClassVar[int]
        conversation_id: str
        customer: _common_pb2.CustomerRef
        message: _common_pb2.InboundMessage
        classified_because: str
        def __init__(self, conversation_id: _Optional[str] = ..., customer: _Optional[_Union[_common_pb2.CustomerRef, _Mapping]] = ..., message: _Optional[_Union[_common_pb2.InboundMessage, _Mapping]] = ..., classified_because: _Optional[str] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ListQueriesResponse.Item]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[ListQueriesResponse.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ConvertToComplaintRequest(_message.Message):
    __slots__ = ("conversation_id", "reason")
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    conversation_id: str
    reason: str
    def __init__(self, conversation_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ConvertToComplaintResponse(_message.Message):
    __slots__ = ("case_id", "converted")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    CONVERTED_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    converted: bool
    def __init__(self, case_id: _Optional[str] = ..., converted: _Optional[bool] = ...) -> None: ...

class SplitCustomersRequest(_message.Message):
    __slots__ = ("customer_id", "parties", "reason")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    parties: _containers.RepeatedCompositeFieldContainer[_common_pb2.Party]
    reason: str
    def __init__(self, customer_id: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[_common_pb2.Party, _Mapping]]] = ..., reason: _Optional[str] = ...) -> None: ...

class SplitCustomersResponse(_message.Message):
    __slots__ = ("surviving_customer_id", "parties", "case_ids", "split")
    SURVIVING_CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    PARTIES_FIELD_NUMBER: _ClassVar[int]
    CASE_IDS_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    surviving_customer_id: str
    parties: _containers.RepeatedCompositeFieldContainer[_common_pb2.Party]
    case_ids: _containers.RepeatedScalarFieldContainer[str]
    split: bool
    def __init__(self, surviving_customer_id: _Optional[str] = ..., parties: _Optional[_Iterable[_Union[_common_pb2.Party, _Mapping]]] = ..., case_ids: _Optional[_Iterable[str]] = ..., split: _Optional[bool] = ...) -> None: ...

class NoteAnswerRequest(_message.Message):
    __slots__ = ("case_id", "interaction_id", "answer")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    interaction_id: str
    answer: _common_pb2.CustomerAnswer
    def __init__(self, case_id: _Optional[str] = ..., interaction_id: _Optional[str] = ..., answer: _Optional[_Union[_common_pb2.CustomerAnswer, _Mapping]] = ...) -> None: ...

class NoteAnswerResponse(_message.Message):
    __slots__ = ("message_id", "repeated")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    REPEATED_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    repeated: bool
    def __init__(self, message_id: _Optional[str] = ..., repeated: _Optional[bool] = ...) -> None: ...
