"""One turn with an agent for people and programs: its model directly, or the agent itself with its tools and memory."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.money import Nanos
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import UpstreamUnavailable
from vutler_router.providers.decoding import read_object
from vutler_router.providers.model_request import ROUTER_MODEL, ModelRequest
from vutler_router.providers.openai.answer_text import text_in
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.sse import EventSplitter, data_of
from vutler_router.providers.surfaces import Surface
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.service import ModelService

__all__ = ["AgentChat", "Spoken", "Turn", "Via"]

_LARGEST_ANSWER: Final = 16 << 20
_AGENT_PROVIDER: Final = "openclaw"


class Via(StrEnum):
    """Who answers: the agent's model, or the agent in its pod."""

    LLM = "llm"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said to an agent; `session` is the conversation it belongs to when the agent itself answers."""

    messages: Sequence[Mapping[str, object]]
    via: Via = Via.LLM
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was answered, by whom, and for how much.

    Attributes:
        usage: Tokens; None where nobody counted.
        cost: What the provider is to be paid, in 1e-9 USD; None where that is not known, as of an agent itself, which
            may have asked several models.
        tree_id: Of an agent itself: under which its requests are on record, and soon added up (`/usage/trees/{id}`).
    """

    content: str
    provider: str
    model: str
    usage: TokenCounts | None
    cost: Nanos | None = None
    tree_id: str | None = None


class AgentChat:
    """Asks agents, whole or in pieces."""

    def __init__(self, models: ModelService, gateway: AgentGateway, new_id: Callable[[], str]) -> None:
        self._models = models
        self._gateway = gateway
        self._new_id = new_id

    async def ask(self, agent: Agent, turn: Turn) -> Spoken:
        """Return the whole answer.

        Raises:
            RouterError: There is none; see `ModelService.answer` and `AgentGateway.asked`.
        """
        match turn.via:
            case Via.LLM:
                exchange = self._exchange(agent, turn, stream=False)
                answer, origin = await self._models.answer(exchange)
                text = text_in(answer.fields)
                return Spoken(text, origin.provider, origin.model, answer.count.usage, exchange.paid)
            case Via.AGENT:
                async with self._gateway.asked(agent, turn.messages, session=turn.session, stream=False) as asked:
                    fields = read_object(await asked.reply.whole(_LARGEST_ANSWER)) or {}
                usage = _counted(read_usage(fields.get("usage")))
                return Spoken(text_in(fields), _AGENT_PROVIDER, _model(fields), usage, tree_id=asked.tree_id)

    def stream(self, agent: Agent, turn: Turn) -> AbstractAsyncContextManager["Pieces"]:
        """Open the answer in pieces of text; the last item is all of it as `Spoken`.

        Entering the block raises what `ask` raises; later failures come out of the iteration.
        """
        match turn.via:
            case Via.LLM:
                return self._model_stream(agent, turn)
            case Via.AGENT:
                return self._agent_stream(agent, turn)

    @asynccontextmanager
    async def _model_stream(self, agent: Agent, turn: Turn) -> "AsyncGenerator[Pieces, None]":
        exchange = self._exchange(agent, turn, stream=True)
        answer = await self._models.stream(exchange)

        async def pieces() -> Pieces:
            gathered = _Gathered()
            while piece := await answer.piece():
                for text in gathered.feed(piece):
                    yield text
            if answer.error is not None:
                raise answer.error
            origin = answer.origin
            yield Spoken(gathered.text, origin.provider, origin.model, answer.usage, exchange.paid)

        try:
            async with aclosing(pieces()) as opened:
                yield opened
        finally:
            await answer.close()

    @asynccontextmanager
    async def _agent_stream(self, agent: Agent, turn: Turn) -> "AsyncGenerator[Pieces, None]":
        async with self._gateway.asked(agent, turn.messages, session=turn.session, stream=True) as asked:
            reply = asked.reply

            async def pieces() -> Pieces:
                gathered, reader = _Gathered(), ChatStream(strip_usage=False)
                while not reader.done and (piece := await reply.piece()):
                    for text in gathered.feed(reader.feed(piece)):
                        yield text
                if reader.error is not None or not reader.finished:
                    raise UpstreamUnavailable("The agent's answer broke off.", provider=_AGENT_PROVIDER)
                usage = _counted(reader.count.usage)
                yield Spoken(gathered.text, _AGENT_PROVIDER, _AGENT_PROVIDER, usage, tree_id=asked.tree_id)

            async with aclosing(pieces()) as opened:
                yield opened

    def _exchange(self, agent: Agent, turn: Turn, *, stream: bool) -> Exchange:
        fields = {"model": ROUTER_MODEL, "messages": list(turn.messages), "stream": stream}
        return self._models.exchange(agent, ModelRequest.of(Surface.CHAT, fields), self._new_id())


Pieces = AsyncGenerator[str | Spoken, None]
"""Text as it comes, and in the end everything."""


class _Gathered:
    """Takes the text out of a stream's events and keeps it."""

    def __init__(self) -> None:
        self._splitter = EventSplitter(_LARGEST_ANSWER)
        self._texts: list[str] = []

    @property
    def text(self) -> str:
        """Everything so far."""
        return "".join(self._texts)

    def feed(self, piece: bytes) -> list[str]:
        """Return the texts that this piece brings."""
        texts = [text for event in self._splitter.feed(piece) if (text := _delta(data_of(event)))]
        self._texts += texts
        return texts


def _delta(data: bytes | None) -> str:
    chunk = read_object(data) if data is not None else None
    return text_in(chunk, "delta") if chunk is not None else ""


def _model(answer: Mapping[str, object]) -> str:
    model = answer.get("model")
    return model if isinstance(model, str) else _AGENT_PROVIDER


def _counted(usage: TokenCounts | None) -> TokenCounts | None:
    """Return what an agent counted. OpenClaw says 0 of everything where it did not count (2026.9.6, observed)."""
    return usage if usage is not None and usage.total else None
