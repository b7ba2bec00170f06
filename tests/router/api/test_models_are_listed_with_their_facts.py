from tests.support.running_router import KEY, RunningRouter


async def listed(router: RunningRouter, provider: str, model: str) -> list[dict[str, object]]:
    token = await router.agent(provider=provider, model=model, api_key=KEY)
    response = await router.http.get("/v1/models", headers={"authorization": f"Bearer {token}"})
    data: list[dict[str, object]] = response.json()["data"]
    return data


async def test_a_known_model_has_limits_capabilities_and_price(router: RunningRouter) -> None:
    _, model = await listed(router, "openai", "gpt-4o-mini-2024-07-18")

    assert model == {
        "id": "gpt-4o-mini-2024-07-18",
        "object": "model",
        "created": 0,
        "owned_by": "openai",
        "context_window": 128_000,
        "max_output_tokens": 16_384,
        "capabilities": ["json_schema", "tools", "vision"],
        "pricing": {"unit": "USD per 1M tokens", "input": 0.15, "output": 0.6, "cached_input": 0.075},
    }


async def test_a_model_at_openrouter_has_the_makers_facts_and_price(router: RunningRouter) -> None:
    _, model = await listed(router, "openrouter", "anthropic/claude-haiku-4.5")

    assert model["context_window"] == 200_000
    assert model["capabilities"] == ["json_schema", "reasoning", "tools", "vision"]
    assert model["pricing"] == {"unit": "USD per 1M tokens", "input": 1, "output": 5, "cached_input": 0.1}


async def test_what_is_unknown_of_a_model_is_null(router: RunningRouter) -> None:
    chosen, model = await listed(router, "openai", "gpt-of-tomorrow")

    unknown: dict[str, object] = {
        "context_window": None,
        "max_output_tokens": None,
        "capabilities": [],
        "pricing": None,
    }
    fixed = {"object": "model", "created": 0}
    assert chosen == {"id": "router", "owned_by": "vutler", **fixed, **unknown}
    assert model == {"id": "gpt-of-tomorrow", "owned_by": "openai", **fixed, **unknown}
