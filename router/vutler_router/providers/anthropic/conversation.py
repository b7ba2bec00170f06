"""The messages of a chat completion as Anthropic's conversation: one side after the other, results before words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.content import read_content
from vutler_router.providers.anthropic.thinking_blocks import blocks_sent_back, is_thinking
from vutler_router.providers.anthropic.tool_calls import read_tool_calls
from vutler_router.providers.anthropic.tool_ids import ToolIds

__all__ = ["OPENING", "Conversation", "read_conversation"]

Block = dict[str, object]

OPENING: Final = "(start of the conversation)"
"""What the user says where the caller's conversation starts otherwise: Anthropic's starts with the user."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is said to the model.

    Attributes:
        system: The instructions of all system and developer messages, in order.
        messages: The turns, beginning with the user's.
        called: The names of the tools that were called, each once.
    """

    system: list[Block] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    def continues(self) -> bool:
        """Whether the last word is the assistant's, so that the model would have to go on with it."""
        return self.messages[-1]["role"] == "assistant"

    def may_think(self) -> bool:
        """Whether manual thinking is allowed: the answer in progress began with thinking, or none is in progress.

        A final assistant turn must start with thinking where its calls are being answered, and cannot be continued
        ("Extended thinking").
        """
        first = None
        for message in reversed(self.messages):
            blocks = _blocks(message)
            if message["role"] == "user" and blocks[0].get("type") != "tool_result":
                break
            first = blocks[0] if message["role"] == "assistant" else first
        return not self.continues() and (first is None or is_thinking(first))


def read_conversation(messages: object) -> Conversation:
    """Translate `messages`.

    A system or developer message is taken out wherever it stands and added to the instructions at the top: Anthropic's
    compatible endpoint does the same ("OpenAI SDK compatibility"), and only the newest models take one in between.
    Messages of the same side are put together, results of tools first. A message without content is left out. Names of
    speakers have no counterpart.

    Raises:
        InvalidRequest: a message cannot be said to Anthropic's models; `param` names it.
    """
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("`messages` must be an array with at least one message.", param="messages")
    turns = _Turns()
    for index, message in enumerate(messages):
        turns.take(message, f"messages[{index}]")
    return turns.end()


class _Turns:
    """Collects messages into turns; the user's is open until the assistant speaks."""

    __slots__ = ("_conversation", "_ids", "_last_call", "_results", "_said")

    def __init__(self) -> None:
        self._conversation = Conversation()
        self._ids = ToolIds()
        self._last_call = ""
        self._results: list[Block] = []
        self._said: list[Block] = []

    def take(self, message: Mapping[str, object], where: str) -> None:
        match message.get("role"):
            case "system" | "developer":
                self._conversation.system.extend(read_content(message, where))
            case "user":
                self._said.extend(read_content(message, where))
            case "tool":
                self._results.append(self._result(message, where))
            case "assistant":
                self._answer(message, where)
            case _:
                raise InvalidRequest(
                    f"`{where}.role` is not known to Anthropic's models: use system, user, assistant or tool.",
                    param=f"{where}.role",
                )

    def end(self) -> Conversation:
        self._close_user_turn()
        if self._ids.waiting:
            self._refuse_open_call()
        conversation = self._conversation
        if not conversation.messages and not conversation.system:
            raise InvalidRequest("`messages` say nothing: all of them are empty.", param="messages")
        if not conversation.messages or conversation.messages[0]["role"] != "user":
            conversation.messages.insert(0, {"role": "user", "content": [{"type": "text", "text": OPENING}]})
        return conversation

    def _answer(self, message: Mapping[str, object], where: str) -> None:
        for name in ("function_call", "audio"):
            if message.get(name) is not None:
                field_name = f"{where}.{name}"
                raise InvalidRequest(f"`{field_name}` is not known to Anthropic's models.", param=field_name)
        calls = read_tool_calls(message.get("tool_calls"), where)
        blocks = [*blocks_sent_back(message.get("thinking_blocks")), *_said(message, where)]
        if not blocks and not calls:
            return
        self._close_user_turn()
        for call in calls:
            blocks.append({**call, "id": self._ids.call(str(call["id"]))})
            self._last_call = f"{where}.tool_calls"
            if call["name"] not in self._conversation.called:
                self._conversation.called.append(str(call["name"]))
        self._append("assistant", blocks)

    def _result(self, message: Mapping[str, object], where: str) -> Block:
        given = message.get("tool_call_id")
        call = self._ids.result(given if isinstance(given, str) else "")
        if call is None:
            field_name = f"{where}.tool_call_id"
            raise InvalidRequest(f"`{field_name}` answers no call of the assistant's last message.", param=field_name)
        content = read_content({**message, "cache_control": None}, where)
        result: Block = {"type": "tool_result", "tool_use_id": call}
        if content:
            result["content"] = content
        if message.get("cache_control") is not None:
            result["cache_control"] = message["cache_control"]
        return result

    def _close_user_turn(self) -> None:
        blocks = [*self._results, *self._said]
        if not blocks:
            return
        if self._ids.waiting:
            self._refuse_open_call()
        self._append("user", blocks)
        self._results, self._said = [], []

    def _append(self, role: str, blocks: list[Block]) -> None:
        messages = self._conversation.messages
        if messages and messages[-1]["role"] == role:
            blocks = _in_order([*_blocks(messages[-1]), *blocks])
            messages[-1] = {"role": role, "content": blocks}
        else:
            messages.append({"role": role, "content": blocks})

    def _refuse_open_call(self) -> None:
        raise InvalidRequest(
            f"`{self._last_call}` lacks a result: each call needs a message of role tool before anything else is said.",
            param=self._last_call,
        )


def _said(message: Mapping[str, object], where: str) -> Sequence[Block]:
    blocks = read_content(message, where)
    refusal = message.get("refusal")
    return [*blocks, {"type": "text", "text": refusal}] if isinstance(refusal, str) and refusal.strip() else blocks


def _blocks(message: Mapping[str, object]) -> list[Block]:
    content = message["content"]
    return content if isinstance(content, list) else []


def _in_order(blocks: list[Block]) -> list[Block]:
    """Put the thinking of a turn first and its calls last, as the API sends them; all else stays as it was."""
    return sorted(blocks, key=lambda block: 0 if is_thinking(block) else 2 if block["type"] == "tool_use" else 1)
