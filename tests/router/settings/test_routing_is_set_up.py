import pytest

from vutler_router.settings import RoutingMode, SettingsError, ToolsRule, load_settings

OLLAMA = "http://ollama.models:11434"


def complaint(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value)


def test_nothing_has_to_be_said() -> None:
    settings = load_settings({})

    assert (settings.routing_mode, settings.routing_tools) == (RoutingMode.OFF, ToolsRule.NEEDED)
    assert (settings.ollama_model, settings.routing_api_model) == ("qwen2.5:0.5b", None)
    assert (settings.routing_timeout, settings.routing_sure) == (1.5, 0.75)


def test_all_of_it_can_be_said() -> None:
    settings = load_settings(
        {
            "ROUTING_MODE": "Hybrid",
            "ROUTING_TOOLS": "Present",
            "ROUTING_API_MODEL": "openrouter/qwen/qwen3-8b:free",
            "ROUTING_TIMEOUT": "0.8",
            "ROUTING_SURE": "0.9",
            "OLLAMA_URL": OLLAMA,
            "OLLAMA_MODEL": "llama3.2:1b",
        }
    )

    assert settings.routing_tools is ToolsRule.PRESENT
    assert settings.routing_api_model == "openrouter/qwen/qwen3-8b:free"
    assert (settings.ollama_url, settings.ollama_model) == (OLLAMA, "llama3.2:1b")
    assert (settings.routing_timeout, settings.routing_sure) == (0.8, 0.9)


@pytest.mark.parametrize("rule", [*ToolsRule])
def test_rules_for_tools_are_read_in_any_case(rule: ToolsRule) -> None:
    assert load_settings({"ROUTING_TOOLS": f" {rule.value.upper()} "}).routing_tools is rule


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_hybrid_may_ask_never_and_always(sure: float) -> None:
    assert load_settings({"ROUTING_SURE": str(sure)}).routing_sure == sure


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("ROUTING_TOOLS", "sometimes", "'Needed'"),
        ("ROUTING_API_MODEL", "gpt-4o-mini", "must be written provider/model"),
        ("ROUTING_API_MODEL", "openai/", "must be written provider/model"),
        ("ROUTING_API_MODEL", "openai/ ", "must be written provider/model"),
        ("ROUTING_API_MODEL", "acme/gpt-4o-mini", "one of the providers anthropic"),
        ("ROUTING_API_MODEL", "custom/gpt-4o-mini", "one of the providers anthropic"),
        ("ROUTING_API_MODEL", "openai/gpt-4o, openai/gpt-4o-mini", "must be written provider/model"),
        ("ROUTING_TIMEOUT", "0", "greater than 0"),
        ("ROUTING_TIMEOUT", "soon", "valid number"),
        ("ROUTING_SURE", "75", "less than or equal to 1"),
        ("ROUTING_SURE", "-0.1", "greater than or equal to 0"),
        ("ROUTING_SURE", "nan", "less than or equal to 1"),
        ("ROUTING_TOOL", "Needed", "did you mean ROUTING_TOOLS?"),
    ],
)
def test_a_malformed_value_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    text = complaint(**{name: value})

    assert text.startswith(f"{name}: ")
    assert remedy in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("mode", "missing", "enough"),
    [
        ("Ollama", "OLLAMA_URL", {"OLLAMA_URL": OLLAMA}),
        ("API", "ROUTING_API_MODEL", {"ROUTING_API_MODEL": "openai/gpt-4o-mini"}),
    ],
)
def test_a_mode_that_has_nobody_to_ask_stops_the_start(mode: str, missing: str, enough: dict[str, str]) -> None:
    assert complaint(ROUTING_MODE=mode).startswith(f"{missing}: required with ROUTING_MODE={mode}")
    assert load_settings({"ROUTING_MODE": mode, **enough}).routing_mode == mode


@pytest.mark.parametrize("mode", ["Off", "Keywords", "Hybrid"])
def test_other_modes_work_alone(mode: str) -> None:
    assert load_settings({"ROUTING_MODE": mode}).routing_mode == mode
