"""Whom an address means."""

import re
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.errors import Forbidden, InvalidRequest
from vutler_router.services.directory import AgentDirectory

__all__ = ["EMAIL_TOOL", "Addresses", "is_address"]

EMAIL_TOOL: Final = "email"
"""The tool by which an agent has mail."""

_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_REMOTE: Final = re.compile(rf"(?=[^@]{{1,64}}@.{{4,253}}$){_LOCAL}@(?:{_LABEL}\.)+{_LABEL}")
_NAMED: Final = re.compile(r"[^<>\r\n]{0,200}<([^<>\s]+)>")
_NAME: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")


def is_address(text: str) -> bool:
    """Say whether this is an address that a mail server can be given: plain ASCII, one line, no quotes."""
    return _REMOTE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Addresses:
    """The platform's own addresses and those that agents may write to.

    Attributes:
        directory: Knows agents.
        domain: Agents are `<agent>.<workspace>@` this; None where there is no mail server.
        allowed: Domains that agents may write to; `*` is all.
    """

    directory: AgentDirectory
    domain: str | None
    allowed: tuple[str, ...]

    def of(self, agent: Agent) -> str:
        """Return an agent's own address."""
        name = agent.id.removeprefix(f"{agent.workspace_id}.")
        return f"{name}@{agent.workspace_id}" if self.domain is None else f"{name}.{agent.workspace_id}@{self.domain}"

    def agent_at(self, address: str) -> Agent | None:
        """Return the agent that an address from outside names: under our domain, whatever stands behind a plus."""
        local, _, domain = address.strip().lower().rpartition("@")
        if self.domain is None or domain != self.domain:
            return None
        name, _, workspace = local.partition("+")[0].partition(".")
        return self.directory.find(f"{workspace}.{name}") if name and workspace else None

    def colleague(self, sender: Agent, recipient: str) -> Agent | None:
        """Return the agent of the sender's workspace that a recipient names; None when it is an address elsewhere.

        Raises:
            InvalidRequest: It names an agent that is not there, or is no address.
        """
        text = _bare(recipient)
        local, at, domain = text.lower().rpartition("@")
        if at and domain not in {sender.workspace_id, self.domain}:
            if is_address(text):
                return None
            raise InvalidRequest(
                "A recipient is an agent's name, or an address such as anna@example.com.",
                code="bad_address",
                param="to",
            )
        found = self.agent_at(text) if at and domain == self.domain else self._named(sender, local if at else domain)
        if found is None or found.workspace_id != sender.workspace_id or EMAIL_TOOL not in found.tools:
            raise InvalidRequest(
                "A recipient is no agent of this workspace that has mail; list agents to see their names.",
                code="unknown_recipient",
                param="to",
            )
        return found

    def remote(self, recipient: str) -> str:
        """Return an address elsewhere that agents may write to.

        Raises:
            Forbidden: They may not.
        """
        address = _bare(recipient)
        if not {"*", address.rpartition("@")[2].lower()} & set(self.allowed):
            raise Forbidden(
                "Agents may not write to this domain; the platform allows it with MAIL_ALLOWED_DOMAINS.",
                code="recipient_not_allowed",
                param="to",
            )
        return address

    def _named(self, sender: Agent, text: str) -> Agent | None:
        workspace, _, name = text.rpartition(".")
        if not _NAME.fullmatch(name):
            return None
        return self.directory.find(f"{workspace or sender.workspace_id}.{name}")


def _bare(recipient: str) -> str:
    """Take the address out of `Anna <anna@example.com>`."""
    text = recipient.strip()
    named = _NAMED.fullmatch(text)
    return named[1] if named else text
