import json

from openai import AsyncOpenAI

from tests.support.running_router import KEY, MODEL, RunningRouter
from tests.support.scripted_upstream import USAGE, ScriptedUpstream, answer, delta, event, stream, told, usage_chunk

ASKED = {"stream": True, "stream_options": {"include_usage": True}}


def client_of(router: RunningRouter, token: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{router.url}/v1", api_key=token, max_retries=0)


async def test_the_official_client_gets_a_whole_answer(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(answer("Good morning"))
    async with client_of(router, await router.agent()) as client:
        completion = await client.chat.completions.create(
            model="router", messages=[{"role": "user", "content": "Hello"}]
        )
    assert completion.choices[0].message.content == "Good morning"
    assert completion.usage is not None
    assert completion.usage.total_tokens == USAGE["total_tokens"]


async def test_the_official_client_gets_a_stream(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(*told(["Good ", "morning"])))
    async with client_of(router, await router.agent()) as client:
        chunks = await client.chat.completions.create(
            model="router", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        words = [chunk.choices[0].delta.content or "" async for chunk in chunks]
    assert "".join(words) == "Good morning"


async def test_a_whole_answer_is_the_providers_bytes(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    reply = answer("Grüße", unknown_field={"kept": [1, 2.50, None]})
    upstream.play(reply)
    response = await router.chat(await router.agent())
    assert response.content == b"".join(piece for piece in reply.pieces if isinstance(piece, bytes))


async def test_a_stream_is_the_providers_bytes(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    events = [b": thinking\r\n\r\n", *told(["Grü", "ße"], newline="\r\n")]
    upstream.play(stream(*events))
    response = await router.chat(await router.agent(), **ASKED)
    assert response.content == b"".join(events)


async def test_answers_say_who_gave_them(router: RunningRouter) -> None:
    response = await router.chat(await router.agent())
    told_headers = {name: value for name, value in response.headers.items() if name.startswith("x-")}
    assert told_headers == {
        "x-request-id": response.headers["x-request-id"],
        "x-vutler-provider": "openai",
        "x-vutler-model": MODEL,
        "x-vutler-category": "",
        "x-vutler-attempts": "1",
    }
    assert response.headers["x-request-id"].startswith("req_")


async def test_unknown_fields_reach_the_provider(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    await router.chat(await router.agent(), reasoning_effort="low", vendor={"deep": [True]})
    sent = upstream.received[0].json
    assert sent["model"] == MODEL
    assert (sent["reasoning_effort"], sent["vendor"]) == ("low", {"deep": [True]})


async def test_a_request_that_needs_no_change_is_sent_as_it_came(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await router.agent()
    body = b'{ "messages" : [{"role":"user","content":"Gr\\u00fc\\u00dfe"}],  "model":"scripted-1", "seed": 1.0 }'
    await router.http.post("/v1/chat/completions", content=body, headers={"authorization": f"Bearer {token}"})
    assert upstream.received[0].body == body


async def test_only_the_providers_own_key_goes_upstream(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    token = await router.agent()
    headers = {"authorization": f"Bearer {token}", "cookie": "a=b", "x-forwarded-for": "10.0.0.1", "x-own": "1"}
    await router.http.post(
        "/v1/chat/completions", json={"messages": [{"role": "user", "content": "Hello"}]}, headers=headers
    )
    received = upstream.received[0].headers
    assert received["authorization"] == f"Bearer {KEY}"
    assert not {"cookie", "x-forwarded-for", "x-own"} & received.keys()


async def test_usage_is_asked_for_and_taken_out_again(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(*told(["Hi"])))
    response = await router.chat(await router.agent(), stream=True)
    assert upstream.received[0].json["stream_options"] == {"include_usage": True}
    assert response.content == b"".join(told(["Hi"], usage=False))
    (row,) = await router.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (11, 3, "provider")


async def test_usage_inside_a_content_event_is_counted_and_the_event_kept(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    counts = [{"prompt_tokens": 11, "completion_tokens": count, "total_tokens": 11 + count} for count in (1, 2)]
    events = [event(delta("a", usage=counts[0])), event(delta("b", finish="stop", usage=counts[1])), event("[DONE]")]
    upstream.play(stream(*events))
    response = await router.chat(await router.agent(), stream=True)
    assert response.content == b"".join(events)
    (row,) = await router.rows()
    assert row["tokens_output"] == 2


async def test_a_caller_who_asked_for_usage_gets_it(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(*told(["Hi"])))
    response = await router.chat(await router.agent(), **ASKED)
    assert json.dumps(usage_chunk()["usage"]).encode() in response.content


async def test_default_parameters_fill_what_the_request_leaves_open(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await router.agent(
        provider="openai", model=MODEL, api_key=KEY, parameters={"temperature": 0.2, "max_tokens": 50, "top_p": 0.9}
    )
    await router.chat(token, temperature=0.7)
    sent = upstream.received[0].json
    assert (sent["temperature"], sent["max_tokens"], sent["top_p"]) == (0.7, 50, 0.9)
