"""How models are chosen by what is asked: the rules, and the reasons."""

from typing import Final

import orjson
from fastapi import APIRouter, Response

from vutler_router.api.routing_bodies import CategoryBody, MappingBody, RouteBody, RulesBody
from vutler_router.container import Process
from vutler_router.dependencies import Admin, ProcessDep, ReadableAgent
from vutler_router.domain.llm_json import JsonObject, category_json, mapping_json
from vutler_router.errors import InvalidRequest
from vutler_router.services.routing.rules_view import rules_file, rules_view

__all__ = ["router"]

router = APIRouter(tags=["routing"])

_FILE: Final = 'attachment; filename="vutler-routing.json"'


def _shown(process: Process) -> JsonObject:
    return rules_view(process.settings, process.routing.book, process.routing.models, process.plans)


@router.get("/config", summary="Show how requests are sorted and which models each category has")
async def show_config(process: ProcessDep, _admin: Admin) -> JsonObject:
    """Show categories, models, the mode, and what answers where nobody chose any models."""
    return _shown(process)


@router.put("/config", summary="Put rules in the place of all there are, such as a file of them")
async def put_config(body: RulesBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Take over what `GET /config` or `GET /config/export` gave, here or elsewhere."""
    await process.routing.changes.put(
        [category.to_value() for category in body.categories if not category.built_in],
        [mapping.to_value() for mapping in body.mappings],
    )
    return _shown(process)


@router.get("/config/export", summary="Save the rules as a file")
async def export_config(process: ProcessDep, _admin: Admin) -> Response:
    """Give out what was set, and nothing that is there by itself; `PUT /config` takes it."""
    text = orjson.dumps(rules_file(process.routing.book.rules), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    return Response(text, media_type="application/json", headers={"content-disposition": _FILE})


@router.post("/config/category", status_code=201, summary="Add a category")
async def add_category(body: CategoryBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Add a category for all agents; 409 when there is one of that name."""
    return category_json(await process.routing.changes.add(body.to_value()))


@router.put("/config/category/{name}", summary="Change a category")
async def put_category(name: str, body: CategoryBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Put a category in the place of the one of that name."""
    if body.name != name:
        raise InvalidRequest("The name in the body must be the one in the address.", param="name")
    return category_json(await process.routing.changes.replace(body.to_value()))


@router.delete("/config/category/{name}", status_code=204, summary="Delete a category and the models mapped to it")
async def delete_category(name: str, process: ProcessDep, _admin: Admin) -> Response:
    """Delete a category; those that are built in stay."""
    await process.routing.changes.remove(name)
    return Response(status_code=204)


@router.post("/config/model-mapping", summary="Set the models of a category, built in or your own")
async def put_mapping(body: MappingBody, process: ProcessDep, _admin: Admin) -> JsonObject:
    """Set a category's models in order, and a second one to compare the first with if you like."""
    return mapping_json(await process.routing.changes.map(body.to_value()))


@router.delete("/config/model-mapping/{category}", status_code=204, summary="Go back to a category's usual models")
async def delete_mapping(category: str, process: ProcessDep, _admin: Admin) -> Response:
    """Forget the models that were mapped to a category."""
    await process.routing.changes.unmap(category)
    return Response(status_code=204)


@router.post("/api/v1/agents/{agent_id}/route", summary="Say which model would answer, and why; asks none")
async def explain_route(agent_id: ReadableAgent, body: RouteBody, process: ProcessDep) -> JsonObject:
    """Sort a request, and show its category with the reasons and every model that may answer."""
    if (body.message is None) == (body.messages is None):
        raise InvalidRequest('Send either "message" or "messages".', param="message")
    agent = process.directory.get(agent_id)
    return await process.routing.explainer.explain(agent, body.fields(), session=body.session)


@router.get("/api/v1/agents/{agent_id}/route/{request_id}", summary="Say why a past request went where it went")
async def show_route(agent_id: ReadableAgent, request_id: str, process: ProcessDep) -> JsonObject:
    """Show the decision as it was made, and what came of it; `request_id` is the answer's `x-request-id`."""
    return await process.routing.explainer.past(agent_id, request_id)
