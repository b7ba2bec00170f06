"""The content of one chat message as Anthropic's content blocks."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.media import document_block, image_block

__all__ = ["read_content"]

Block = dict[str, object]
Part = Mapping[str, object]


def read_content(message: Mapping[str, object], where: str) -> list[Block]:
    """Return the blocks of a message; text of nothing but whitespace is dropped, for the API refuses it.

    `cache_control` goes along from a part, or from the message to its last block.

    Raises:
        InvalidRequest: a part is of a kind that this role cannot have here; `param` names the part.
    """
    content = message.get("content")
    kinds = _KINDS[str(message.get("role"))]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    blocks = [
        block
        for index, part in enumerate(parts if isinstance(parts, list) else [])
        if (block := _read_part(part, f"{where}.content[{index}]", kinds)) is not None
    ]
    mark = message.get("cache_control")
    if mark is not None and blocks:
        blocks[-1]["cache_control"] = mark
    return blocks


def _read_part(part: object, where: str, kinds: Mapping[str, "Reader"]) -> Block | None:
    kind = part.get("type") if isinstance(part, dict) else None
    reader = kinds.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(part, dict):
        raise InvalidRequest(
            f"`{where}.type` is something Anthropic's models do not take here. Use one of: {', '.join(sorted(kinds))}.",
            param=f"{where}.type",
        )
    block = reader(part, where)
    mark = part.get("cache_control")
    if mark is not None and block is not None:
        block["cache_control"] = mark
    return block


def _text_block(part: Part, where: str) -> Block | None:
    return _said(part.get("text"), f"{where}.text")


def _refusal_block(part: Part, where: str) -> Block | None:
    """Keep a refusal as what it was for the reader: text that the assistant said."""
    return _said(part.get("refusal"), f"{where}.refusal")


def _said(text: object, field: str) -> Block | None:
    if not isinstance(text, str):
        raise InvalidRequest(f"`{field}` must be a string.", param=field)
    return {"type": "text", "text": text} if text.strip() else None


Reader = Callable[[Part, str], Block | None]

_TEXT: Final[Mapping[str, Reader]] = {"text": _text_block}
_SHOWN: Final[Mapping[str, Reader]] = {"text": _text_block, "image_url": image_block, "file": document_block}

_KINDS: Final[Mapping[str, Mapping[str, Reader]]] = MappingProxyType(
    {
        "system": _TEXT,
        "developer": _TEXT,
        "user": _SHOWN,
        "tool": _SHOWN,
        "assistant": {"text": _text_block, "refusal": _refusal_block},
    }
)
"""What the parts of a message may be, by its role; a tool's result may show pictures and documents as well."""
