"""Writes the weights file that the router ships."""

import json
from pathlib import Path

import vutler_router.routing.classify.model as shipped
from vutler_router.routing.classify.model import WEIGHTS_FILE, Model
from vutler_router.routing.classify.verdict import BUILT_IN

__all__ = ["WEIGHTS", "written"]

WEIGHTS = Path(shipped.__file__).with_name(WEIGHTS_FILE)


def written(model: Model) -> str:
    """Return the text of a weights file: one feature a line, sorted, so that two trainings can be compared."""
    lines = [f"  {json.dumps(name)}: {json.dumps(values)}" for name, values in sorted(model.weights.items())]
    head = f' "categories": {json.dumps(BUILT_IN)},\n "bias": {json.dumps(model.bias)},\n "weights": {{\n'
    return "{\n" + head + ",\n".join(lines) + "\n }\n}\n"
