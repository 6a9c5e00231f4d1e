from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor
RULES_FIELD_NUMBER: _ClassVar[int]
rules: _descriptor.FieldDescriptor

class Rules(_message.Message):
    __slots__ = ("required", "max_len", "one_line", "uuid", "min", "max", "max_items")
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    MAX_LEN_FIELD_NUMBER: _ClassVar[int]
    ONE_LINE_FIELD_NUMBER: _ClassVar[int]
    UUID_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    MAX_ITEMS_FIELD_NUMBER: _ClassVar[int]
    required: bool
    max_len: int
    one_line: bool
    uuid: bool
    min: int
    max: int
    max_items: int
    def __init__(self, required: _Optional[bool] = ..., max_len: _Optional[int] = ..., one_line: _Optional[bool] = ..., uuid: _Optional[bool] = ..., min: _Optional[int] = ..., max: _Optional[int] = ..., max_items: _Optional[int] = ...) -> None: ...
