"""How the pydantic mirrors of the CRDs behave: camelCase outside, frozen, nothing unknown."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = ["KeyRef", "NameRef", "Schema"]


class Schema(BaseModel):
    """Root of the mirrors."""

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )


class NameRef(Schema):
    """Names an object of the same namespace."""

    name: str


class KeyRef(Schema):
    """Names a key of a Secret or ConfigMap of the same namespace."""

    name: str
    key: str
    optional: bool = False
