"""Reads a form with one file in it as it comes, so that the file is never whole in memory (RFC 7578)."""

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from vutler_router.errors import InvalidRequest, TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

__all__ = ["FileForm", "FilePart"]

_FILE: Final = "file"
_LONGEST_FIELD: Final = 8_192
_MOST_PARTS: Final = 16
_PLAIN: Final = frozenset({"", "binary", "8bit", "7bit"})


@dataclass(slots=True)
class _Part:
    """One part: its headers by lower-case name."""

    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FilePart:
    """What a form says of its file: its name and its type, both empty where it says nothing."""

    name: str
    content_type: str


_END_OF_PART: Final = object()


class FileForm:
    """One upload. Ask `until_file`, then take all of `content`, then `finish`.

    Args:
        content_type: The request's.
        body: Its body, as it comes.

    Attributes:
        fields: The form's other fields, as far as it was read.

    Raises:
        InvalidRequest: The request is no such form.
    """

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidRequest(
                "Send multipart/form-data with a boundary and the file in a part named `file`; for example "
                "`curl -F file=@report.pdf -F path=reports/may.pdf`.",
                code="invalid_multipart",
            )
        self.fields: dict[str, str] = {}
        self._body = body
        self._events: deque[object] = deque()
        self._over = False
        self._parts = 0
        self._name, self._value = bytearray(), bytearray()
        self._part = _Part()
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError:
            raise _broken("its boundary is too long") from None

    async def until_file(self) -> FilePart:
        """Read on to where the file's content begins.

        Raises:
            InvalidRequest: The form is broken, or has no file.
        """
        found = await self._next_file()
        if found is None:
            raise InvalidRequest("The form has no part named `file`; send the file in it.", param=_FILE)
        return found

    async def content(self) -> AsyncIterator[bytes]:
        """Yield the file's content. Raises `InvalidRequest`: the form is broken, or ends in the middle."""
        while (event := await self._event()) is not _END_OF_PART:
            assert isinstance(event, bytes)  # noqa: S101 - within a part nothing else comes
            yield event

    async def finish(self) -> None:
        """Read the fields behind the file. Raises `InvalidRequest`: the form is broken, or has a second file."""
        if await self._next_file() is not None:
            raise InvalidRequest("The form has two parts named `file`; send one file at a time.", param=_FILE)

    async def _next_file(self) -> FilePart | None:
        """Take in fields up to a file, or up to the form's end."""
        while (part := await self._event()) is not None:
            assert isinstance(part, _Part)  # noqa: S101 - between two parts nothing else comes
            self._parts += 1
            if self._parts > _MOST_PARTS:
                raise _broken(f"it has more than {_MOST_PARTS} parts")
            name, options = _disposition(part)
            if part.headers.get("content-transfer-encoding", "").strip().lower() not in _PLAIN:
                raise _broken("a part has a Content-Transfer-Encoding; send it as it is")
            if name == _FILE:
                return FilePart(options.get("filename", ""), part.headers.get("content-type", "").strip())
            if "filename" in options:
                raise InvalidRequest("The file must be in the part named `file`.", param=_FILE)
            await self._take_field(name)
        return None

    async def _take_field(self, name: str) -> None:
        value = bytearray()
        while (event := await self._event()) is not _END_OF_PART:
            assert isinstance(event, bytes)  # noqa: S101 - within a part nothing else comes
            value += event
            if len(value) > _LONGEST_FIELD:
                raise TooLarge(f"A field of the form is longer than {_LONGEST_FIELD} bytes.")
        if name in self.fields:
            raise InvalidRequest("The form has this field twice; send it once.", param=name)
        try:
            self.fields[name] = value.decode()
        except UnicodeDecodeError:
            raise InvalidRequest("The field must be UTF-8.", param=name) from None

    async def _event(self) -> object:
        """Return the next event, None at the form's end."""
        while not self._events:
            if self._over:
                return None
            chunk = await anext(self._body, None)
            if chunk is None:
                raise _broken("it ends in the middle")
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise _broken("its parts are not separated as its boundary says") from None
        return self._events.popleft()

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
            "on_part_end": lambda: self._events.append(_END_OF_PART),
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": lambda: self._events.append(self._part),
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._part = _Part()

    def _end_header(self) -> None:
        self._part.headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self._over = True


def _disposition(part: _Part) -> tuple[str, dict[str, str]]:
    """Return a part's name and the options of its Content-Disposition."""
    kind, options = parse_options_header(part.headers.get("content-disposition", ""))
    try:
        named = {name.decode(): value.decode() for name, value in options.items()}
    except UnicodeDecodeError:
        raise _broken("names must be UTF-8") from None
    if kind != b"form-data" or not named.get("name"):
        raise _broken("a part has no name")
    return named["name"], named


def _broken(problem: str) -> InvalidRequest:
    return InvalidRequest(f"The form is broken: {problem}. Let your HTTP library write it.", code="invalid_multipart")
