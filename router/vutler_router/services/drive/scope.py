"""Who asks for files, and so which there are for them."""

import re
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.drive import DriveFile
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Forbidden, InvalidRequest

__all__ = ["DriveScope"]

_SHARED: Final = "/shared/"
_AGENTS: Final = "/agents/"
_OWN: Final = re.compile(r"/agents/([^/]+)/")


@dataclass(frozen=True, slots=True)
class DriveScope:
    """An agent, or people on behalf of a workspace.

    Everybody in a workspace may read all of its files. An agent may change those in its own folder, `/agents/<name>/`,
    and in the shared one, `/shared/`; people all of them. There are no other folders at the root.

    Attributes:
        workspace_id: None for an administrator who named none, and may only ask for files by id.
        home: Where paths without a slash in front begin.
        agent_id: The agent that asks; None for people.
    """

    workspace_id: str | None
    home: str
    agent_id: str | None = None

    @classmethod
    def of_agent(cls, agent: Agent) -> "DriveScope":
        """Return what an agent sees of its workspace's drive."""
        return cls(agent.workspace_id, f"{_AGENTS}{AgentId.parse(agent.id).name}/", agent.id)

    @classmethod
    def of_admin(cls, workspace_id: str | None = None, agent: str | None = None) -> "DriveScope":
        """Return what an administrator asks for, or somebody who may do with the workspace's agents what it takes.

        Args:
            workspace_id: Whose drive; may be left out where the agent's id says it.
            agent: In whose folder relative paths begin, by id or by name; without one they begin in the shared folder.

        Raises:
            InvalidRequest: One of them is no such name, or they contradict each other.
        """
        if workspace_id is not None:
            AgentId.parse(f"{workspace_id}.x", param="workspace_id")
        if agent is None:
            return cls(workspace_id, _SHARED)
        if workspace_id is None and "." not in agent:
            raise InvalidRequest("Name the agent by its whole id, or add workspace_id.", param="agent_id")
        found = AgentId.parse(agent, workspace=workspace_id or "", param="agent_id")
        if workspace_id not in {None, found.workspace}:
            raise InvalidRequest(f"{found} is no agent of workspace {workspace_id}.", param="agent_id")
        return cls(found.workspace, f"{_AGENTS}{found.name}/")

    @property
    def workspace(self) -> str:
        """The workspace. Raises `InvalidRequest` where none was named."""
        if self.workspace_id is None:
            raise InvalidRequest("Say whose drive: add workspace_id or agent_id to the query.", param="workspace_id")
        return self.workspace_id

    def sees(self, file: DriveFile) -> bool:
        """Say whether a file is there for whoever asks."""
        return self.workspace_id in {None, file.workspace_id}

    def check_writes(self, folder: str) -> None:
        """Let pass who may change files in a folder. Raises `Forbidden`."""
        if self.agent_id is not None and not folder.startswith((self.home, _SHARED)):
            raise Forbidden(
                f"Files may be changed in {self.home} and in {_SHARED} alone; the others of the workspace may be read.",
                code="drive_read_only",
            )

    def owner_in(self, folder: str) -> str | None:
        """Return whose quota a new file in a folder counts in: the folder's agent, or who writes it.

        Raises:
            InvalidRequest: Files are not kept there.
        """
        if folder.startswith(_SHARED):
            return self.agent_id
        found = _OWN.match(folder)
        if found is None:
            raise InvalidRequest(
                f"Files are kept in {_AGENTS}<name>/ and in {_SHARED}; begin the path with one of them.",
                code="invalid_path",
                param="path",
            )
        return str(AgentId.parse(f"{self.workspace}.{found[1]}", param="path"))
