"""Every gRPC method and REST operation there is, read from the contracts, with requests that reach them.

A method added to a service.proto, or an operation added to openapi.yaml, is in the matrix by itself.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc.aio
from amends.common.v1 import rules_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.standalone.layout import SERVICES

# What a method that only shows something begins with; any other one changes something.
_SHOWING = ("Get", "List", "Find", "Query", "Summarize", "Check", "Suggest", "Diff")
_SHOWN_ON = ("metrics.Watch",)  # WatchCases is for those who work on them
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one of our services."""

    service: str  # "intake"
    descriptor: MethodDescriptor

    @property
    def name(self) -> str:
        return f"{self.service}.{self.descriptor.name}"

    @property
    def shows(self) -> bool:
        """Whether it shows something and changes nothing."""
        return self.descriptor.name.startswith(_SHOWING) or self.name in _SHOWN_ON

    @property
    def names_a_case(self) -> bool:
        return "case_id" in self.descriptor.input_type.fields_by_name

    def request(self, known: Mapping[str, str]) -> Message:
        """A request with every field set; strings by the field's name in `known`, else some word."""
        made = message_factory.GetMessageClass(self.descriptor.input_type)()
        _fill(made, known, _DEPTH)
        return made

    async def call(
        self, channel: grpc.aio.Channel, request: Message | bytes, authorization: str | None
    ) -> Message:
        """Make the call with this `authorization` as it is; of a stream, the first message alone. Raises
        grpc.aio.AioRpcError.
        """
        kind = channel.unary_stream if self.descriptor.server_streaming else channel.unary_unary
        ask = kind(
            f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}",
            request_serializer=lambda sent: sent if isinstance(sent, bytes) else sent.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(self.descriptor.output_type).FromString,
        )
        metadata = [] if authorization is None else [("authorization", authorization)]
        asked = ask(request, metadata=metadata, timeout=30)
        answer: Message = await (asked.read() if self.descriptor.server_streaming else asked)
        asked.cancel()
        return answer


def methods() -> Iterator[Method]:
    """Every method of every service of ours."""
    for service in SERVICES:
        contract = importlib.import_module(f"amends.{service}.v1.service_pb2")
        for described in contract.DESCRIPTOR.services_by_name.values():
            for method in described.methods:
                yield Method(service, method)


def hostile_requests(
    method: Method, words: Mapping[str, str], case_id: str
) -> Iterator[tuple[str, Message | bytes]]:
    """These words in every text, the edges of every number, unknown enums, and what is no message at all."""
    made = message_factory.GetMessageClass(method.descriptor.input_type)
    yield "empty", made()
    yield "only a case", method.request({"case_id": case_id, "page_token": ""})
    yield "no message", b"\xff" * 64
    yield "invalid UTF-8", b"\x0a\x02\xff\xfe"
    yield "unknown fields", b"\xfa\x3f\x03abc"
    yield "deep", b"\x0a\x7e" * 200
    for name, text in words.items():
        for known in ({}, {"case_id": case_id}):
            request = made()
            _harm(request, text, 1, known, _DEPTH)
            yield f"{name} {len(known)}", request
    for number in (-1, 2**31 - 1, -(2**31)):
        request = made()
        _harm(request, "x", number, {"case_id": case_id}, _DEPTH)
        yield f"numbers of {number}", request


def _harm(message: Message, text: str, number: int, known: Mapping[str, str], depth: int) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            if depth and not field.is_repeated:
                _harm(getattr(message, field.name), text, number, known, depth - 1)
            continue
        value: Any = number
        if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            value = known.get(field.name, text)
        elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
            value = bool(number)
        elif field.cpp_type in (FieldDescriptor.CPPTYPE_INT64,) and abs(number) > 2**30:
            value = number << 32
        if field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)


def _fill(message: Message, known: Mapping[str, str], depth: int) -> None:
    if isinstance(message, Timestamp):
        message.GetCurrentTime()
        return
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            if depth and not field.is_repeated:
                _fill(getattr(message, field.name), known, depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).append(_value(field, known))
        else:
            setattr(message, field.name, _value(field, known))


def _value(field: FieldDescriptor, known: Mapping[str, str]) -> Any:
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return known.get(field.name, _word(field))
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return field.enum_type.values[1].number
    return 1


def _word(field: FieldDescriptor) -> str:
    """Something that the field's own rules let through."""
    if field.name == "page_token":
        return ""
    if field.name == "idempotency_key":
        return secrets.token_hex(8)
    rules: rules_pb2.Rules = field.GetOptions().Extensions[rules_pb2.rules]
    return str(uuid4()) if rules.uuid else "word"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the REST contract."""

    method: str
    path: str
    body: bool
    guard: str
    """What has to be shown: the security scheme's name; "" is nothing, `security: []`."""

    @property
    def names_a_case(self) -> bool:
        return "{case_id}" in self.path

    def url(self, base: str, case_id: str) -> str:
        return base + self.path.replace("{case_id}", case_id)


def operations(contract: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an OpenAPI document, as it is served."""
    for path, item in contract["paths"].items():
        for method in ("get", "put", "post", "delete", "patch"):
            if method in item:
                described = item[method]
                schemes = described.get("security", contract["security"])
                guard = next((name for scheme in schemes for name in scheme), "")
                yield Operation(method.upper(), path, "requestBody" in described, guard)
