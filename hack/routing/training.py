"""Learns the weights: softmax regression over binary features, by AdaGrad, the same for the same prompts every time."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vutler_router.routing.classify.model import Model
from vutler_router.routing.classify.verdict import BUILT_IN

__all__ = ["Example", "fit"]

_EPOCHS = 24
_RATE = 0.18
_SEED = 7
_PENALTY = 1.0
"""L2: how much a weight must earn its size."""

_SCALE = {"w": 0.8, "b": 0.5, "x": 0.5, "y": 0.5}
"""Learnt words and crossed features are told to matter less than the lists, the shapes and the beginning: they do not
travel as well from one source of prompts to another."""

_LEARNT = ("w", "b")
_SOURCES = 2
"""A word or pair is learnt only if this many sources use it."""

_DIGITS = 3
_LEAST = 0.004
"""Weights that are smaller than this in every category are dropped."""

_CLASSES = range(len(BUILT_IN))


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt as the trainer sees it."""

    features: tuple[str, ...]
    label: int
    """The place of its category in `BUILT_IN`."""
    source: str


def fit(examples: Sequence[Example]) -> Model:
    """Return the model that these examples teach."""
    known = _known(examples)
    names = sorted(known)
    places = {name: place for place, name in enumerate(names)}
    rows = [
        ([(places[name], _SCALE.get(name[0], 1.0)) for name in example.features if name in places], example.label)
        for example in examples
    ]
    bias, weights = _descend(rows, [known[name] for name in names])
    kept = {}
    for name, values in zip(names, weights, strict=True):
        scale = _SCALE.get(name[0], 1.0)
        scaled = [round(value * scale, _DIGITS) for value in values]
        if max(map(abs, scaled)) >= _LEAST:
            kept[name] = (scaled[0], scaled[1], scaled[2])
    return Model((round(bias[0], _DIGITS), round(bias[1], _DIGITS), round(bias[2], _DIGITS)), kept)


def _known(examples: Iterable[Example]) -> dict[str, int]:
    """Return the features worth a weight, and how many examples have each."""
    counts: dict[str, int] = {}
    sources: dict[str, set[str]] = {}
    for example in examples:
        for name in example.features:
            counts[name] = counts.get(name, 0) + 1
            sources.setdefault(name, set()).add(example.source)
    return {name: count for name, count in counts.items() if name[0] not in _LEARNT or len(sources[name]) >= _SOURCES}


_Row = tuple[list[tuple[int, float]], int]


def _descend(rows: list[_Row], counts: list[int]) -> tuple[list[float], list[list[float]]]:
    weights = [[0.0] * len(_CLASSES) for _ in counts]
    grown = [[1e-3] * len(_CLASSES) for _ in counts]
    bias = [0.0] * len(_CLASSES)
    bias_grown = [1e-3] * len(_CLASSES)
    order = list(range(len(rows)))
    shuffle = random.Random(_SEED)  # noqa: S311 - the order of the examples, not a secret
    for epoch in range(_EPOCHS):
        shuffle.shuffle(order)
        rate = _RATE * (1 - epoch / _EPOCHS)
        for at in order:
            features, label = rows[at]
            wrong = _errors(features, label, weights, bias)
            for each in _CLASSES:
                bias_grown[each] += wrong[each] * wrong[each]
                bias[each] -= rate * wrong[each] / math.sqrt(bias_grown[each])
            for place, value in features:
                weight, growth, share = weights[place], grown[place], _PENALTY / counts[place]
                for each in _CLASSES:
                    slope = wrong[each] * value + share * weight[each]
                    growth[each] += slope * slope
                    weight[each] -= rate * slope / math.sqrt(growth[each])
    return bias, weights


def _errors(
    features: list[tuple[int, float]], label: int, weights: list[list[float]], bias: list[float]
) -> list[float]:
    first, second, third = bias
    for place, value in features:
        weight = weights[place]
        first += value * weight[0]
        second += value * weight[1]
        third += value * weight[2]
    top = max(first, second, third)
    raised = [math.exp(first - top), math.exp(second - top), math.exp(third - top)]
    total = sum(raised)
    wrong = [value / total for value in raised]
    wrong[label] -= 1.0
    return wrong
