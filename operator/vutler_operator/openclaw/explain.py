"""Says in words what a schema found: where, and what is allowed there."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from vutler_operator.openclaw.fault import Fault, Path
from vutler_operator.openclaw.schema import Schema

__all__ = ["explain", "is_open", "name_unknown"]

_MANY: Final = 16
"""Names or values that can still be listed in a message."""

_VARIABLE: Final = re.compile(r"\$\{[A-Z_][A-Z0-9_]*\}")
"""OpenClaw puts an environment variable's value here before it judges: nobody can judge it earlier."""

_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "null": "null",
}

_BOUNDS: Final = {
    Kind.Minimum: "must be at least {}",
    Kind.Maximum: "must be at most {}",
    Kind.ExclusiveMinimum: "must be more than {}",
    Kind.ExclusiveMaximum: "must be less than {}",
    Kind.MinLength: "must have at least {} characters",
    Kind.MaxLength: "must have at most {} characters",
    Kind.MinItems: "must have at least {} entries",
    Kind.MaxItems: "must have at most {} entries",
    Kind.MinProperties: "must have at least {} entries",
    Kind.MaxProperties: "must have at most {} entries",
}

_Alternative = Sequence[ValidationError]
"""What speaks against one branch of a union."""


def explain(error: ValidationError, schema: Schema) -> Iterator[Fault]:
    """Yield what one error of the schema means; nothing where it hangs on an environment variable."""
    path = tuple(error.instance_path)
    match error.kind:
        case Kind.AnyOf(context=branches) | Kind.OneOfNotValid(context=branches):
            if not is_open(error.instance):
                yield from _explain_union(path, [*_alternatives(branches)], schema)
        case Kind.AdditionalProperties(unexpected=names):
            known = schema.part((*error.schema_path[:-1], "properties"))
            yield from (Fault((*path, name), name_unknown(name, known)) for name in names)
        case Kind.Required(property=name):
            yield Fault((*path, name), "is missing: add it")
        case Kind.PropertyNames(error=inner):
            name = str(inner.instance)
            yield Fault((*path, name), f"the name {_wanted([inner])}")
        case _:
            if not (isinstance(error.instance, str) and is_open(error.instance)):
                yield Fault(path, _wanted([error]))


def is_open(value: object) -> bool:
    """Tell whether a value, or one inside it, is only known once environment variables are put in."""
    match value:
        case str():
            return _VARIABLE.search(value) is not None
        case dict():
            return any(is_open(part) for part in value.values())
        case list():
            return any(is_open(part) for part in value)
        case _:
            return False


def name_unknown(name: str, known: Iterable[str]) -> str:
    """Say that there is no setting of a name, and which one may be meant."""
    names = sorted(known)
    if near := difflib.get_close_matches(name, names, n=1, cutoff=0.7):
        return f'unknown setting (did you mean "{near[0]}"?)'
    if names and len(names) <= _MANY:
        return f"unknown setting; known here: {', '.join(names)}"
    return "unknown setting"


def _alternatives(branches: Iterable[_Alternative]) -> Iterator[_Alternative]:
    """Yield the branches of a union, with those of unions directly inside it instead of these."""
    for branch in branches:
        match [error.kind for error in branch]:
            case [Kind.AnyOf(context=inner)] | [Kind.OneOfNotValid(context=inner)] if _is_own(branch[0], branches):
                yield from _alternatives(inner)
            case _:
                yield branch


def _is_own(error: ValidationError, branches: Iterable[_Alternative]) -> bool:
    """Tell whether an error speaks of the whole value of the union and not of something inside it."""
    return len(error.instance_path) == min(len(other.instance_path) for branch in branches for other in branch)


def _explain_union(path: Path, alternatives: list[_Alternative], schema: Schema) -> Iterator[Fault]:
    """Explain by the branch that was most probably meant; if none is near, say what all of them want."""

    def _distance(alternative: _Alternative) -> tuple[int, int]:
        marks = sum(isinstance(error.kind, Kind.Constant) for error in alternative)
        return marks, len(alternative)

    inside = [each for each in alternatives if not any(_is_whole(error, path) for error in each)]
    if inside:
        for error in min(inside, key=_distance):
            yield from explain(error, schema)
    else:
        yield Fault(path, _wanted([error for each in alternatives for error in each if _is_whole(error, path)]))


def _is_whole(error: ValidationError, path: Path) -> bool:
    return len(error.instance_path) == len(path) and not isinstance(
        error.kind, (Kind.AdditionalProperties, Kind.Required)
    )


def _wanted(errors: Iterable[ValidationError]) -> str:
    """Say what would be allowed instead; the value itself is not shown."""
    values: list[Any] = []
    types: list[str] = []
    others: list[str] = []
    for error in errors:
        match error.kind:
            case Kind.Enum(options=options):
                values.extend(options)
            case Kind.Constant(expected_value=value):
                values.append(value)
            case Kind.Type(types=wanted):
                types.extend(_TYPES[name] for name in wanted)
            case kind:
                others.append(_bound(kind))
    choices = [*dict.fromkeys(json.dumps(value, ensure_ascii=False) for value in values)]
    if len(choices) > _MANY:
        choices = [*choices[:_MANY], "…"]
    parts = [*choices, *dict.fromkeys(types)]
    if parts:
        one_of = "one of " if len(choices) > 1 else ""
        return f"must be {one_of}{' or '.join([', '.join(parts[:-1]), parts[-1]] if parts[1:] else parts)}"
    return others[0] if others else "is not what OpenClaw takes here"


def _bound(kind: Kind) -> str:
    match kind:
        case Kind.MinLength(limit=1):
            return "must not be empty"
        case Kind.Pattern(pattern=r"\S"):
            return "must not be blank"
        case Kind.Pattern(pattern=pattern):
            return f"must match {pattern}"
        case Kind.UniqueItems():
            return "must not have an entry twice"
        case _ if (words := _BOUNDS.get(type(kind))) is not None:
            return words.format(kind.value)
        case _:
            return "is not what OpenClaw takes here"
