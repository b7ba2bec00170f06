"""Pure builders: an Agent with everything it refers to, in; the manifests of its children, out."""

from vutler_operator.builders.access import build_credentials, build_service, build_service_account
from vutler_operator.builders.configmap import build_configmap
from vutler_operator.builders.deployment import build_deployment
from vutler_operator.builders.inputs import AgentInputs, Tokens, image_of
from vutler_operator.builders.network_policy import build_network_policy
from vutler_operator.builders.pvc import build_pvc
from vutler_operator.resources.objects import Manifest
from vutler_operator.settings import Settings

__all__ = ["AgentInputs", "Tokens", "build_children", "image_of"]


def build_children(inputs: AgentInputs, settings: Settings) -> tuple[Manifest, ...]:
    """Build all children in the order in which they are written.

    Raises:
        Blocked: the Agent's own settings cannot be used; the reason and message are for its condition.
    """
    configmap = build_configmap(inputs, settings)
    children = (
        build_service_account(inputs),
        build_credentials(inputs),
        configmap,
        build_pvc(inputs),
        build_network_policy(inputs, settings),
        build_deployment(inputs, settings, configmap),
        build_service(inputs),
    )
    return tuple(child for child in children if child is not None)
