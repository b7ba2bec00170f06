"""The rules for names that come from outside."""

import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from vutler_router.errors import InvalidRequest

__all__ = ["DEFAULT_WORKSPACE", "AgentId"]

DEFAULT_WORKSPACE: Final = "default"
"""Where an agent lives that is named without a workspace."""

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_LONGEST_WORKSPACE: Final = 63
_LONGEST_NAME: Final = 52
_ID: Final = re.compile(rf"(?:({_LABEL})\.)?({_LABEL})")


@dataclass(frozen=True, slots=True)
class AgentId:
    """An agent's id, `<workspace>.<name>`: both parts DNS labels, the workspace being the Kubernetes namespace."""

    workspace: str
    name: str

    @classmethod
    def parse(cls, text: str, *, workspace: str = DEFAULT_WORKSPACE, param: str = "id") -> "AgentId":
        """Read an id; a bare name belongs to `workspace`.

        Raises:
            InvalidRequest: It is not of that form.
        """
        found = _ID.fullmatch(text)
        agent_id = cls(found[1] or workspace, found[2]) if found else None
        if agent_id is None or len(agent_id.workspace) > _LONGEST_WORKSPACE or len(agent_id.name) > _LONGEST_NAME:
            raise InvalidRequest(
                f"An agent's id is <namespace>.<name>, both in lower-case letters, digits and hyphens, "
                f"the name at most {_LONGEST_NAME} characters long; for example team-a.ava.",
                code="invalid_agent_id",
                param=param,
            )
        return agent_id

    @override
    def __str__(self) -> str:
        return f"{self.workspace}.{self.name}"
