"""Builds who an agent's pod is and what it may reach: ServiceAccount, credentials, Service."""

import base64

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.resources.objects import SECRET, SERVICE, SERVICE_ACCOUNT, Manifest

__all__ = ["build_credentials", "build_service", "build_service_account"]


def build_service_account(inputs: AgentInputs) -> Manifest:
    """Build an identity without rights whose token no pod gets."""
    return {
        "apiVersion": SERVICE_ACCOUNT.api_version,
        "kind": SERVICE_ACCOUNT.kind,
        "metadata": child_metadata(inputs, inputs.name),
        "automountServiceAccountToken": False,
    }


def build_credentials(inputs: AgentInputs) -> Manifest:
    """Build the only object that holds the agent's two tokens."""
    values = {names.ROUTER_TOKEN: inputs.tokens.router, names.GATEWAY_TOKEN: inputs.tokens.gateway}
    notes = {names.ROTATED_FOR: inputs.tokens.rotated_for, names.MINTED_AT: inputs.tokens.minted_at}
    annotations = {name: value for name, value in notes.items() if value}
    return {
        "apiVersion": SECRET.api_version,
        "kind": SECRET.kind,
        "metadata": child_metadata(inputs, names.credentials_name(inputs.name), annotations),
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def build_service(inputs: AgentInputs) -> Manifest:
    """Build the address at which the router reaches the agent."""
    port = {
        "name": names.GATEWAY_PORT_NAME,
        "port": names.GATEWAY_PORT,
        "targetPort": names.GATEWAY_PORT_NAME,
        "protocol": "TCP",
    }
    return {
        "apiVersion": SERVICE.api_version,
        "kind": SERVICE.kind,
        "metadata": child_metadata(inputs, inputs.name),
        "spec": {
            "type": "ClusterIP",
            "selector": names.selector_labels(inputs.name),
            "ports": [port],
            "sessionAffinity": "None",
            "internalTrafficPolicy": "Cluster",
        },
    }
