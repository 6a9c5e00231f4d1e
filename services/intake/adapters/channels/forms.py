"""Forms as mail providers post them: url-encoded, or multipart with files; every value as the bytes it had.

A raw mail in a form field is bytes in no charset, so nothing is decoded before somebody asks for text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from services.intake.adapters.channels.charsets import decode_bytes
from services.intake.adapters.channels.hooks import Request
from services.intake.domain.errors import Malformed, TooLarge

PARTS_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form; its name and media type are the sender's words."""

    field_name: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostedForm:
    """Fields by name (of several the last, as providers put their own after a mail's) and files in order."""

    fields: Mapping[str, bytes] = field(repr=False)
    files: tuple[Upload, ...] = ()

    def text(self, name: str, charset: str = "") -> str:
        """A field as text, "" when absent; what cannot be decoded becomes U+FFFD."""
        return decode_bytes(self.fields.get(name, b""), charset)


def posted_form(request: Request) -> PostedForm:
    """The form in a request. Raises Malformed, TooLarge for more than 500 fields and files."""
    return read_form(request.header("content-type"), request.body)


def read_form(content_type: str, body: bytes) -> PostedForm:
    """The form in a body of this content type. Raises as `posted_form`."""
    kind, options = parse_options_header(content_type)
    if kind == b"multipart/form-data" and options.get(b"boundary"):
        return _multipart(body, options[b"boundary"])
    if kind == b"application/x-www-form-urlencoded":
        return _urlencoded(body)
    raise Malformed("not_a_form", "expected multipart/form-data or application/x-www-form-urlencoded")


def _urlencoded(body: bytes) -> PostedForm:
    # Latin-1 both ways keeps every byte.
    try:
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=PARTS_LIMIT
        )
    except ValueError as wrong:
        raise TooLarge("too_many_fields", f"more than {PARTS_LIMIT} fields") from wrong
    return PostedForm({_name(name.encode("latin-1")): value.encode("latin-1") for name, value in pairs})


def _multipart(body: bytes, boundary: bytes) -> PostedForm:
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]  # a TypedDict of them
        parser.write(body)
        parser.finalize()
    except FormParserError as wrong:
        raise Malformed("malformed_form", "the multipart form cannot be read") from wrong
    if not parts.complete:
        raise Malformed("malformed_form", "the multipart form ends before its end")
    return PostedForm(parts.fields, tuple(parts.files))


class _Parts:
    """What the parser tells, collected part by part."""

    def __init__(self) -> None:
        self.fields: dict[str, bytes] = {}
        self.files: list[Upload] = []
        self.complete = False
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._seen = 0

    def callbacks(self) -> dict[str, object]:
        """By the parser's names for them."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self._data.extend(memoryview(data)[start:end]),
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        self._seen += 1
        if self._seen > PARTS_LIMIT:
            raise TooLarge("too_many_fields", f"more than {PARTS_LIMIT} fields and files")
        self._headers, self._data = {}, bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._header).strip().lower()] = bytes(self._value).strip()
        self._header, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = _name(options.get(b"name", b""))
        if b"filename" in options:
            media_type, _ = parse_options_header(self._headers.get(b"content-type", b""))
            kind = media_type.decode("latin-1") or "application/octet-stream"
            self.files.append(Upload(name, _name(options[b"filename"]), kind, bytes(self._data)))
        else:
            self.fields[name] = bytes(self._data)

    def _finish(self) -> None:
        self.complete = True


def _name(name: bytes) -> str:
    return decode_bytes(name, "utf-8")
