"""What a tool takes: a model whose schema a language model reads, and complaints that it can act upon."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from vutler_router.errors import InvalidRequest

__all__ = ["Arguments", "NoArguments", "read_arguments", "schema_of"]

_MOST_PROBLEMS: Final = 5


class Arguments(BaseModel):
    """Arguments of a tool; every field says what it is for, in a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @property
    def target(self) -> str:
        """What the call is about, for the audit: a path, recipient, channel or agent, no contents."""
        return ""


class NoArguments(Arguments):
    """For tools that take none."""


A = TypeVar("A", bound=Arguments)


def read_arguments(kind: type[A], given: object) -> A:
    """Check arguments.

    Raises:
        InvalidRequest: saying everything that is wrong, and what is known.
    """
    try:
        return kind.model_validate({} if given is None else given)
    except ValidationError as error:
        problems = [_worded(problem, kind) for problem in error.errors(include_url=False, include_input=False)]
        raise InvalidRequest(
            f"{'; '.join(problems[:_MOST_PROBLEMS])}. Correct this and call again.", code="invalid_arguments"
        ) from None


def schema_of(kind: type[Arguments]) -> dict[str, Any]:
    """Return the JSON schema of arguments, without what a model need not read."""
    pruned: dict[str, Any] = _pruned(kind.model_json_schema())
    return pruned | {"additionalProperties": False}


def _worded(problem: Any, kind: type[BaseModel]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    match problem["type"]:
        case "missing":
            return f"{place} is missing"
        case "extra_forbidden":
            known = ", ".join(kind.model_fields) or "none"
            return f"there is no argument {place[:60]}; known are: {known}"
        case _:
            message = str(problem["msg"]).removeprefix("Value error, ")
            return f"{place or 'the arguments'}: {message[:1].lower()}{message[1:]}"


def _pruned(schema: Any) -> Any:
    """Drop titles, which repeat names, and say `T or null` as T: what may be null may be left out."""
    if isinstance(schema, list):
        return [_pruned(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: {key: _pruned(part) for key, part in value.items()} if name == "properties" else _pruned(value)
        for name, value in schema.items()
        if name not in {"title", "default" if schema.get("default", 0) is None else "title"}
    }
    choices = kept.pop("anyOf", None)
    if choices is not None:
        kept |= next(choice for choice in choices if choice.get("type") != "null")
    if "properties" not in schema:
        return kept
    return {name: value for name, value in kept.items() if name != "description"}
