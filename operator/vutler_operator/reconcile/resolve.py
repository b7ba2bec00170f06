"""Resolves what an Agent refers to: its template, its texts, the values its environment takes."""

from dataclasses import dataclass

from pydantic import ValidationError

from vutler_operator.errors import Blocked
from vutler_operator.reconcile.lookup import Lookup, read_key
from vutler_operator.resources.agent import AgentSpec, EnvSource
from vutler_operator.resources.objects import AGENT_TEMPLATE, CONFIG_MAP, SECRET, Manifest
from vutler_operator.resources.schema import KeyRef
from vutler_operator.resources.template import merge_spec

__all__ = ["Template", "resolve_external", "resolve_prompt", "resolve_skills", "resolve_spec", "resolve_template"]


@dataclass(frozen=True, slots=True)
class Template:
    """What an Agent takes over from its template."""

    fields: Manifest
    """Raw fields of an Agent's spec; none without a template."""
    source: str
    """The template as `<namespace>/<name>`; without one the Agent's namespace."""
    message: str
    """The same in words, for the condition."""


async def resolve_template(lookup: Lookup, agent: Manifest, catalogue: str) -> Template:
    """Return what the Agent takes over: from its own namespace, or else from the catalogue.

    Raises:
        Blocked: there is none of that name, neither in the Agent's namespace nor in the catalogue.
    """
    name = ((agent.get("spec") or {}).get("templateRef") or {}).get("name")
    own = agent["metadata"]["namespace"]
    if name is None:
        return Template({}, own, "spec.templateRef is absent: no template is used")
    for namespace in dict.fromkeys((own, catalogue)):
        found = await lookup.find(AGENT_TEMPLATE, namespace, name)
        if found is not None:
            source = f"{namespace}/{name}"
            fields = (found.get("spec") or {}).get("agent") or {}
            return Template(fields, source, f"AgentTemplate {source} is merged in")
    raise Blocked(
        "TemplateNotFound",
        f'AgentTemplate "{name}" exists neither in namespace {agent["metadata"]["namespace"]} nor in the catalogue '
        f"({catalogue}): create it, or correct spec.templateRef",
    )


def resolve_spec(agent: Manifest, template: Manifest) -> AgentSpec:
    """Merge the template in and apply the defaults.

    Raises:
        Blocked: the result is not a valid spec; the CRD's rules make this rare.
    """
    try:
        return AgentSpec.model_validate(merge_spec(template, agent.get("spec") or {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Blocked("InvalidSpec", f"spec.{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None


async def resolve_prompt(lookup: Lookup, namespace: str, spec: AgentSpec) -> str:
    """Return the persona's text, inline or from its ConfigMap.

    Raises:
        Blocked: the ConfigMap or its key is missing.
    """
    if spec.system_prompt_from is None:
        return spec.system_prompt
    return await _text(lookup, namespace, spec.system_prompt_from.config_map_key_ref)


async def resolve_skills(lookup: Lookup, namespace: str, spec: AgentSpec) -> dict[str, str]:
    """Return the skills' texts by name.

    Raises:
        Blocked: a ConfigMap or its key is missing.
    """
    return {
        name: skill if isinstance(skill, str) else await _text(lookup, namespace, skill.config_map_key_ref)
        for name, skill in sorted(spec.skills.items())
    }


async def resolve_external(lookup: Lookup, namespace: str, spec: AgentSpec) -> dict[str, str]:
    """Return the values that the pod's environment takes from Secrets and ConfigMaps of the user.

    Raises:
        Blocked: one is missing that is not optional: the pod could not start.
    """
    values: dict[str, str] = {}
    for server, tool_server in sorted(spec.mcp_servers.items()):
        for header in tool_server.headers_from:
            ref = header.secret_key_ref
            values[f"{server}/{header.name}"] = await read_key(lookup, SECRET, namespace, ref.name, ref.key)
    for variable in spec.runtime.env:
        source = variable.value_from or EnvSource()
        for kind, key_ref in ((SECRET, source.secret_key_ref), (CONFIG_MAP, source.config_map_key_ref)):
            if key_ref is not None:
                try:
                    values[variable.name] = await read_key(lookup, kind, namespace, key_ref.name, key_ref.key)
                except Blocked:
                    if not key_ref.optional:
                        raise
    return values


async def _text(lookup: Lookup, namespace: str, ref: KeyRef) -> str:
    return await read_key(lookup, CONFIG_MAP, namespace, ref.name, ref.key)
