"""The drive: files in and out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from vutler_router.dependencies import KnownCaller, ProcessDep, verb_of
from vutler_router.domain.caller import AdminCaller, AgentCaller, UserCaller
from vutler_router.domain.drive import DriveFile
from vutler_router.domain.llm_json import JsonObject
from vutler_router.drive.paths import file_path
from vutler_router.errors import Category, Forbidden, InvalidRequest, TooLarge
from vutler_router.services.drive import DriveScope, DriveService
from vutler_router.services.drive.settings import UPLOAD_SECONDS
from vutler_router.services.drive.views import file_view, link_view, room_view
from vutler_router.wire.faults import error_body
from vutler_router.wire.multipart import FileForm
from vutler_router.wire.ranges import asked_part

__all__ = ["SHARED_PATH", "UPLOAD_PATH", "router"]

_PREFIX: Final = "/api/v1/drive"
UPLOAD_PATH: Final = f"{_PREFIX}/upload"
"""Whose body is taken as it comes."""

SHARED_PATH: Final = f"{_PREFIX}/shared/{{token}}"
"""What is open to whoever has the link."""

_AROUND_FILE: Final = 256 * 1024
"""Bytes that a form may have besides its file."""

_FORM: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "path": {
                        "type": "string",
                        "description": "Where the file goes. Without a slash in front it begins in the agent's own "
                        "folder, `/agents/<name>/`; the workspace's shared folder is `/shared/`. If it ends in a "
                        "slash, or is left out, the file keeps its name.",
                        "examples": ["reports/may.pdf", "/shared/reports/"],
                    },
                    "overwrite": {
                        "type": "string",
                        "enum": ["true", "false"],
                        "default": "false",
                        "description": "Whether to replace a file that is there; else it is refused with 409.",
                    },
                },
            }
        }
    },
}
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The whole file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The asked range", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "The caller has it already"},
    416: {"description": "There is no such range", "content": {"application/json": {"schema": {"type": "object"}}}},
}


class ShareBody(BaseModel):
    """How long a link is good for."""

    seconds: int = Field(86_400, description="1 to 604800 (7 days); by default a day.")


router = APIRouter(prefix=_PREFIX, tags=["drive"])


async def asked_scope(
    request: Request,
    process: ProcessDep,
    caller: KnownCaller,
    workspace_id: Annotated[str | None, Query(description="Whose drive; for people.")] = None,
    agent_id: Annotated[str | None, Query(description="In whose folder relative paths begin; for people.")] = None,
) -> DriveScope:
    """Tell what the caller sees of which drive.

    Raises:
        InvalidRequest: It is not said clearly whose.
        Forbidden: A person may not list, or where something is changed update, the agents of that workspace.
        ClusterUnavailable: The API server cannot be asked.
    """
    match caller:
        case AgentCaller(agent):
            return DriveScope.of_agent(agent)
        case AdminCaller():
            return DriveScope.of_admin(workspace_id, agent_id)
        case UserCaller():
            scope = DriveScope.of_admin(workspace_id, agent_id)
            await process.access.to_named_workspace(caller, scope.workspace_id, verb_of(request))
            return scope


Asked = Annotated[DriveScope, Depends(asked_scope)]


async def get_drive(process: ProcessDep) -> DriveService:
    """Return the drive."""
    return process.drive


Drive = Annotated[DriveService, Depends(get_drive)]


@router.post(
    "/upload", status_code=201, summary="Upload a file as multipart/form-data", openapi_extra={"requestBody": _FORM}
)
async def upload(request: Request, drive: Drive, scope: Asked) -> JsonObject:
    """Store a file as it comes in; it is listed once it is complete, and never in part."""
    form = FileForm(request.headers.get("content-type", ""), _body(request, drive.largest_file))
    try:
        async with asyncio.timeout(UPLOAD_SECONDS), drive.receiving(scope) as incoming:
            part = await form.until_file()
            path, overwrite = form.fields.get("path"), _flag(form, "overwrite")
            if path is not None:
                await incoming.expect(file_path(path, scope.home, name=part.name), overwrite=overwrite)
            await incoming.take(form.content())
            await form.finish()
            place = file_path(form.fields.get("path", ""), scope.home, name=part.name)
            file = await drive.publish(incoming, place, part.content_type, overwrite=_flag(form, "overwrite"))
    except TimeoutError:
        raise InvalidRequest(f"The upload took longer than {UPLOAD_SECONDS} seconds.", code="upload_too_slow") from None
    return file_view(file)


@router.get("/files", summary="List a folder: its folders, then its files")
async def list_files(
    drive: Drive,
    scope: Asked,
    path: Annotated[str, Query(description="By default the agent's own folder; `/` is the workspace's root.")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str = "",
) -> JsonObject:
    """List what is right in a folder, a page at a time."""
    page = await drive.list(scope, path, limit=limit, cursor=cursor or None)
    return {
        "path": page.folder,
        "folders": [{"path": folder, "name": folder.rsplit("/", 2)[-2]} for folder in page.folders],
        "files": [file_view(file) for file in page.files],
        "next_cursor": page.next_cursor,
    }


@router.get("/room", summary="Say how much a workspace's files come to, and what they may come to")
async def show_room(drive: Drive, scope: Asked) -> JsonObject:
    """Show bytes used and quotas, also those of an agent that asks or is named; null limits nothing."""
    return room_view(await drive.room(scope))


@router.get("/files/{file_id}", summary="Show what is known of a file")
async def show_file(file_id: str, drive: Drive, scope: Asked) -> JsonObject:
    """Show a file without its content."""
    return file_view(await drive.get(scope, file_id))


@router.delete("/files/{file_id}", status_code=204, summary="Delete a file")
async def delete_file(file_id: str, drive: Drive, scope: Asked) -> Response:
    """Delete a file and its content."""
    await drive.delete(scope, (await drive.get(scope, file_id)).id)
    return Response(status_code=204)


@router.post("/files/{file_id}/share", status_code=201, summary="Make a link to a file, for whoever has it")
async def share_file(
    file_id: str, body: ShareBody, drive: Drive, scope: Asked, process: ProcessDep, caller: KnownCaller
) -> JsonObject:
    """Make a link that downloads the file without a token, until it ends or the file does.

    For people; an agent has the tool `drive_share_link`, where it is granted.
    """
    if isinstance(caller, AgentCaller):
        raise Forbidden("Links to files are made by people here; an agent asks its tool drive_share_link.")
    link = await drive.share_link(scope, (await drive.get(scope, file_id)).id, body.seconds)
    return link_view(link, process.settings.public_url or "")


@router.get(
    "/download/{file_id}",
    summary="Download a file, or one range of it",
    response_class=StreamingResponse,
    responses=_CONTENT,
)
async def download(file_id: str, request: Request, drive: Drive, scope: Asked) -> Response:
    """Send a file's content, to be saved and not to be shown."""
    return await _sent(request, drive, await drive.get(scope, file_id))


@router.get(
    "/shared/{token}",
    summary="Download a file by a link that somebody shared",
    response_class=StreamingResponse,
    responses=_CONTENT,
)
async def shared(token: str, request: Request, drive: Drive) -> Response:
    """Send a file to whoever has a link to it that is still good."""
    return await _sent(request, drive, await drive.shared(token))


async def _body(request: Request, largest: int) -> AsyncIterator[bytes]:
    """Yield the request's body as it comes. Raises `TooLarge`, before anything is read where its length is declared."""
    limit = largest + _AROUND_FILE
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise InvalidRequest("Content-Length must be a number.")
    size = 0
    try:
        if int(declared) > limit:
            raise _too_large(largest)
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(largest)
            yield chunk
    except ClientDisconnect:
        raise InvalidRequest("The upload ended in the middle.", code="upload_cut_short") from None


def _too_large(largest: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {largest} bytes (DRIVE_MAX_FILE_SIZE); nothing was stored.", code="file_too_large"
    )


def _flag(form: FileForm, name: str) -> bool:
    match form.fields.get(name, "false").lower():
        case "true":
            return True
        case "false" | "":
            return False
        case _:
            raise InvalidRequest(f"{name} must be true or false.", param=name)


async def _sent(request: Request, drive: DriveService, file: DriveFile) -> Response:
    """Answer with a file's content, all or the part that is asked for (RFC 9110, sections 13 and 14)."""
    tag = f'"{file.sha256}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"etag": tag})
    header = request.headers.get("range") if request.headers.get("if-range", tag) == tag else None
    part = asked_part(header, file.size)
    if part is not None and not part:
        message = f"The file has {file.size} bytes; ask for a range within."
        body = error_body(message, Category.INVALID_REQUEST, "range_not_satisfiable", "range")
        return Response(body, 416, {"content-range": f"bytes */{file.size}"}, "application/json")
    start, stop = (part.start, part.stop) if part is not None else (0, file.size)
    headers = _headers_of(file, tag) | {"content-length": str(stop - start)}
    if part is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{file.size}"
    pieces = await drive.stream(file, start, stop)
    return StreamingResponse(pieces, 206 if part is not None else 200, headers)


def _headers_of(file: DriveFile, tag: str) -> dict[str, str]:
    """Say what a content is, so that no browser takes it for a page of the router's."""
    return {
        "content-type": file.content_type,
        "content-disposition": _disposition(file.name),
        "accept-ranges": "bytes",
        "etag": tag,
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }


def _disposition(name: str) -> str:
    """Name a file twice: in ASCII for everybody, and as it is for those who know RFC 8187."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\%;' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
