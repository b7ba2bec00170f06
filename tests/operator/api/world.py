"""What a test does to a namespace: create, read, change and delete objects, and play the kubelet."""

import base64
from dataclasses import dataclass
from typing import Any, cast

from tests.operator.api.operator_process import eventually
from tests.support.api_server import ApiServer

Object = dict[str, Any]

PATHS = {
    "Agent": "/apis/vutler.io/v1alpha1/namespaces/{}/agents",
    "LLMConfig": "/apis/vutler.io/v1alpha1/namespaces/{}/llmconfigs",
    "AgentTemplate": "/apis/vutler.io/v1alpha1/namespaces/{}/agenttemplates",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Event": "/api/v1/namespaces/{}/events",
    "Pod": "/api/v1/namespaces/{}/pods",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
}

CHILDREN = [
    ("ConfigMap", "ava-config"),
    ("Deployment", "ava"),
    ("NetworkPolicy", "ava"),
    ("PersistentVolumeClaim", "ava-state"),
    ("Secret", "ava-credentials"),
    ("Service", "ava"),
    ("ServiceAccount", "ava"),
]


@dataclass(frozen=True, slots=True)
class World:
    """One namespace of the API server."""

    server: ApiServer
    namespace: str

    def agent(self, name: str = "ava", **spec: Any) -> Object:
        return self.create("vutler.io/v1alpha1", "Agent", name, spec=spec)

    def llm_config(self, name: str = "default", **spec: Any) -> Object:
        return self.create("vutler.io/v1alpha1", "LLMConfig", name, spec=spec)

    def secret(self, name: str, **values: str) -> Object:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        return self.create("v1", "Secret", name, data=data)

    def create(self, version: str, kind: str, name: str, **content: Any) -> Object:
        made = self.server.create(
            {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **content}, self.namespace
        )
        assert made.is_success, made.text
        return cast("Object", made.json())

    def find(self, kind: str, name: str) -> Object | None:
        answer = self.server.http.get(f"{self._path(kind)}/{name}")
        if answer.status_code == 404:
            return None
        assert answer.is_success, answer.text
        return cast("Object", answer.json())

    def get(self, kind: str, name: str) -> Object:
        return eventually(lambda: self.find(kind, name), f"{kind} {name}")

    def all(self, kind: str) -> list[Object]:
        return cast("list[Object]", self.server.http.get(self._path(kind)).json()["items"])

    def patch(
        self, kind: str, name: str, change: Object, *, subresource: str = "", manager: str = "a-person"
    ) -> Object:
        path = f"{self._path(kind)}/{name}" + (f"/{subresource}" if subresource else "")
        headers = {"Content-Type": "application/merge-patch+json"}
        answer = self.server.http.patch(path, json=change, headers=headers, params={"fieldManager": manager})
        assert answer.is_success, answer.text
        return cast("Object", answer.json())

    def delete(self, kind: str, name: str) -> None:
        answer = self.server.http.delete(f"{self._path(kind)}/{name}")
        assert answer.is_success, answer.text

    def children(self) -> dict[str, Object]:
        """Wait for all children of `ava` and return them by kind."""
        return {kind: self.get(kind, name) for kind, name in CHILDREN}

    def versions(self) -> dict[str, str]:
        """Return the resource versions of everything that the operator may write."""
        return {
            f"{kind}/{obj['metadata']['name']}": obj["metadata"]["resourceVersion"]
            for kind in PATHS
            for obj in self.all(kind)
            if kind != "Event" or obj["source"].get("component") == "vutler-operator"
        }

    def condition(self, name: str, kind: str = "Ready", of: str = "Agent") -> Object:
        found = self.find(of, name) or {}
        conditions = found.get("status", {}).get("conditions", [])
        return next((condition for condition in conditions if condition["type"] == kind), {})

    def await_reason(
        self, reason: str, kind: str = "Ready", name: str = "ava", of: str = "Agent", *, seconds: float = 15
    ) -> Object:
        """Wait until a condition has a reason, and return the condition."""

        def look() -> Object | None:
            condition = self.condition(name, kind, of)
            return condition if condition.get("reason") == reason else None

        return eventually(
            look, lambda: f"{kind} of {of} {name} is {reason}, not {self.condition(name, kind, of)}", seconds=seconds
        )

    def pod(self, name: str = "ava") -> Object:
        """Wait for the pod that the Deployment's controller made, and return it."""

        def look() -> Object | None:
            alive = (pod for pod in self.all("Pod") if not pod["metadata"].get("deletionTimestamp"))
            return next((pod for pod in alive if pod["metadata"]["labels"]["vutler.io/agent"] == name), None)

        return eventually(look, f"a pod of {name}")

    def report_pod(self, name: str = "ava", **container: Any) -> None:
        """Report the pod's container as a kubelet would; without anything said it is ready."""
        ready = not container
        status = {
            "phase": "Running" if ready else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [
                {
                    "name": "openclaw",
                    "image": "openclaw",
                    "imageID": "",
                    "ready": ready,
                    "restartCount": 0,
                    **(container or {"state": {"running": {}}}),
                }
            ],
        }
        self.patch("Pod", self.pod(name)["metadata"]["name"], {"status": status}, subresource="status")

    def _path(self, kind: str) -> str:
        return PATHS[kind].format(self.namespace)
