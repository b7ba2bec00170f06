"""Puts the tools of this router together."""

from vutler_router.container import Process
from vutler_router.container.clocks import new_record_id, utc_now
from vutler_router.mcp_server.agent_tools import agent_tools
from vutler_router.mcp_server.chat_tools import chat_tools
from vutler_router.mcp_server.drive_tools import drive_tools
from vutler_router.mcp_server.mail_tools import mail_tools
from vutler_router.mcp_server.toolbox import Toolbox

__all__ = ["build_toolbox"]


def build_toolbox(process: Process) -> Toolbox:
    """Return the tools, without those of what this router does not have."""
    behind, ports = process.tools, process.tool_ports
    drive, mail, chat = ports.drive, ports.mail, ports.chat
    tools = (
        *(drive_tools(drive) if drive is not None else ()),
        *(mail_tools(mail) if mail is not None else ()),
        *(chat_tools(chat) if chat is not None else ()),
        *agent_tools(behind.asks, process.usage),
    )
    return Toolbox(tools, behind.asks, behind.audit, utc_now, new_record_id)
