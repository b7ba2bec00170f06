"""The trained part: what each feature says for each category, added up."""

import functools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from vutler_router.routing.classify.verdict import BUILT_IN

__all__ = ["WEIGHTS_FILE", "Model", "read_model", "shares", "shipped_model"]

WEIGHTS_FILE = "weights.json"
"""Written by `python -m hack.routing train`."""

_Weights = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Model:
    """A linear model over the built-in categories, in the order of `BUILT_IN`."""

    bias: _Weights
    weights: Mapping[str, _Weights]
    """What a feature adds to each category's score; features that are not in it say nothing."""

    def scores(self, features: Iterable[str]) -> _Weights:
        """Return the score of each category; `shares` turns them into probabilities."""
        code, reasoning, conversation = self.bias
        get = self.weights.get
        for feature in features:
            weight = get(feature)
            if weight is not None:
                code += weight[0]
                reasoning += weight[1]
                conversation += weight[2]
        return code, reasoning, conversation

    def strongest(self, features: Iterable[str], category: int, count: int) -> list[str]:
        """Return the features that speak most for a category and against the others, the strongest first."""
        spoken = []
        for feature in features:
            weight = self.weights.get(feature)
            if weight is not None:
                said = 3 * weight[category] - weight[0] - weight[1] - weight[2]
                if said > 0:
                    spoken.append((-said, feature))
        spoken.sort()
        return [feature for _, feature in spoken[:count]]


def read_model(source: str) -> Model:
    """Return the model of a weights file.

    Raises:
        ValueError: The file is not one that the trainer wrote for these categories; train again.
    """
    data = json.loads(source)
    if tuple(data["categories"]) != BUILT_IN:
        message = f"the weights are for {data['categories']}, not {list(BUILT_IN)}: run `make train-routing`"
        raise ValueError(message)
    return Model(_three(data["bias"]), {name: _three(values) for name, values in data["weights"].items()})


@functools.cache
def shipped_model() -> Model:
    """Return the model that is shipped; its file is read once, at the first request."""
    return read_model(resources.files(__package__).joinpath(WEIGHTS_FILE).read_text("utf-8"))


def shares(scores: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities that belong to scores (softmax)."""
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised)
    return tuple(value / total for value in raised)


def _three(values: Sequence[float]) -> _Weights:
    code, reasoning, conversation = values
    return float(code), float(reasoning), float(conversation)
