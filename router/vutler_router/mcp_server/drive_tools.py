"""The drive's tools."""

import base64
import binascii
from typing import Annotated, Final, Literal

from pydantic import Field
from typing_extensions import override

from vutler_router.errors import InvalidRequest
from vutler_router.mcp_server.arguments import Arguments
from vutler_router.mcp_server.texts import json_text, part_text
from vutler_router.mcp_server.tool import Call, Tool, Tools, granted_group
from vutler_router.services.tools.ports import DriveTools

__all__ = ["drive_tools"]

_DAY: Final = 86_400
_LARGEST_CONTENT: Final = 4_000_000
"""Characters that one call can carry; larger files are uploaded over HTTP."""

_WHERE: Final = (
    "A path like `reports/plan.md` is in your own folder; `/shared/plan.md` is the whole team's, and "
    "`/agents/coder/plan.md` another agent's, to read only."
)

Path = Annotated[
    str, Field(min_length=1, max_length=1024, description="Path of the file, or its id. Example: reports/plan.md")
]


class ListFiles(Arguments):
    """See `drive_list`."""

    path: str = Field("", max_length=1024, description="The folder; empty for your own, / for the top.")
    limit: int = Field(50, ge=1, le=100, description="How many entries at most.")
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before, to go on.")

    @property
    @override
    def target(self) -> str:
        return self.path or "."


class OfFile(Arguments):
    """Arguments that name a file."""

    path: Path

    @property
    @override
    def target(self) -> str:
        return self.path


class ReadFile(OfFile):
    """See `drive_read`."""

    offset: int = Field(0, ge=0, le=10**12, description="Byte at which to begin, to go on in a long file.")
    max_bytes: int = Field(16_000, ge=1, le=30_000, description="How many bytes to read at most.")


class WriteFile(OfFile):
    """See `drive_write`."""

    content: str = Field(max_length=_LARGEST_CONTENT, description="What the file is to hold, all of it.")
    encoding: Literal["text", "base64"] = Field("text", description="base64 where the content is no text.")
    content_type: str | None = Field(None, max_length=200, description="MIME type, if the path does not tell it.")
    overwrite: bool = Field(False, description="Whether to replace a file of the same path.")


class ShareFile(OfFile):
    """See `drive_share_link`."""

    seconds: int = Field(_DAY, ge=60, le=7 * _DAY, description="How long the link works. 86400 is a day.")


def drive_tools(drive: DriveTools) -> Tools:
    """Return the tools on a drive."""
    grant = granted_group("drive")

    async def list_files(call: Call, given: ListFiles) -> str:
        return json_text(
            await drive.list_files(call.agent, given.path, limit=given.limit, cursor=given.cursor),
            "Call again with a smaller limit.",
        )

    async def read(call: Call, given: ReadFile) -> str:
        return part_text(await drive.read(call.agent, given.path, offset=given.offset, max_bytes=given.max_bytes))

    async def write(call: Call, given: WriteFile) -> str:
        return json_text(
            await drive.write(
                call.agent,
                given.path,
                _content(given),
                content_type=given.content_type,
                overwrite=given.overwrite,
            )
        )

    async def delete(call: Call, given: OfFile) -> str:
        return json_text(await drive.delete(call.agent, given.path))

    async def share(call: Call, given: ShareFile) -> str:
        return json_text(await drive.share_link(call.agent, given.path, seconds=given.seconds))

    return (
        Tool(
            "drive_list",
            f"List files and folders of your drive. Use it to find out what there is before reading or writing. "
            f"{_WHERE} A long folder comes in pages: pass next_cursor on as cursor.",
            ListFiles,
            grant,
            list_files,
            read_only=True,
        ),
        Tool(
            "drive_read",
            f"Read a text file of your drive. {_WHERE} A long file comes in parts of at most 30,000 bytes: the answer "
            "says with which offset to go on. Files that are no text cannot be read; share them by link.",
            ReadFile,
            grant,
            read,
            read_only=True,
        ),
        Tool(
            "drive_write",
            f"Write a file to your drive, with its folders. Use it for results that somebody is to keep or that are "
            f"too long for a message. {_WHERE} A file of that path is only replaced with overwrite=true.",
            WriteFile,
            grant,
            write,
        ),
        Tool("drive_delete", f"Delete a file of your drive for good. {_WHERE}", OfFile, grant, delete),
        Tool(
            "drive_share_link",
            "Make a link by which anybody who has it can download a file for a while, a day by default and at most "
            "seven. Use it to hand a file to a person, for example in a mail.",
            ShareFile,
            grant,
            share,
        ),
    )


def _content(given: WriteFile) -> bytes:
    if given.encoding == "text":
        return given.content.encode(errors="replace")
    try:
        return base64.b64decode(given.content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(
            "content is not valid base64; use encoding=text for text.", code="invalid_arguments"
        ) from None
