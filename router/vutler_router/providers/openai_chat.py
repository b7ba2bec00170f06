"""The dialect of OpenAI's chat completions: what is sent, and how answers are read while their bytes pass through."""

from collections.abc import Mapping
from typing import Final

import orjson

from vutler_router.domain.llm import ModelParameters
from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.chat_request import ChatRequest
from vutler_router.providers.count import Count, read_cost, read_usage
from vutler_router.providers.definitions import Definition, StreamUsage
from vutler_router.providers.sse import EventSplitter, data_of

__all__ = ["ChatStream", "encode_request", "read_answer"]

_LONGEST_EVENT: Final = 8 << 20
_MAX_TOKENS_NAMES: Final = ("max_completion_tokens", "max_tokens")
_TEXT_FIELDS: Final = ("content", "reasoning_content", "reasoning", "refusal")


def encode_request(request: ChatRequest, model: str, definition: Definition, parameters: ModelParameters) -> bytes:
    """Return the body for one provider: the caller's own bytes unless something has to differ."""
    changes: dict[str, object] = {}
    fields = request.fields
    if fields.get("model") != model:
        changes["model"] = model
    for name in ("temperature", "top_p"):
        default: float | None = getattr(parameters, name)
        if default is not None and fields.get(name) is None:
            changes[name] = default
    changes |= _max_tokens(fields, definition, parameters)
    if request.stream and not request.wants_usage and definition.stream_usage is StreamUsage.ON_REQUEST:
        options = fields.get("stream_options")
        changes["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
    dropped = _dropped(fields, definition)
    if not changes and not dropped:
        return request.raw
    return orjson.dumps({name: value for name, value in fields.items() if name not in dropped} | changes)


def _max_tokens(
    fields: Mapping[str, object], definition: Definition, parameters: ModelParameters
) -> Mapping[str, object]:
    """Apply the default length limit, and say the caller's under the name the provider knows."""
    given = next((fields[name] for name in _MAX_TOKENS_NAMES if fields.get(name) is not None), None)
    name = definition.max_tokens_field
    if given is None and parameters.max_tokens is not None:
        return {name or "max_tokens": parameters.max_tokens}
    if given is not None and name is not None and fields.get(name) is None:
        return {name: given}
    return {}


def _dropped(fields: Mapping[str, object], definition: Definition) -> frozenset[str]:
    """Return the fields that this provider would refuse or misread."""
    dropped = set()
    if definition.max_tokens_field is not None:
        dropped |= {name for name in _MAX_TOKENS_NAMES if name != definition.max_tokens_field and name in fields}
    if definition.stream_usage is StreamUsage.ALWAYS and "stream_options" in fields:
        dropped.add("stream_options")
    return frozenset(dropped)


def read_answer(body: bytes) -> Mapping[str, object] | None:
    """Decode an unstreamed answer; None when it is no JSON object."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None


class ChatStream:
    """Reads one streamed answer while its bytes pass by, event by event, unchanged.

    Attributes:
        opened: An event with data has passed, perhaps only the one that names the role.
        started: The answer has begun; from here on nobody else may answer.
        finished: The provider said that the answer is whole.
        done: The closing mark has passed.
        error: What the provider said went wrong; nothing is relayed from that event on.
    """

    __slots__ = (
        "_characters",
        "_cost",
        "_splitter",
        "_strip_usage",
        "_usage",
        "done",
        "error",
        "finished",
        "opened",
        "started",
    )

    def __init__(self, *, strip_usage: bool) -> None:
        self._splitter = EventSplitter(_LONGEST_EVENT)
        self._strip_usage = strip_usage
        self.opened = False
        self.started = False
        self.finished = False
        self.done = False
        self.error: Mapping[str, object] | None = None
        self._usage: TokenCounts | None = None
        self._cost: float | None = None
        self._characters = 0

    @property
    def count(self) -> Count:
        """What was counted so far; of several counts the last one holds."""
        return Count(self._usage, self._cost, self._characters)

    def feed(self, piece: bytes) -> bytes:
        """Take bytes as they came and return those to pass on: whole events only."""
        events = self._splitter.feed(piece)
        if self._splitter.overflowing:
            self.error = {"message": f"an event of more than {_LONGEST_EVENT} bytes"}
        return b"".join([event for event in events if self._passes(event)])

    def rest(self) -> bytes:
        """Return what to pass on of an event that the end of the stream left open."""
        tail = self._splitter.rest()
        return tail if tail and self._passes(tail) else b""

    def _passes(self, event: bytes) -> bool:
        """Note what an event says; return whether the caller gets it."""
        if self.error is not None:
            return False
        data = data_of(event)
        if data is None:
            return True
        self.opened = True
        if data == b"[DONE]":
            self.started = self.finished = self.done = True
            return True
        chunk = read_answer(data)
        if chunk is None:
            self.started = True
            return True
        return self._read(chunk)

    def _read(self, chunk: Mapping[str, object]) -> bool:
        if chunk.get("error") or chunk.get("object") == "error":
            self.error = chunk
            return False
        stated = chunk.get("usage") or _groq_usage(chunk)
        usage = read_usage(stated)
        if usage is not None:
            self._usage, self._cost = usage, read_cost(stated)
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list):
            return not (self._strip_usage and usage is not None)
        for choice in choices:
            if isinstance(choice, dict):
                self._read_choice(choice)
        return True

    def _read_choice(self, choice: Mapping[str, object]) -> None:
        if choice.get("finish_reason"):
            self.started = self.finished = True
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return
        for name in _TEXT_FIELDS:
            text = delta.get(name)
            if isinstance(text, str) and text:
                self._characters += len(text)
                self.started = True
        calls = delta.get("tool_calls")
        if isinstance(calls, list) and calls:
            self._characters += sum(_argument_length(call) for call in calls)
            self.started = True
        elif not self.started and not delta.keys() <= {"role", *_TEXT_FIELDS, "tool_calls"}:
            self.started = True


def _groq_usage(chunk: Mapping[str, object]) -> object:
    """Return the counts where Groq puts them in a stream (console.groq.com/docs: `x_groq.usage`)."""
    holder = chunk.get("x_groq")
    return holder.get("usage") if isinstance(holder, dict) else None


def _argument_length(call: object) -> int:
    function = call.get("function") if isinstance(call, dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return len(arguments) if isinstance(arguments, str) else 0
