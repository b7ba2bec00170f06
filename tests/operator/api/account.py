"""An account of the operator's own, with the rights that the chart grants, and what the API server saw it write."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.api_server import ApiServer
from vutler_operator.cluster import PERMISSIONS

_LEADER_ELECTION = "leases"
"""Renewed all the time by design; every other write counts."""


@dataclass(frozen=True, slots=True)
class Account:
    """A service account that nobody else uses."""

    user: str
    kubeconfig: Path
    audit: Path

    def writes(self) -> Counter[str]:
        """Return every write that the API server saw of it so far, whatever became of it, as `verb resource/name`."""
        seen: Counter[str] = Counter()
        with self.audit.open() as lines:
            for line in lines:
                event = json.loads(line)
                target = event["objectRef"]
                if event["user"]["username"] == self.user and target["resource"] != _LEADER_ELECTION:
                    part = f"/{target['subresource']}" if "subresource" in target else ""
                    seen[f"{event['verb']} {target['resource']}{part}/{target.get('name', '')}"] += 1
        return seen


def operator_account(server: ApiServer, namespace: str, folder: Path) -> Account:
    """Make the account in a namespace, bind it to the operator's rights, and sign it in."""
    user = f"system:serviceaccount:{namespace}:operator"
    rights = f"operator-of-{namespace}"
    rules = [{"apiGroups": [p.group], "resources": [p.resource], "verbs": sorted(p.verbs)} for p in PERMISSIONS]
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": rights}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": rights}
    subjects = [{"kind": "ServiceAccount", "name": "operator", "namespace": namespace}]
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "operator"}}
    for manifest, place in (
        (account, namespace),
        ({**rbac, "kind": "ClusterRole", "rules": rules}, None),
        ({**rbac, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": subjects}, None),
    ):
        made = server.create(manifest, place)
        assert made.is_success, made.text
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/operator/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = server.http.post(path, json=request)
    assert answer.is_success, answer.text
    config = yaml.safe_load(server.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": answer.json()["status"]["token"]}
    kubeconfig = folder / "operator.kubeconfig"
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(yaml.safe_dump(config))
    return Account(user, kubeconfig, server.audit)
