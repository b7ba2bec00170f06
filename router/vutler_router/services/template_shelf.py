"""The templates that somebody may choose from in a workspace: its own, and those of the catalogue."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from vutler_router.domain.agent_template import AgentTemplate, AgentTemplates
from vutler_router.errors import ClusterRefused

__all__ = ["TemplateShelf"]

_log: Final = structlog.get_logger(__name__)


class TemplateShelf:
    """Lists templates as the operator looks them up: a namespace's own goes before the catalogue's of that name.

    Args:
        templates: The way to them.
        catalogue: The namespace whose templates are everybody's.
    """

    def __init__(self, templates: AgentTemplates, catalogue: str) -> None:
        self._templates = templates
        self._catalogue = catalogue

    async def of(self, workspace: str | None) -> Sequence[AgentTemplate]:
        """Return a workspace's templates by their names; without one, those of the catalogue.

        A namespace in which the router may not look has none.

        Raises:
            ClusterUnavailable: The API server does not answer.
        """
        places = dict.fromkeys((self._catalogue, workspace or self._catalogue))
        found = await asyncio.gather(*map(self._in, places))
        by_name = {template.name: template for templates in found for template in templates}
        return [by_name[name] for name in sorted(by_name)]

    def is_shared(self, template: AgentTemplate) -> bool:
        """Say whether a template is one of the catalogue's."""
        return template.namespace == self._catalogue

    async def _in(self, namespace: str) -> Sequence[AgentTemplate]:
        try:
            return await self._templates.of(namespace)
        except ClusterRefused as error:
            _log.warning("templates cannot be listed", namespace=namespace, error=error.message)
            return ()
