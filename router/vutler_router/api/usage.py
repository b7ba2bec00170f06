"""What was used, what is to be paid for it, and what plans there are."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from vutler_router.dependencies import KnownCaller, ListableWorkspace, ProcessDep, ReadableAgent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import InvalidRequest
from vutler_router.services.usage.periods import AskedPeriod, PeriodName
from vutler_router.services.usage.tables import CsvFile, agent_csv, statement_csv, summary_csv
from vutler_router.services.usage.tiers import tier_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["usage"])

_CSV: Final = "text/csv; charset=utf-8"
_OR_CSV: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


async def asked_period(
    period: Annotated[
        str | None, Query(description="By default `month`.", json_schema_extra={"enum": list(PeriodName)})
    ] = None,
    date: Annotated[str | None, Query(description="A day in the period, `2026-11-18`; by default today.")] = None,
    first: Annotated[
        str | None, Query(alias="from", description="In place of a period: the first of any days, `2026-11-01`.")
    ] = None,
    last: Annotated[str | None, Query(alias="to", description="The last of them, included; 366 days at most.")] = None,
) -> AskedPeriod:
    """Take the caller's words for a period."""
    return AskedPeriod(period, date, first, last)


async def wants_csv(
    format: Annotated[  # noqa: A002 - the parameter's name
        str, Query(description="By default `json`.", json_schema_extra={"enum": ["json", "csv"]})
    ] = "json",
) -> bool:
    """Tell whether the answer is to be CSV. Raises `InvalidRequest`."""
    if format not in {"json", "csv"}:
        raise InvalidRequest("format must be json or csv; for example format=csv.", param="format")
    return format == "csv"


Asked = Annotated[AskedPeriod, Depends(asked_period)]
WantsCsv = Annotated[bool, Depends(wants_csv)]


@router.get(
    "/agents/{agent_id}/usage",
    summary="What an agent used in a period (UTC)",
    response_model=JsonObject,
    responses=_OR_CSV,
)
async def agent_usage(
    agent_id: ReadableAgent, process: ProcessDep, asked: Asked, csv: WantsCsv
) -> JsonObject | Response:
    """Total an agent's use, by model, date, category and kind, against its plan; as CSV by date and model."""
    if csv:
        return _saved(agent_csv(agent_id, *await process.usage.days_of_agent(agent_id, asked)))
    return await process.usage.of_agent(agent_id, asked)


@router.get(
    "/usage/summary", summary="What a workspace used, or all of them", response_model=JsonObject, responses=_OR_CSV
)
async def usage_summary(
    process: ProcessDep, workspace_id: ListableWorkspace, asked: Asked, csv: WantsCsv
) -> JsonObject | Response:
    """Total the use of all agents, with a line for each; as CSV the lines alone."""
    summary = await process.usage.summary(asked, workspace_id=workspace_id)
    return _saved(summary_csv(summary)) if csv else summary


@router.get(
    "/usage/statement", summary="What is to be paid for a month (UTC)", response_model=JsonObject, responses=_OR_CSV
)
async def usage_statement(
    process: ProcessDep,
    workspace_id: ListableWorkspace,
    csv: WantsCsv,
    month: Annotated[str | None, Query(description="`2026-11`; by default the current one.")] = None,
) -> JsonObject | Response:
    """Write a month's statement, of one workspace or of all; that of a closed month never changes."""
    statement = await process.statements.of_month(month, workspace_id=workspace_id)
    return _saved(statement_csv(statement)) if csv else statement


@router.get("/usage/overage", summary="Agents that went beyond their plans in a month (UTC)")
async def usage_overage(
    process: ProcessDep,
    workspace_id: ListableWorkspace,
    month: Annotated[str | None, Query(description="`2026-11`; by default the current one.")] = None,
) -> JsonObject:
    """List a record for each agent, with the tokens beyond its plan and their price in USD."""
    return {"overages": await process.overages.of_month(month, workspace_id=workspace_id), "next_cursor": None}


@router.get("/agents/{agent_id}/usage/comparison", summary="Models that answer an agent in turns, side by side")
async def agent_comparison(agent_id: ReadableAgent, process: ProcessDep, asked: Asked) -> JsonObject:
    """Show what each half of an agent's comparisons cost, took, said and failed at in a period."""
    process.directory.get(agent_id)
    return await process.comparisons.of(asked, agent_id=agent_id)


@router.get("/usage/comparison", summary="Models that are compared, side by side")
async def usage_comparison(process: ProcessDep, workspace_id: ListableWorkspace, asked: Asked) -> JsonObject:
    """Show what each half of every comparison cost, took, said and failed at, of a workspace or of all."""
    return await process.comparisons.of(asked, workspace_id=workspace_id)


@router.get("/usage/tiers", summary="The plans on sale")
async def usage_tiers(process: ProcessDep, _caller: KnownCaller) -> JsonObject:
    """List the plans, in numbers and in words; money in USD."""
    return {"tiers": [tier_view(tier) for tier in process.plans], "next_cursor": None}


def _saved(file: CsvFile) -> Response:
    """Answer with a file that a browser saves."""
    disposition = f'attachment; filename="{file.name}"'
    return Response(file.text, media_type=_CSV, headers={"content-disposition": disposition})
