"""Pictures and documents of a chat completion as Anthropic's content blocks."""

import binascii
from collections.abc import Mapping
from typing import Final

from vutler_router.errors import InvalidRequest

__all__ = ["document_block", "image_block"]

Block = dict[str, object]

_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What the Messages API takes ("Vision")."""

_PDF: Final = "application/pdf"
_TEXT: Final = "text/plain"


def image_block(part: Mapping[str, object], where: str) -> Block:
    """Turn an `image_url` part into an image block; its `detail` has no counterpart.

    Raises:
        InvalidRequest: no address, or a data URL that is broken or of another kind.
    """
    field = f"{where}.image_url"
    holder = part.get("image_url")
    url = holder.get("url") if isinstance(holder, dict) else holder
    if not isinstance(url, str):
        raise InvalidRequest(f"`{field}.url` is missing: give an address or a data URL.", param=f"{field}.url")
    if url.startswith(("https://", "http://")):
        return {"type": "image", "source": {"type": "url", "url": url}}
    media_type, data = _read_data_url(url, f"{field}.url")
    if media_type not in _IMAGES:
        raise InvalidRequest(f"`{field}.url` must be one of {', '.join(sorted(_IMAGES))}.", param=f"{field}.url")
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


def document_block(part: Mapping[str, object], where: str) -> Block:
    """Turn a `file` part into a document block: a PDF or plain text, sent along ("PDF support").

    Raises:
        InvalidRequest: a reference to a stored file, or data that is broken or of another kind.
    """
    holder = part.get("file")
    file = holder if isinstance(holder, dict) else {}
    if file.get("file_id") is not None:
        field = f"{where}.file.file_id"
        raise InvalidRequest(f"`{field}` names a file kept elsewhere: send it along as `file_data`.", param=field)
    field = f"{where}.file.file_data"
    url = file.get("file_data")
    if not isinstance(url, str):
        raise InvalidRequest(f"`{field}` is missing: send the file as a data URL.", param=field)
    block: Block = {"type": "document", "source": _document_source(url, field)}
    if isinstance(name := file.get("filename"), str) and name:
        block["title"] = name
    return block


def _document_source(url: str, field: str) -> Block:
    media_type, data = _read_data_url(url, field)
    if media_type == _PDF:
        return {"type": "base64", "media_type": _PDF, "data": data}
    if media_type != _TEXT:
        raise InvalidRequest(f"`{field}` must be {_PDF} or {_TEXT}.", param=field)
    try:
        return {"type": "text", "media_type": _TEXT, "data": binascii.a2b_base64(data).decode()}
    except UnicodeDecodeError:
        raise InvalidRequest(f"`{field}` must be UTF-8 where it is {_TEXT}.", param=field) from None


def _read_data_url(url: str, field: str) -> tuple[str, str]:
    """Return the media type and the base64 text of a data URL."""
    head, _, data = url.partition(",")
    scheme, _, kind = head.partition(":")
    media_type, *parameters = kind.lower().split(";")
    if scheme.lower() != "data" or "base64" not in parameters or not _is_base64(data):
        raise InvalidRequest(f"`{field}` must be a data URL like `data:image/png;base64,…`.", param=field)
    return media_type, data


def _is_base64(text: str) -> bool:
    try:
        return bool(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        return False
