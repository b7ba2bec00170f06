"""How a stream says that it lives, and that it failed, in the words of each surface."""

from typing import Final, assert_never

import orjson

from vutler_router.providers.sse import encode_event
from vutler_router.providers.surfaces import Surface
from vutler_router.wire.faults import Fault

__all__ = ["error_body_on", "error_event_on", "keep_alive_on"]

_COMMENT: Final = b": keep-alive\n\n"
_PING: Final = b'event: ping\ndata: {"type": "ping"}\n\n'


def keep_alive_on(surface: Surface) -> bytes:
    """Return what clients pass over: a comment, or the ping that Anthropic's own streams carry."""
    return _PING if surface is Surface.MESSAGES else _COMMENT


def error_body_on(surface: Surface, fault: Fault) -> bytes:
    """Return a refusal's body; Anthropic's clients look for a `type` beside the error."""
    if surface is Surface.MESSAGES:
        return orjson.dumps({"type": "error", **orjson.loads(fault.body)})
    return fault.body


def error_event_on(surface: Surface, fault: Fault) -> bytes:
    """Return the event by which a stream ends that broke."""
    match surface:
        case Surface.CHAT | Surface.EMBEDDINGS:
            return encode_event(fault.body)
        case Surface.MESSAGES:
            return b"event: error\n" + encode_event(error_body_on(surface, fault))
        case Surface.RESPONSES:
            return b"event: error\n" + encode_event(orjson.dumps(_responses_error(orjson.loads(fault.body)["error"])))
        case _ as never:
            assert_never(never)


def _responses_error(error: dict[str, object]) -> dict[str, object]:
    """Say it the way the Responses API does, flat, and once more where OpenAI's clients look in every stream."""
    return {**error, "type": "error", "sequence_number": 0, "error": error}
