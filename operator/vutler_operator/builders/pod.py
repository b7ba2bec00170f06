"""Builds the pod template: one hardened OpenClaw gateway with every server default spelled out.

The facts (paths, variables, probes, sizes) are those of OpenClaw 2026.9.6 as a running pod showed them.
"""

from decimal import Decimal
from typing import Final

from vutler_operator import names
from vutler_operator.builders.configmap import header_variable
from vutler_operator.builders.inputs import AgentInputs
from vutler_operator.builders.openclaw_config import STATE_DIR, WORKSPACE
from vutler_operator.drift import parse_quantity
from vutler_operator.resources.objects import Manifest
from vutler_operator.settings import Settings

__all__ = ["build_pod_template"]

_CONFIG_DIR: Final = "/etc/openclaw"
_REQUESTS: Final = {"cpu": "250m", "memory": "1Gi"}
_LIMITS: Final = {"cpu": "2", "memory": "2Gi"}
"""Below 1 GiB OpenClaw is killed at its first chat."""

_PREPARE: Final = f"""\
set -eu
mkdir -p {WORKSPACE} {STATE_DIR}/cache
cp -fL {_CONFIG_DIR}/{names.AGENTS_MD} {WORKSPACE}/{names.AGENTS_MD}
rm -rf {WORKSPACE}/skills
for file in {_CONFIG_DIR}/skill.*.md; do
  [ -e "$file" ] || continue
  name=${{file##*/skill.}}
  mkdir -p {WORKSPACE}/skills/"${{name%.md}}"
  cp -L "$file" {WORKSPACE}/skills/"${{name%.md}}"/SKILL.md
done
"""
"""OpenClaw refuses persona and skill files that are symlinks, which is what a mounted ConfigMap has.

The copy of an earlier start is read-only, as the ConfigMap is: without `-f` a second start on the same volume would
fail.
"""


def build_pod_template(inputs: AgentInputs, settings: Settings, digest: str) -> Manifest:
    """Build the pod template.

    Args:
        inputs: the agent.
        settings: the operator's.
        digest: changes when something changes that must roll the pod without being in its template.
    """
    runtime = inputs.spec.runtime
    labels = {**runtime.pod_labels, **names.agent_labels(inputs.name)}
    return {
        "metadata": {"labels": labels, "annotations": {**runtime.pod_annotations, names.INPUTS_DIGEST: digest}},
        "spec": {
            "serviceAccountName": inputs.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": _pod_security(),
            "initContainers": [_prepare(inputs, settings)],
            "containers": [_gateway(inputs, settings)],
            "volumes": _volumes(inputs),
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler",
            "terminationGracePeriodSeconds": 60,
            **_placement(inputs),
        },
    }


def _placement(inputs: AgentInputs) -> Manifest:
    runtime = inputs.spec.runtime
    wanted: Manifest = {
        "imagePullSecrets": [{"name": ref.name} for ref in runtime.image_pull_secrets],
        "nodeSelector": dict(runtime.node_selector),
        "tolerations": [dict(toleration) for toleration in runtime.tolerations],
        "affinity": dict(runtime.affinity),
        "runtimeClassName": runtime.runtime_class_name,
    }
    return {key: value for key, value in wanted.items() if value}


def _container(inputs: AgentInputs, settings: Settings) -> Manifest:
    """Return what both containers share."""
    runtime = inputs.spec.runtime
    return {
        "image": runtime.image or settings.openclaw_image,
        "imagePullPolicy": runtime.image_pull_policy,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        },
        "terminationMessagePath": "/dev/termination-log",
        # Never from the log: it may contain what people wrote, and this ends in the pod's status.
        "terminationMessagePolicy": "File",
    }


def _prepare(inputs: AgentInputs, settings: Settings) -> Manifest:
    small = {"cpu": "50m", "memory": "64Mi"}
    return _container(inputs, settings) | {
        "name": "prepare",
        "command": ["sh", "-c", _PREPARE],
        "resources": {"requests": small, "limits": {"cpu": "500m", "memory": "64Mi"}},
        "volumeMounts": [_mount("config", _CONFIG_DIR, read_only=True), _mount("state", STATE_DIR)],
    }


def _gateway(inputs: AgentInputs, settings: Settings) -> Manifest:
    mounts = [_mount("config", _CONFIG_DIR, read_only=True), _mount("state", STATE_DIR), _mount("tmp", "/tmp")]  # noqa: S108  a volume of the pod's own
    return _container(inputs, settings) | {
        "name": names.CONTAINER,
        "command": ["node", "/app/openclaw.mjs", "gateway", "run"],
        "ports": [{"name": names.GATEWAY_PORT_NAME, "containerPort": names.GATEWAY_PORT, "protocol": "TCP"}],
        "env": _environment(inputs),
        "resources": _resources(inputs),
        "volumeMounts": mounts,
        "startupProbe": _probe("/startupz", period=5, failures=60),
        "readinessProbe": _probe("/readyz", period=5, failures=3),
        "livenessProbe": _probe("/healthz", period=30, failures=3),
    }


def _environment(inputs: AgentInputs) -> list[Manifest]:
    secret = names.credentials_name(inputs.name)
    memory = _resources(inputs)["limits"]["memory"]
    plain = {
        "HOME": "/home/node",
        "OPENCLAW_STATE_DIR": STATE_DIR,
        "OPENCLAW_CONFIG_PATH": f"{_CONFIG_DIR}/{names.CONFIG_KEY}",
        "OPENCLAW_CONFIG_READONLY": "1",
        "XDG_CACHE_HOME": f"{STATE_DIR}/cache",
        "OPENCLAW_DISABLE_BONJOUR": "1",
        "OPENCLAW_NO_AUTO_UPDATE": "1",
        "OPENCLAW_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "NODE_ENV": "production",
        "NODE_OPTIONS": f"--max-old-space-size={_heap_megabytes(str(memory))}",
    }
    return [
        *({"name": name, "value": value} for name, value in plain.items()),
        _from_secret("OPENCLAW_GATEWAY_TOKEN", secret, names.GATEWAY_TOKEN),
        _from_secret("ROUTER_API_KEY", secret, names.ROUTER_TOKEN),
        *_header_variables(inputs),
        *(variable.model_dump(by_alias=True, exclude_none=True) for variable in inputs.spec.runtime.env),
    ]


def _header_variables(inputs: AgentInputs) -> list[Manifest]:
    return [
        _from_secret(header_variable(name, header.name), header.secret_key_ref.name, header.secret_key_ref.key)
        for name, server in sorted(inputs.spec.mcp_servers.items())
        for header in server.headers_from
    ]


def _from_secret(name: str, secret: str, key: str) -> Manifest:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _heap_megabytes(memory_limit: str) -> int:
    """Return three quarters of the memory limit, so that Node collects its garbage before the kernel kills it."""
    limit = parse_quantity(memory_limit) or Decimal(2 * 1024**3)
    return max(256, int(limit * 3 / 4 / 1024**2))


def _resources(inputs: AgentInputs) -> Manifest:
    wanted = inputs.spec.runtime.resources
    requests, limits = {**_REQUESTS, **wanted.requests}, {**_LIMITS, **wanted.limits}
    for name, limit in limits.items():
        # A limit below a default request would be refused; the user's word counts.
        if name in requests and name not in wanted.requests and _less(limit, requests[name]):
            requests[name] = limit
        elif name not in wanted.limits and name in requests and _less(limit, requests[name]):
            limits[name] = requests[name]
    return {"requests": _as_text(requests), "limits": _as_text(limits)}


def _less(left: str | int, right: str | int) -> bool:
    return (parse_quantity(str(left)) or Decimal()) < (parse_quantity(str(right)) or Decimal())


def _as_text(quantities: dict[str, str | int]) -> dict[str, str]:
    return {name: str(quantity) for name, quantity in quantities.items()}


def _volumes(inputs: AgentInputs) -> list[Manifest]:
    storage = inputs.spec.storage
    state: Manifest = {"name": "state", "persistentVolumeClaim": {"claimName": names.state_name(inputs.name)}}
    if storage.ephemeral:
        state = {"name": "state", "emptyDir": {"sizeLimit": storage.size}}
    config = {"name": "config", "configMap": {"name": names.config_name(inputs.name), "defaultMode": 0o444}}
    return [config, state, {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]


def _mount(name: str, path: str, *, read_only: bool = False) -> Manifest:
    return {"name": name, "mountPath": path} | ({"readOnly": True} if read_only else {})


def _probe(path: str, *, period: int, failures: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": names.GATEWAY_PORT_NAME, "scheme": "HTTP"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "successThreshold": 1,
        "failureThreshold": failures,
    }


def _pod_security() -> Manifest:
    return {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
