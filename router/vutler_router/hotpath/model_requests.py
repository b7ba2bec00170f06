"""Model requests without a framework: who asks, what for, and the provider's bytes back."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from vutler_router.container import Process
from vutler_router.domain.agent import Agent
from vutler_router.domain.caller import AdminCaller, AgentCaller
from vutler_router.errors import Forbidden, InvalidRequest, NotReady, RouterError
from vutler_router.hotpath.channel import Channel
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.services.callers import Callers
from vutler_router.wire.agent_words import fault_for_agent
from vutler_router.wire.asgi import App, CallerLeft, CallerWatch, Receive, Scope, Send, read_body
from vutler_router.wire.faults import Fault, internal_fault

__all__ = ["HotPath"]

_SURFACES: Final[Mapping[str, Surface]] = {surface.value: surface for surface in Surface}
_DIALECT_HEADERS: Final = frozenset({b"anthropic-version", b"anthropic-beta"})
"""The only headers of a caller's that a provider gets: they say in which words of Anthropic's the body is written."""

_SESSION_HEADERS: Final = (b"x-session-affinity", b"session_id")
"""Where OpenClaw names the conversation, the same in both (observed with 2026.9.6)."""

_READ_HEADERS: Final = (
    frozenset({b"authorization", b"content-encoding", b"content-length", b"x-api-key"})
    | _DIALECT_HEADERS
    | frozenset(_SESSION_HEADERS)
)
_LONGEST_SESSION: Final = 256
_PLAIN: Final = re.compile(rb"[\w.,: -]{1,500}", re.ASCII)
_METHOD_REFUSAL: Final = Fault(
    405,
    b'{"error":{"message":"Use POST.","type":"invalid_request_error","code":"method_not_allowed","param":null}}',
    {"content-type": "application/json", "allow": "POST"},
)


_log = structlog.get_logger(__name__)


class HotPath:
    """Takes model requests and hands everything else to the application behind it.

    Args:
        app: What serves all other paths.
        process: The process's services.
        new_id: Makes request ids; never the caller's, for rows are counted by them.
    """

    def __init__(self, app: App, process: Process, new_id: Callable[[], str]) -> None:
        self._app = app
        self._process = process
        self._new_id = new_id
        self._max_body = process.settings.max_body_bytes
        self._max_concurrency = process.settings.max_concurrency
        self._keep_alive = process.settings.keep_alive
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        surface = _SURFACES.get(scope["path"]) if scope["type"] == "http" else None
        if surface is None:
            await self._app(scope, receive, send)
            return
        self._under_way += 1
        channel = Channel(surface, self._new_id(), send)
        try:
            await self._answer(scope, receive, channel)
        except CallerLeft:
            _log.info("caller left", request_id=channel.request_id)
        except RouterError as error:
            _log.info("refused", request_id=channel.request_id, code=error.code)
            self._process.metrics.unanswered(error.code)
            await channel.fail(fault_for_agent(error))
        except Exception:  # noqa: BLE001 - the outermost edge: whatever it is, the caller gets an answer
            _log.exception("request failed", request_id=channel.request_id)
            self._process.metrics.unanswered("internal_error")
            await channel.fail(internal_fault())
        finally:
            channel.quiet()
            self._under_way -= 1

    async def _answer(self, scope: Scope, receive: Receive, channel: Channel) -> None:
        if scope["method"] != "POST":
            await channel.fail(_METHOD_REFUSAL)
            return
        headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
        agent = _agent(self._process.callers, headers)
        if self._under_way > self._max_concurrency:
            raise NotReady(f"The router has {self._max_concurrency} requests under way; try again.", code="overloaded")
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise InvalidRequest("Send the body as it is, without Content-Encoding.", code="unsupported_encoding")
        body = await read_body(receive, headers.get(b"content-length"), self._max_body)
        models = self._process.models
        dialect, session = _dialect_headers(channel.surface, headers), _session(headers)
        request = ModelRequest.parse(channel.surface, body, dialect, session=session)
        exchange = channel.exchange = models.exchange(agent, request, channel.request_id)
        exchange.place = self._process.tools.places.of(agent, request)
        async with CallerWatch(receive):
            if request.stream:
                channel.keep_alive(self._keep_alive)
                await channel.relay(await models.stream(exchange))
            else:
                answer, origin = await models.answer(exchange)
                await channel.send_whole(origin, answer.body)


def _dialect_headers(surface: Surface, headers: Mapping[bytes, bytes]) -> Mapping[str, str] | None:
    if surface is not Surface.MESSAGES:
        return None
    found = {name: value for name, value in headers.items() if name in _DIALECT_HEADERS}
    return {name.decode(): value.decode() for name, value in found.items() if _PLAIN.fullmatch(value)}


def _session(headers: Mapping[bytes, bytes]) -> str:
    """Return the caller's name for the conversation, which is only ever hashed."""
    found = next((headers[name] for name in _SESSION_HEADERS if headers.get(name)), b"")
    return found[:_LONGEST_SESSION].decode("latin-1")


def _agent(callers: Callers, headers: Mapping[bytes, bytes]) -> Agent:
    """Return the agent whose token came, as a bearer token or the way Anthropic's clients send a key."""
    key, authorization = headers.get(b"x-api-key"), headers.get(b"authorization")
    if authorization is None and key is not None:
        authorization = b"Bearer " + key
    caller = callers.identify(None if authorization is None else authorization.decode("latin-1"))
    match caller:
        case AgentCaller(agent):
            return agent
        case AdminCaller():
            raise Forbidden(
                "Models are asked for with an agent's token; to try an agent as administrator, use "
                "POST /api/v1/agents/{id}/chat."
            )
