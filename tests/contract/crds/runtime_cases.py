"""What an Agent may not say of its pod."""

from tests.contract.crds.case import Case, Spec


def runtime(**fields: object) -> Spec:
    """Return a spec with something about the pod."""
    return {"runtime": fields}


def variable(**fields: object) -> Spec:
    """Return a spec with one environment variable."""
    return runtime(env=[fields])


def toleration(**fields: object) -> Spec:
    """Return a spec with one toleration."""
    return runtime(tolerations=[fields])


POD = (
    Case(
        "its image is written as a URL",
        "spec.runtime.image", "spec.runtime.image", "registry/name:tag",
        runtime(image="https://ghcr.io/openclaw/open claw"),
    ),
    Case(
        "it requests more memory than its limit",
        "spec.runtime.resources", "spec.runtime.resources.requests", "lower the request or raise the limit",
        runtime(resources={"requests": {"memory": "3Gi"}, "limits": {"memory": "2Gi"}}),
    ),
    Case(
        "it requests a negative amount",
        "spec.runtime.resources.requests", "spec.runtime.resources.requests", "each request as a quantity",
        runtime(resources={"requests": {"cpu": "-1"}}),
    ),
    Case(
        "its limit is no quantity",
        "spec.runtime.resources.limits", "spec.runtime.resources.limits", "each limit as a quantity",
        runtime(resources={"limits": {"memory": "2 gigabytes"}}),
    ),
    Case(
        "a variable has both a value and a source",
        "spec.runtime.env.[]", "spec.runtime.env[0].value", "keep one",
        variable(name="TZ", value="UTC", valueFrom={"fieldRef": {"fieldPath": "metadata.name"}}),
    ),
    Case(
        "a variable's name starts with a digit",
        "spec.runtime.env.[].name", "spec.runtime.env[0].name", "starts with no digit",
        variable(name="2FAST", value="x"),
    ),
    Case(
        "a variable is one that the operator sets",
        "spec.runtime.env.[].name", "spec.runtime.env[0].name", "is set by the operator",
        variable(name="OPENCLAW_GATEWAY_TOKEN", value="x"),
    ),
    Case(
        "a variable comes from nowhere",
        "spec.runtime.env.[].valueFrom", "spec.runtime.env[0].valueFrom", "name exactly one source",
        variable(name="TOKEN", valueFrom={}),
    ),
    Case(
        "a node's label has a value that no label can have",
        "spec.runtime.nodeSelector", "spec.runtime.nodeSelector", "correct the value",
        runtime(nodeSelector={"disktype": "very fast"}),
    ),
    Case(
        "a toleration without a key compares a value",
        "spec.runtime.tolerations.[]", "spec.runtime.tolerations[0].operator", "add the key",
        toleration(operator="Equal", value="agents"),
    ),
    Case(
        "a toleration that matches any value has a value",
        "spec.runtime.tolerations.[]", "spec.runtime.tolerations[0].value", "remove value",
        toleration(key="dedicated", operator="Exists", value="agents"),
    ),
    Case(
        "a toleration lasts some seconds, but for an effect that evicts nobody",
        "spec.runtime.tolerations.[]", "spec.runtime.tolerations[0].effect", "set effect to NoExecute",
        toleration(key="dedicated", operator="Exists", effect="NoSchedule", tolerationSeconds=60),
    ),
    Case(
        "its pod takes a label of the operator",
        "spec.runtime.podLabels", "spec.runtime.podLabels", "use another key",
        runtime(podLabels={"app.kubernetes.io/name": "mine"}),
    ),
    Case(
        "its pod takes a label whose value is a sentence",
        "spec.runtime.podLabels", "spec.runtime.podLabels", "use podAnnotations",
        runtime(podLabels={"team": "the support team"}),
    ),
    Case(
        "its pod takes an annotation of the operator",
        "spec.runtime.podAnnotations", "spec.runtime.podAnnotations", "use another key",
        runtime(podAnnotations={"vutler.io/checksum": "0"}),
    ),
)  # fmt: skip

CONFIG = tuple(
    Case(
        f"its OpenClaw settings touch {protected}",
        "spec.runtime.config", f"spec.runtime.config.{protected}", f"the operator sets {protected}",
        runtime(config=settings),
    )
    for protected, settings in {
        "gateway": {"gateway": {"port": 1}},
        "models.providers.router": {"models": {"providers": {"router": {"baseUrl": "https://elsewhere.example"}}}},
        "plugins": {"plugins": {}},
        "tools.exec": {"tools": {"exec": {"mode": "allow"}}},
        "tools.elevated": {"tools": {"elevated": {"enabled": True}}},
        "update": {"update": {"checkOnStart": True}},
        "telemetry": {"telemetry": {"enabled": True}},
    }.items()
)  # fmt: skip

KEYS = tuple(
    Case(
        f"the key of an entry of {field} is no name",
        f"spec.runtime.{field}", f"spec.runtime.{field}", "which a domain and '/' may precede",
        runtime(**{field: {"the key": "x"}}),
    )
    for field in ("nodeSelector", "podLabels", "podAnnotations")
)  # fmt: skip

RUNTIME = (*POD, *KEYS, *CONFIG)
