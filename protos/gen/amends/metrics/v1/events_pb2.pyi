import datetime

from amends.common.v1 import common_pb2 as _common_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Gap(_message.Message):
    __slots__ = ("name", "known", "unknown", "p50_s", "p95_s", "p99_s")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    P50_S_FIELD_NUMBER: _ClassVar[int]
    P95_S_FIELD_NUMBER: _ClassVar[int]
    P99_S_FIELD_NUMBER: _ClassVar[int]
    name: str
    known: int
    unknown: int
    p50_s: float
    p95_s: float
    p99_s: float
    def __init__(self, name: _Optional[str] = ..., known: _Optional[int] = ..., unknown: _Optional[int] = ..., p50_s: _Optional[float] = ..., p95_s: _Optional[float] = ..., p99_s: _Optional[float] = ...) -> None: ...

class Window(_message.Message):
    __slots__ = ("tenant_id", "channel", "start", "length_s", "complaints", "answered", "within_60s", "unknown", "share_60s", "gaps", "clocks_met", "clocks_breached", "promises_kept", "promises_broken", "closed_confirmed", "reopened", "hand_offs", "hand_offs_refused", "grants", "replies_stopped", "open", "final", "grants_revoked", "closed_withdrawn", "closed_unreachable", "closed_merged", "closed_not_a_complaint", "closed_final_response", "recovery", "more")
    class MoreEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_S_FIELD_NUMBER: _ClassVar[int]
    COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    WITHIN_60S_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    SHARE_60S_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    CLOCKS_MET_FIELD_NUMBER: _ClassVar[int]
    CLOCKS_BREACHED_FIELD_NUMBER: _ClassVar[int]
    PROMISES_KEPT_FIELD_NUMBER: _ClassVar[int]
    PROMISES_BROKEN_FIELD_NUMBER: _ClassVar[int]
    CLOSED_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    REOPENED_FIELD_NUMBER: _ClassVar[int]
    HAND_OFFS_FIELD_NUMBER: _ClassVar[int]
    HAND_OFFS_REFUSED_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    REPLIES_STOPPED_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    GRANTS_REVOKED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    CLOSED_UNREACHABLE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_MERGED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_NOT_A_COMPLAINT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FINAL_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    channel: _common_pb2.Channel
    start: _timestamp_pb2.Timestamp
    length_s: int
    complaints: int
    answered: int
    within_60s: int
    unknown: int
    share_60s: float
    gaps: _containers.RepeatedCompositeFieldContainer[Gap]
    clocks_met: int
    clocks_breached: int
    promises_kept: int
    promises_broken: int
    closed_confirmed: int
    reopened: int
    hand_offs: int
    hand_offs_refused: int
    grants: int
    replies_stopped: int
    open: int
    final: bool
    grants_revoked: int
    closed_withdrawn: int
    closed_unreachable: int
    closed_merged: int
    closed_not_a_complaint: int
    closed_final_response: int
    recovery: Gap
    more: _containers.ScalarMap[str, int]
    def __init__(self, tenant_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., start: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., length_s: _Optional[int] = ..., complaints: _Optional[int] = ..., answered: _Optional[int] = ..., within_60s: _Optional[int] = ..., unknown: _Optional[int] = ..., share_60s: _Optional[float] = ..., gaps: _Optional[_Iterable[_Union[Gap, _Mapping]]] = ..., clocks_met: _Optional[int] = ..., clocks_breached: _Optional[int] = ..., promises_kept: _Optional[int] = ..., promises_broken: _Optional[int] = ..., closed_confirmed: _Optional[int] = ..., reopened: _Optional[int] = ..., hand_offs: _Optional[int] = ..., hand_offs_refused: _Optional[int] = ..., grants: _Optional[int] = ..., replies_stopped: _Optional[int] = ..., open: _Optional[int] = ..., final: _Optional[bool] = ..., grants_revoked: _Optional[int] = ..., closed_withdrawn: _Optional[int] = ..., closed_unreachable: _Optional[int] = ..., closed_merged: _Optional[int] = ..., closed_not_a_complaint: _Optional[int] = ..., closed_final_response: _Optional[int] = ..., recovery: _Optional[_Union[Gap, _Mapping]] = ..., more: _Optional[_Mapping[str, int]] = ...) -> None: ...

class WindowClosed(_message.Message):
    __slots__ = ("window",)
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    window: Window
    def __init__(self, window: _Optional[_Union[Window, _Mapping]] = ...) -> None: ...

class CaseFact(_message.Message):
    __slots__ = ("case_id", "tenant_id", "channel", "version", "state")
    CASE_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    case_id: str
    tenant_id: str
    channel: _common_pb2.Channel
    version: int
    state: bytes
    def __init__(self, case_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., channel: _Optional[_Union[_common_pb2.Channel, str]] = ..., version: _Optional[int] = ..., state: _Optional[bytes] = ...) -> None: ...
