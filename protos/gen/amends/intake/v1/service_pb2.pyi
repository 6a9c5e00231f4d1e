import datetime

from amends.common.v1 import common_pb2 as _common_pb2
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
        __slots__ = ("reject_id", "provider", "code", "detail", "received_at", "raw_size_bytes")
        REJECT_ID_FIELD_NUMBER: _ClassVar[int]
        PROVIDER_FIELD_NUMBER: _ClassVar[int]
        CODE_FIELD_NUMBER: _ClassVar[int]
        DETAIL_FIELD_NUMBER: _ClassVar[int]
        RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
        RAW_SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
        reject_id: str
        provider: str
        code: str
        detail: str
        received_at: _timestamp_pb2.Timestamp
        raw_size_bytes: int
        def __init__(self, reject_id: _Optional[str] = ..., provider: _Optional[str] = ..., code: _Optional[str] = ..., detail: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., raw_size_bytes: _Optional[int] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ListRejectedResponse.Item]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[ListRejectedResponse.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
