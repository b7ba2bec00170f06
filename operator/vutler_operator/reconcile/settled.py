"""Remembers which agents were found as they should be, so that an echo of the operator's own work costs little.

A pod on its way to Ready changes its Deployment, its claim and itself a dozen times. None of that has anything to do
with what the children are built from; to build and compare all seven each time was two thirds of the operator's work
(measured with 100 agents at once, see docs/benchmarks.md).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from vutler_operator.builders import AgentInputs
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import ObjectRef, uid_of

__all__ = ["Settled"]


@dataclass(frozen=True, slots=True)
class _Memory:
    inputs: bytes
    children: tuple[tuple[ObjectRef, bytes], ...]
    """Each child with the fingerprint of its content."""


class Settled:
    """The agents whose children were brought up to date, from what inputs, and how the children were then."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._memories: dict[ObjectRef, _Memory] = {}

    def holds(self, agent: ObjectRef, inputs: AgentInputs) -> bool:
        """Tell whether neither the inputs nor the content of any child changed since."""
        memory = self._memories.get(agent)
        return (
            memory is not None
            and all(self._store.fingerprint(ref) == known for ref, known in memory.children)
            and memory.inputs == _digest(inputs)
        )

    def remember(self, agent: ObjectRef, inputs: AgentInputs, children: Mapping[ObjectRef, bytes]) -> None:
        """Note that all children are what the inputs make of them, if they are as when they were compared.

        Their fingerprints are of that moment: a change that came in since shows as one.
        """
        self._memories[agent] = _Memory(_digest(inputs), tuple(children.items()))

    def forget(self, agent: ObjectRef) -> None:
        """Drop what is remembered of an agent."""
        self._memories.pop(agent, None)


def _digest(inputs: AgentInputs) -> bytes:
    """Return a hash of all that children are built from; the settings never change while the operator runs."""
    tokens = inputs.tokens
    parts = (
        uid_of(inputs.owner),
        inputs.spec.model_dump_json(),
        (tokens.router, tokens.gateway, tokens.rotated_for, tokens.minted_at),
        inputs.prompt,
        dict(inputs.skills),
        dict(inputs.external),
    )
    return hashlib.blake2b(orjson.dumps(parts), digest_size=16).digest()
