"""What callers send about routing, as pydantic models; each becomes a value of the services."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from vutler_router.domain.routing import Comparison, ModelMapping, RouteCategory, RoutingSettings
from vutler_router.settings import RoutingMode, ToolsRule

__all__ = ["CategoryBody", "MappingBody", "RouteBody", "RoutingBody", "RulesBody"]

Text = Annotated[str, StringConstraints(max_length=4096)]
Texts = Annotated[list[Text], Field(max_length=1000)]


class ComparisonBody(BaseModel):
    """A second model for a share of a category's conversations."""

    model: Text
    percent: Annotated[int, Field(strict=True)]

    def to_value(self) -> Comparison:
        """Return the domain's value."""
        return Comparison(self.model, self.percent)


def _comparison(body: ComparisonBody | None) -> Comparison | None:
    return None if body is None else body.to_value()


class CategoryBody(BaseModel):
    """One kind of request and the models that are good at it."""

    name: Text
    models: Texts = []
    keywords: Texts = []
    description: Text = ""
    examples: Texts = []
    comparison: ComparisonBody | None = None
    built_in: bool = False

    def to_value(self) -> RouteCategory:
        """Return the domain's value."""
        return RouteCategory(
            self.name,
            tuple(self.models),
            tuple(self.keywords),
            self.description,
            tuple(self.examples),
            _comparison(self.comparison),
        )


class MappingBody(BaseModel):
    """The models of a category, in order."""

    category: Text
    models: Texts
    comparison: ComparisonBody | None = None

    def to_value(self) -> ModelMapping:
        """Return the domain's value."""
        return ModelMapping(self.category, tuple(self.models), _comparison(self.comparison))


class RulesBody(BaseModel):
    """All rules at once, as `GET /config` shows them; what it shows of built-in categories is passed over."""

    categories: list[CategoryBody] = Field([], max_length=1000)
    mappings: list[MappingBody] = Field([], max_length=1000)


class RoutingBody(BaseModel):
    """One agent's own routing."""

    mode: RoutingMode | None = None
    tools: ToolsRule | None = None
    categories: list[CategoryBody] = []

    def to_value(self) -> RoutingSettings:
        """Return the domain's value."""
        return RoutingSettings(self.mode, tuple(category.to_value() for category in self.categories), self.tools)


class RouteBody(BaseModel):
    """A request to be explained: `message`, or `messages` with the conversation so far, and the tools it carries."""

    message: str | None = Field(None, min_length=1)
    messages: list[dict[str, object]] | None = Field(None, min_length=1)
    tools: list[object] = []
    tool_choice: object = None
    max_tokens: int | None = Field(None, ge=1)
    session: Text = ""

    def fields(self) -> dict[str, object]:
        """Return the fields of the chat completions request that is meant."""
        messages = self.messages or [{"role": "user", "content": self.message or ""}]
        given = {"tools": self.tools or None, "tool_choice": self.tool_choice, "max_tokens": self.max_tokens}
        return {"messages": messages, **{name: value for name, value in given.items() if value is not None}}
