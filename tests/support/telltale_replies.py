"""Failures in which a provider repeats the key it was sent, in every place and spelling that providers have."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from tests.router.providers.anthropic.streams import head, text_block
from tests.support.openai_replies import response_events
from tests.support.scripted_upstream import Cut, Reply, delta, event, failure, stream

__all__ = ["BEGINNINGS", "broken_streams", "refusals"]

BEGINNINGS: Mapping[str, Sequence[bytes]] = {
    "/v1/chat/completions": [event(delta()), event(delta("Hello "))],
    "/v1/messages": [head(), *text_block(0, "Hello ")[:-1]],
    "/v1/responses": response_events("Hello "),
}
"""The start of a streamed answer, by the path at which the provider is asked."""

_JSON = [("content-type", "application/json")]
_HTML = [("content-type", "text/html")]
_STATUSES = (400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529)


def refusals(key: str) -> Iterator[tuple[str, Reply]]:
    """Yield answers that are none, each by its name."""
    for status in _STATUSES:
        yield f"{status}", failure(status, f"Incorrect API key provided: {key}. You sent: Bearer {key}.")
    for spelling, text in _texts(key):
        yield f"401, {spelling}", failure(401, text)
        yield f"200, {spelling}", _reply(200, {"error": {"message": text, "type": "server_error"}})
    for shape, body in _bodies(key):
        yield f"500, {shape}", _reply(500, body)
        yield f"400, {shape}", _reply(400, body)
    for name, value in _headers(key):
        yield f"header {name}", Reply(status=429, pieces=(b"{}",), headers=[*_JSON, (name, value)])
    yield "a redirect", Reply(status=302, headers=[("location", f"https://elsewhere.example/?key={quote(key)}")])
    for status in (200, 401, 500):
        yield f"{status}, a page", Reply(status=status, pieces=(f"<p>{key}</p>".encode(),), headers=_HTML)
        yield f"{status}, broken JSON", Reply(status=status, pieces=(b'{"error": {"message": "' + key.encode(),))
        yield f"{status}, bytes", Reply(status=status, pieces=(b"\xff\xfe" + key.encode(),), headers=())
        yield f"{status}, cut", Reply(status=status, pieces=(b'{"error": "' + key.encode(), Cut()), headers=_JSON)


def broken_streams(key: str, path: str) -> Iterator[tuple[str, Reply]]:
    """Yield streams that begin as answers do at this path and then fail, each by its name."""
    begun = BEGINNINGS[path]
    for name, end in [*_endings(f"No luck with {key}", key), *_own_endings(f"No luck with {key}", path)]:
        yield f"{name} at once", stream(*end)
        yield f"{name} after the beginning", stream(*begun, *end)
    yield "no stream", _reply(200, {"error": {"message": key}})


def _endings(text: str, key: str) -> Iterator[tuple[str, Sequence[bytes | Cut]]]:
    error = {"error": {"message": text, "type": "server_error", "code": key, "param": key}}
    whole = event(error)
    spelt = json.dumps(key)[1:-1].encode()
    half = whole.index(spelt) + len(spelt)
    yield "an error", [whole]
    yield "an error named so", [b"event: error\n" + whole]
    yield "Anthropic's error", [b"event: error\n" + event({"type": "error", **error})]
    yield "an error in pieces", [whole[:20], whole[20:40], whole[40:]]
    yield "an error over two lines", [whole.replace(b'"error": {', b'"error":\ndata: {')]
    yield "an error as text", [event({"error": text})]
    yield "an error cut in the middle", [whole[:half], Cut()]
    yield "an error that ends in the middle", [whole[:half]]
    yield "no JSON", [event(text)]
    yield "bare text", [text.encode() + b"\n\n"]


def _own_endings(text: str, path: str) -> Iterator[tuple[str, Sequence[bytes]]]:
    """Yield the endings that only one dialect has."""
    error = {"error": {"message": text, "code": 502}}
    if path == "/v1/responses":
        yield "a failed response", [event({"type": "response.failed", "response": error})]
    if path == "/v1/chat/completions":
        choice = {"index": 0, "finish_reason": "error", "delta": {}}
        yield "a choice that failed", [event({"choices": [{**choice, **error}]})]
        yield "a choice that failed beside its error", [event({"choices": [choice], **error})]


def _texts(key: str) -> Iterator[tuple[str, str]]:
    encoded = base64.b64encode(f"user:{key}".encode()).decode()
    yield "base64", f"Basic {encoded} is wrong; again {encoded}"
    yield "base64 for URLs", base64.urlsafe_b64encode(key.encode()).decode()
    yield "a URL", f"POST https://up.example/v1?key={quote(key, safe='')} failed"
    yield "JSON", json.dumps({"headers": {"authorization": f"Bearer {key}"}})
    yield "JSON in JSON", json.dumps({"body": json.dumps({"key": key})})
    yield "capitals", f"UNKNOWN KEY {key.upper()}"
    yield "a long text", "x" * 490 + f" {key} " + "y" * 200
    yield "a very long text", "x" * 70_000 + key
    yield "lines", f"first\n{key}\r\n\tlast"


def _bodies(key: str) -> Iterator[tuple[str, object]]:
    text = f"key {key} refused"
    yield "a text as error", {"error": text}
    yield "Mistral's", {"object": "error", "message": text, "type": key, "param": key, "code": key}
    yield "Anthropic's", {"type": "error", "error": {"type": "api_error", "message": text}}
    yield "FastAPI's", {"detail": [{"loc": ["body", key], "msg": text, "input": key}]}
    yield "Gemini's", [{"error": {"code": 400, "message": text, "status": key, "details": [{"reason": key}]}}]
    yield "OpenRouter's", {"error": {"code": 502, "message": "failed", "metadata": {"raw": json.dumps({"k": key})}}}
    yield "MiniMax's", {"base_resp": {"status_code": 1004, "status_msg": text}}
    yield "names", {"error": {"message": "", "type": key, "code": key, "param": f"messages[0].{key}"}}


def _headers(key: str) -> Iterator[tuple[str, str]]:
    yield "retry-after", key
    yield "x-request-id", key
    yield "www-authenticate", f'Bearer realm="{key}"'
    yield "x-vutler-provider", key
    yield "set-cookie", f"key={key}"


def _reply(status: int, body: object) -> Reply:
    return Reply(status=status, pieces=(json.dumps(body).encode(),), headers=_JSON)
