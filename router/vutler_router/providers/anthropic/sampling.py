"""Randomness, length and stops of an answer, within what Anthropic's models take."""

from collections.abc import Mapping
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.model_rules import ModelRules

__all__ = ["answer_length", "fitting_defaults", "sampling_fields", "stop_fields"]

_HOTTEST: Final = 2.0
_HOTTEST_HERE: Final = 1.0
_DEFAULT: Final = 1.0
_UNASKED: Final = (("temperature", _DEFAULT), ("top_p", _DEFAULT))
_THINKING: Final = ("thinking", "reasoning_effort")
_LENGTHS: Final = ("max_completion_tokens", "max_tokens")


def answer_length(fields: Mapping[str, object], default: int) -> int:
    """Return the most tokens of the answer, thinking included, which is what both dialects mean.

    Raises:
        InvalidRequest: not a whole number above zero.
    """
    for name in _LENGTHS:
        value = fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidRequest(f"`{name}` must be a whole number above zero.", param=name)
        return value
    return default


def sampling_fields(fields: Mapping[str, object], rules: ModelRules, *, thinking: bool) -> dict[str, object]:
    """Return `temperature`, `top_p` and `top_k`.

    OpenAI's temperature goes to 2, Anthropic's to 1: what is higher becomes 1, as at Anthropic's compatible endpoint
    ("OpenAI SDK compatibility"). A 1 is the default of both and is not sent, so it never stands in the way.

    Raises:
        InvalidRequest: out of range, or a value other than the default where the model takes none: from Claude 4.7 on,
            while it thinks, or beside another one.
    """
    temperature = _number(fields, "temperature", _HOTTEST)
    values = {
        "temperature": None if temperature is None else min(temperature, _HOTTEST_HERE),
        "top_p": _number(fields, "top_p", _DEFAULT),
        "top_k": fields.get("top_k"),
    }
    asked = {name: value for name, value in values.items() if value is not None and (name, value) not in _UNASKED}
    if asked and (thinking or not rules.samples):
        name = next(iter(asked))
        when = "while it thinks" if rules.samples else "at all"
        raise InvalidRequest(f"`{name}` cannot be set for this model {when}. Leave it out.", param=name)
    if rules.one_sampler and "temperature" in asked and "top_p" in asked:
        raise InvalidRequest("`top_p` and `temperature` cannot both be set for this model.", param="top_p")
    return asked


def fitting_defaults(
    fields: Mapping[str, object], rules: ModelRules, *, temperature: float | None, top_p: float | None
) -> dict[str, object]:
    """Return those defaults for what a request leaves open that its model would not refuse.

    A default is a wish, not the caller's word: where the model samples by itself or thinks, or where the caller has
    set the other one of the two, it is left out.

    Args:
        fields: A chat completion or a Messages request.
        rules: What the model takes.
        temperature: The default, on OpenAI's scale or Anthropic's.
        top_p: The default.
    """
    if not rules.samples or any(fields.get(name) is not None for name in _THINKING):
        return {}
    defaults = (("temperature", None if temperature is None else min(temperature, _HOTTEST_HERE)), ("top_p", top_p))
    found: dict[str, object] = {}
    for name, value in defaults:
        other = "top_p" if name == "temperature" else "temperature"
        alone = not rules.one_sampler or (fields.get(other) is None and other not in found)
        if value is not None and fields.get(name) is None and alone:
            found[name] = value
    return found


def stop_fields(stop: object) -> dict[str, object]:
    """Return `stop_sequences`; those of nothing but whitespace are dropped, for the API refuses them.

    Raises:
        InvalidRequest: neither text nor a list of texts.
    """
    texts = [stop] if isinstance(stop, str) else stop
    if texts is None:
        return {}
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidRequest("`stop` must be text or an array of texts.", param="stop")
    kept = [text for text in texts if text.strip()]
    return {"stop_sequences": kept} if kept else {}


def _number(fields: Mapping[str, object], name: str, most: float) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InvalidRequest(f"`{name}` must be a number from 0 to {most:g}.", param=name)
    return value
