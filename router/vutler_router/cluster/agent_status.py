"""The status of an Agent as the operator writes it, as far as the router reads it."""

from datetime import datetime

from pydantic import BaseModel, Field

__all__ = ["AgentStatus", "Condition"]


class Condition(BaseModel):
    """One of `status.conditions`."""

    type: str
    status: str = "Unknown"
    reason: str = ""
    message: str = ""
    transition: datetime | None = Field(default=None, alias="lastTransitionTime")


class AgentStatus(BaseModel):
    """An Agent's `status`; empty before the operator saw the Agent."""

    phase: str | None = None
    observed: int = Field(0, alias="observedGeneration")
    conditions: tuple[Condition, ...] = ()
