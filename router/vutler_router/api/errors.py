"""Gives every failure of the framework's routes the one shape of errors."""

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from vutler_router.errors import Category, InvalidRequest, RouterError
from vutler_router.wire.faults import Fault, error_body, fault_of

__all__ = ["install_error_handlers"]

_NOT_FOUND: Final = 404
_METHOD_NOT_ALLOWED: Final = 405


def install_error_handlers(app: FastAPI) -> None:
    """Teach the application our errors, the framework's and those of validation."""

    @app.exception_handler(RouterError)
    async def router_error(_request: Request, error: RouterError) -> Response:
        return _response(fault_of(error))

    @app.exception_handler(RequestValidationError)
    async def validation_error(_request: Request, error: RequestValidationError) -> Response:
        return _response(fault_of(_explained(error)))

    @app.exception_handler(HTTPException)
    async def framework_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == _NOT_FOUND:
            body = error_body(f"There is nothing at {request.url.path}.", Category.NOT_FOUND, "route_not_found")
        else:
            code = "method_not_allowed" if error.status_code == _METHOD_NOT_ALLOWED else "invalid_request"
            body = error_body(str(error.detail), Category.INVALID_REQUEST, code)
        return Response(body, error.status_code, dict(error.headers or {}), "application/json")


def _explained(error: RequestValidationError) -> InvalidRequest:
    """Say the first thing that is wrong, by the name of its field; never the value, which may be a secret."""
    problem = error.errors()[0]
    place = [part for part in problem["loc"] if part not in {"body", "query", "path", "header"}]
    if problem["type"] == "json_invalid":
        return InvalidRequest("The body is not valid JSON.", code="invalid_json")
    if not place:
        return InvalidRequest("Send a JSON object, with `Content-Type: application/json`.", code="invalid_json")
    param = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return InvalidRequest(f"{param}: {problem['msg']}.", param=param)


def _response(fault: Fault) -> Response:
    return Response(fault.body, fault.status, dict(fault.headers))
