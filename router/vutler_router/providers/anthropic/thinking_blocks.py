"""Thinking as it comes from Anthropic, goes to the caller and comes back, signatures and all."""

from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["ThinkingCollector", "blocks_in_answer", "blocks_sent_back", "is_thinking"]

Block = dict[str, object]

_KINDS: Final = frozenset({"thinking", "redacted_thinking"})


def is_thinking(block: Mapping[str, object]) -> bool:
    """Whether a block is thought and not said."""
    return block.get("type") in _KINDS


def blocks_in_answer(content: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return the thinking of an answer, as it has to be sent back: unchanged and in order ("Thinking")."""
    return [block for block in content if is_thinking(block)]


def blocks_sent_back(value: object) -> list[Block]:
    """Read what a caller sends back as `thinking_blocks`.

    Thinking without a signature cannot be verified and would be refused, so it is left out; another provider's is.
    """
    found = []
    for block in value if isinstance(value, list) else []:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "thinking" and isinstance(block.get("thinking"), str) and _is_text(block.get("signature")):
            found.append({"type": kind, "thinking": block["thinking"], "signature": block["signature"]})
        elif kind == "redacted_thinking" and _is_text(block.get("data")):
            found.append({"type": kind, "data": block["data"]})
    return found


class ThinkingCollector:
    """Puts the thinking of a stream together again, so that it can be sent back whole."""

    __slots__ = ("_blocks",)

    def __init__(self) -> None:
        self._blocks: dict[object, tuple[Mapping[str, object], list[str], list[str]]] = {}

    def start(self, index: object, block: Mapping[str, object]) -> None:
        """Open a block of thinking; `index` is its place in the message."""
        self._blocks[index] = (block, [_text(block, "thinking")], [_text(block, "signature")])

    def add(self, index: object, *, thinking: str = "", signature: str = "") -> None:
        """Add to an open block."""
        if index in self._blocks:
            _, thoughts, signatures = self._blocks[index]
            thoughts.append(thinking)
            signatures.append(signature)

    def blocks(self) -> list[Mapping[str, object]]:
        """Return the blocks so far, in order."""
        return [
            {**block, "thinking": "".join(thoughts), "signature": "".join(signatures)}
            if block.get("type") == "thinking"
            else block
            for block, thoughts, signatures in self._blocks.values()
        ]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _text(block: Mapping[str, object], name: str) -> str:
    value = block.get(name)
    return value if isinstance(value, str) else ""
