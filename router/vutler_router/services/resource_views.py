"""What callers get to see of resources in the cluster."""

from datetime import datetime

from vutler_router.domain.agent_report import AgentReport
from vutler_router.domain.agent_template import AgentTemplate
from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.agent_story import AgentStory

__all__ = ["story_view", "template_view"]


def template_view(template: AgentTemplate, *, shared: bool) -> JsonObject:
    """Show a template; `shared` says that it is one of the catalogue's."""
    return {
        "name": template.name,
        "workspace_id": template.namespace,
        "shared": shared,
        "description": template.description,
        "recommended_tier": template.recommended_tier,
        "display_name": template.display_name,
        "tools": None if template.tools is None else list(template.tools),
        "llm_config": template.llm_config,
    }


def story_view(story: AgentStory) -> JsonObject:
    """Show what is known of an agent in the cluster; without a resource the same names with nothing in them."""
    report = story.report or _NOTHING
    return {
        "agent_id": story.agent.id,
        "managed_by": story.agent.managed_by.value,
        "exists": story.report is not None,
        "doubt": story.doubt,
        "phase": report.phase,
        "observed": report.observed,
        "running": report.running,
        "template": report.template or story.agent.template,
        "llm_config": report.llm_config,
        "llm_read_only": story.read_only,
        "created_at": _time(report.created_at or story.agent.created_at),
        "ready_since": _time(report.ready_since),
        "conditions": [
            {
                "type": one.type,
                "status": one.status,
                "reason": one.reason,
                "message": one.message,
                "since": _time(one.since),
            }
            for one in report.conditions
        ],
        "events": [
            {
                "type": event.type,
                "reason": event.reason,
                "message": event.message,
                "count": event.count,
                "last_seen": _time(event.last_seen),
            }
            for event in story.events
        ],
    }


_NOTHING = AgentReport(
    running=None, observed=False, phase=None, template=None, llm_config=None, created_at=None, conditions=()
)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
