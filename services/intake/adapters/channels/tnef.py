"""`winmail.dat`: what Outlook packs its mails into for other Exchange servers (TNEF, MS-OXTNEF), unpacked.

Read within bounds and completely, or not at all: a container that breaks a rule stays a file as it is. No
library is used: the one there is bears a licence that the services do not take and is not kept up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.intake.adapters.channels.mime import Part
from services.intake.domain.text import clean_file_name

TNEF = "application/ms-tnef"
OPENED = "multipart/x-ms-tnef"  # the container as a node whose children are what was in it
_SIGNATURE = 0x223E9F78
FILES_LIMIT = 100
_PROPERTIES_LIMIT = 2_000
_VALUES_LIMIT = 2_000

_CODE_PAGE, _BODY, _MESSAGE_PROPERTIES = 0x00069007, 0x0002800C, 0x00069003
_NEXT_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_TEXT, _HTML, _CHARSET = 0x1000, 0x1013, 0x3FDE
_OBJECT, _SHORT_NAME, _LONG_NAME, _MIME = 0x3701, 0x3704, 0x3707, 0x370E
# Bytes of each type of fixed size, as they are padded.
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_UNICODE, _MULTIPLE = 0x1F, 0x1000
_INTERFACE = 16  # an object begins with the id of its interface

Property = tuple[int, bytes]  # type, first value
Properties = dict[int, Property]


class _Broken(Exception):
    """Not a container that can be read to its end."""


@dataclass(slots=True)
class _File:
    title: str = ""
    data: bytes = b""
    properties: Properties = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise _Broken
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, kind: str = "<I") -> int:
        found: int = struct.unpack(kind, self.take(struct.calcsize(kind)))[0]
        return found

    def padded(self, size: int) -> bytes:
        value = self.take(size)
        self.take(-size % 4)
        return value

    @property
    def ended(self) -> bool:
        return self.at >= len(self.data)


def opened(part: Part) -> Part:
    """The part with each container as a node of what is in it: the words first, then the files."""
    if part.children:
        return replace(part, children=tuple(map(opened, part.children)))
    if part.media_type != TNEF and part.name.lower() != "winmail.dat":
        return part
    try:
        children = tuple(_contents(part.content))
    except (_Broken, UnicodeDecodeError, LookupError):
        return part
    return replace(part, media_type=OPENED, content=b"", children=children) if children else part


def _contents(content: bytes) -> Iterator[Part]:
    charset, text = "cp1252", b""
    message: Properties = {}
    files: list[_File] = []
    for kind, data in _attributes(content):
        if kind == _CODE_PAGE:
            charset = f"cp{_Reader(data).number()}"
        elif kind == _BODY:
            text = data.rstrip(b"\0")
        elif kind == _MESSAGE_PROPERTIES:
            message = _properties(data)
        elif kind == _NEXT_FILE:
            files.append(_File())
        elif files:
            _of_file(files[-1], kind, data, charset)
        if len(files) > FILES_LIMIT:
            raise _Broken
    yield from _words(message, text, charset)
    yield from filter(None, (_file(one, charset) for one in files))


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    reader = _Reader(content)
    if reader.number() != _SIGNATURE:
        raise _Broken
    reader.number("<H")
    while not reader.ended:
        reader.number("<B")  # of the message or of a file: the id says it, too
        kind, size = reader.number(), reader.number()
        data = reader.take(size)
        if sum(data) & 0xFFFF != reader.number("<H"):
            raise _Broken
        yield kind, data


def _of_file(file: _File, kind: int, data: bytes, charset: str) -> None:
    if kind == _TITLE:
        file.title = data.rstrip(b"\0").decode(charset, "replace")
    elif kind == _DATA:
        file.data = data
    elif kind == _FILE_PROPERTIES:
        file.properties = _properties(data)


# ------------------------------------------------------------------------------------------ properties


def _properties(data: bytes) -> Properties:
    reader, found = _Reader(data), Properties()
    count = reader.number()
    if count > _PROPERTIES_LIMIT:
        raise _Broken
    for _ in range(count):
        kind, name = reader.number("<H"), reader.number("<H")
        if name >= 0x8000:
            _skip_name(reader)
        value = _value(reader, kind)
        found.setdefault(name, (kind & ~_MULTIPLE, value))
    return found


def _skip_name(reader: _Reader) -> None:
    reader.take(16)
    if reader.number() == 0:
        reader.take(4)
    else:
        reader.padded(reader.number())


def _value(reader: _Reader, kind: int) -> bytes:
    """The first value of a property, the others passed over."""
    plain = kind & ~_MULTIPLE
    variable = plain in _VARIABLE
    if not variable and plain not in _FIXED:
        raise _Broken
    count = reader.number() if variable or kind & _MULTIPLE else 1
    if count > _VALUES_LIMIT:
        raise _Broken
    values = [reader.padded(reader.number() if variable else _FIXED[plain]) for _ in range(count)]
    return values[0] if values else b""


def _told(properties: Properties, name: int, charset: str) -> str:
    """A property that is text, "" when it is not there."""
    kind, value = properties.get(name, (_UNICODE, b""))
    return value.decode("utf-16-le" if kind == _UNICODE else charset, "replace").rstrip("\0")


# ------------------------------------------------------------------------------------------ what was in it


def _words(message: Properties, text: bytes, charset: str) -> Iterator[Part]:
    plain = _told(message, _TEXT, charset) or text.decode(charset, "replace")
    if plain.strip():
        yield Part("text/plain", {"charset": "utf-8"}, "", "", "", plain.encode("utf-8", "replace"))
    elif _HTML in message:
        kind, html = message[_HTML]
        number = struct.unpack("<I", message[_CHARSET][1])[0] if _CHARSET in message else 65001
        named = "utf-16-le" if kind == _UNICODE else "utf-8" if number == 65001 else f"cp{number}"
        yield Part("text/html", {"charset": named}, "", "", "", html.rstrip(b"\0"))


def _file(file: _File, charset: str) -> Part | None:
    """A file; a mail or another object that was attached stays packed as it is."""
    long, short = (_told(file.properties, name, charset) for name in (_LONG_NAME, _SHORT_NAME))
    name = clean_file_name(long or short or file.title)
    kind = _told(file.properties, _MIME, charset).strip().lower()
    content = file.data
    if _OBJECT in file.properties and not content:
        content, kind = file.properties[_OBJECT][1][_INTERFACE:], TNEF
        name = f"{name or 'message'}.dat"
    if not content:
        return None
    media_type = kind if kind.count("/") == 1 and kind.isprintable() and len(kind) < 100 else ""
    return Part(media_type or "application/octet-stream", {}, "attachment", name, "", content)
