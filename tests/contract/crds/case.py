"""What a case of a refused manifest is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A manifest that breaks exactly one rule.

    Attributes:
        sentence: What is wrong with it.
        path: Where the rule is stated, as in `rules.Rule`.
        field: The field that the refusal must name.
        says: Part of the refusal that says what to do; for a CEL rule, part of its message.
        spec: The spec that breaks the rule.
        before: The spec it had, for rules about changes.
        keyword: The rule's keyword.
        kind: The resource.
        name: The resource's name.
    """

    sentence: str
    path: str
    field: str
    says: str
    spec: Spec
    before: Spec | None = None
    keyword: str = "cel"
    kind: str = "Agent"
    name: str = "ava"

    @override
    def __str__(self) -> str:
        """Name the test."""
        return f"{self.kind}: {self.sentence}"

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest to refuse."""
        return manifest(self.kind, self.name, self.spec)

    def of_template(self) -> "Case":
        """Return the same mistake made in an AgentTemplate."""
        path, field = (text.replace("spec", "spec.agent", 1) for text in (self.path, self.field))
        return replace(self, kind="AgentTemplate", path=path, field=field, spec={"agent": self.spec})


def manifest(kind: str, name: str, spec: Spec, **more: Any) -> dict[str, Any]:
    """Return a manifest of one of this project's resources."""
    return {"apiVersion": "vutler.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec, **more}
