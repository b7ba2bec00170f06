"""Builds the Deployment, and decides what rolls its pod."""

import hashlib
import hmac
import json

from vutler_operator import names
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.metadata import child_metadata
from vutler_operator.builders.pod import build_pod_template
from vutler_operator.resources.objects import DEPLOYMENT, Manifest
from vutler_operator.settings import Settings

__all__ = ["build_deployment", "digest_inputs"]


def build_deployment(inputs: AgentInputs, settings: Settings, configmap: Manifest) -> Manifest:
    """Build the Deployment of the pod that mounts `configmap`."""
    minted_at = inputs.tokens.minted_at
    return {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.kind,
        "metadata": child_metadata(inputs, inputs.name, {names.MINTED_AT: minted_at} if minted_at else None),
        "spec": {
            "replicas": 1 if inputs.spec.running else 0,
            "revisionHistoryLimit": 2,
            "progressDeadlineSeconds": 600,
            # Two gateways never share one state folder.
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": names.selector_labels(inputs.name)},
            "template": build_pod_template(inputs, settings, digest_inputs(inputs, configmap)),
        },
    }


def digest_inputs(inputs: AgentInputs, configmap: Manifest) -> str:
    """Return a digest of what a running pod does not take over by itself.

    OpenClaw reloads its configuration from the mounted folder, but for `gateway`; persona and skills are copied when
    the pod starts; tokens and referenced values are environment. The digest is keyed with the gateway token, random
    and only in the Secret, so that no short secret among the values can be found by trying.
    """
    data: dict[str, str] = configmap["data"]
    parts = {
        "gateway": json.loads(data[names.CONFIG_KEY])["gateway"],
        "files": {key: text for key, text in data.items() if key != names.CONFIG_KEY},
        "router-token": inputs.tokens.router,
        "external": dict(inputs.external),
    }
    message = json.dumps(parts, sort_keys=True).encode()
    return hmac.new(inputs.tokens.gateway.encode(), message, hashlib.sha256).hexdigest()
