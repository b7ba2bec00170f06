import base64

import httpx
import pytest

from vutler_operator.cluster.client import _judge
from vutler_operator.errors import ClusterError, RouterError
from vutler_operator.resources.objects import ObjectRef
from vutler_operator.router_client import _refusal
from vutler_operator.secrecy import hide, secrets_in

KEY = "sk-live-0123456789abcdef"
CODED = base64.b64encode(KEY.encode()).decode()


def test_secrets_are_found_by_the_names_under_which_they_are_sent() -> None:
    record = {"llm": {"api_key": KEY, "fallbacks": [{"api_key": "gsk-9876543210"}]}, "gateway": {"token": "t-012345"}}
    manifest = {"kind": "Secret", "metadata": {"name": "ava"}, "data": {"token": CODED}}

    assert set(secrets_in(record)) >= {KEY, "gsk-9876543210", "t-012345"}
    assert set(secrets_in([{"op": "add", "path": "/data", "value": manifest["data"]}])) == {CODED, KEY}
    assert set(secrets_in(manifest)) == {CODED, KEY}
    assert set(secrets_in(None)) == set()


def test_short_texts_are_left_alone() -> None:
    assert hide("no key under key", iter(["key"])) == "no key under key"


def test_a_router_that_quotes_a_key_is_not_quoted() -> None:
    answer = httpx.Response(400, json={"error": {"message": f"the key {KEY} is not known", "code": "bad_key"}})

    error = _refusal(answer, {"llm": {"api_key": KEY}})

    assert (str(error), error.code) == ("400: the key *** is not known", "bad_key")
    assert isinstance(error, RouterError)


def test_an_api_server_that_quotes_a_secret_is_not_quoted() -> None:
    refused = f'{{"message": "admission webhook denied {CODED} and {KEY}"}}'.encode()

    with pytest.raises(ClusterError) as raised:
        _judge(422, refused, ObjectRef("Secret", "team-a", "ava"), {"data": {"router-token": CODED}})

    assert str(raised.value) == "Secret team-a/ava: admission webhook denied *** and ***"
