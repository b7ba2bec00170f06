import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.chart.values import DEFAULTS, leaves
from tests.support.helm import REPLICATED, Helm, Release

pytestmark = pytest.mark.api

REPLICATED_ONLY = dict(REPLICATED) | {"router": {"replicas": 1}}

WEBHOOK = {"webhookUrl": "https://hooks.example/x", "webhookSecret": {"name": "hook"}}
MAIL: dict[str, Any] = {"mail": {"domain": "agents.example.com"}}

# path -> (another value, what else has to be set for it to count)
SAMPLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "image.repository": ("registry.example/vutler", {}),
    "image.tag": ("2.0.0", {}),
    "image.digest": ("sha256:" + "b" * 64, {}),
    "image.pullPolicy": ("Always", {}),
    "imagePullSecrets": (["registry"], {}),
    "openclaw.image.repository": ("registry.example/openclaw", {}),
    "openclaw.image.tag": ("2027.1.0", {}),
    "openclaw.image.digest": ("sha256:" + "c" * 64, {}),
    "watchNamespaces": (["team-a"], {}),
    "clusterDomain": ("corp.internal", {}),
    "auth.existingSecret": ("mine", {}),
    "keepOnUninstall": (False, {}),
    "operator.replicas": (0, {}),
    "operator.logLevel": ("debug", {}),
    "operator.rollouts": (25, {}),
    "operator.tokenMaxAge": ("30d", {}),
    "router.replicas": (3, REPLICATED_ONLY),
    "router.terminationGracePeriodSeconds": (60, {}),
    "router.service.type": ("NodePort", {}),
    "router.service.annotations": ({"example.com/lb": "internal"}, {}),
    "router.publicUrl": ("https://vutler.example", {}),
    "router.clusterAccess": (False, {}),
    "router.agentGuard": (False, {}),
    "router.signIn": (False, {}),
    "router.extraEnv": ({"HTTPS_PROXY": "http://proxy:3128"}, {}),
    "database.url": ("mongodb://mongo/vutler", {}),
    "database.existingSecret.name": ("mongo", {}),
    "database.existingSecret.key": ("url", {"database": {"existingSecret": {"name": "mongo"}}}),
    "drive.url": ("s3://bucket", {}),
    "drive.endpoint": ("http://minio:9000", {"drive": {"url": "s3://bucket"}}),
    "drive.region": ("eu-west-1", {"drive": {"url": "s3://bucket"}}),
    "drive.existingSecret": ("s3", {"drive": {"url": "s3://bucket"}}),
    "drive.maxFileSize": (1048576, {}),
    "drive.agentQuota": (1048576, {}),
    "drive.workspaceQuota": (1048576, {}),
    "persistence.enabled": (False, {}),
    "persistence.existingClaim": ("mine", {}),
    "persistence.size": ("1Gi", {}),
    "persistence.storageClassName": ("fast", {}),
    "persistence.accessModes": (["ReadWriteMany"], {}),
    "managed.provider": ("echo", {}),
    "managed.keys": ({"openai": {"value": "sk"}}, {}),
    "managed.requestsPerMinute": ({"openai": 500}, {}),
    "alerts.thresholds": ([50], {}),
    "alerts.webhookUrl": ("https://hooks.example/x", {"alerts": {"webhookSecret": {"name": "hook"}}}),
    "alerts.webhookSecret.name": ("other", {"alerts": WEBHOOK}),
    "alerts.webhookSecret.key": ("signing", {"alerts": WEBHOOK}),
    "mail.domain": ("agents.example.com", {}),
    "mail.allowedDomains": (["example.com"], MAIL),
    "mail.perHour": (10, {}),
    "mail.smtp.name": ("smtp", MAIL),
    "mail.smtp.key": ("url", {"mail": {"domain": "agents.example.com", "smtp": {"name": "smtp"}}}),
    "mail.imap.name": ("imap", MAIL),
    "mail.imap.key": ("url", {"mail": {"domain": "agents.example.com", "imap": {"name": "imap"}}}),
    "mail.pollSeconds": (60, {"mail": {"domain": "agents.example.com", "imap": {"name": "imap"}}}),
    "mail.webhookSecret.name": ("hook", MAIL),
    "mail.webhookSecret.key": ("key", {"mail": {"domain": "agents.example.com", "webhookSecret": {"name": "hook"}}}),
    "providerUrls": ({"openai": "https://proxy.example/v1"}, {}),
    "allowedPrivateEndpoints": (["10.0.0.0/8"], {}),
    "routing.mode": ("Keywords", {}),
    "routing.tools": ("Present", {}),
    "routing.ollamaUrl": ("http://ollama:11434", {}),
    "routing.ollamaModel": ("llama3.2:1b", {}),
    "routing.apiModel": ("openai/gpt-4o-mini", {}),
    "routing.timeoutSeconds": (0.8, {}),
    "routing.sure": (0.9, {}),
    "tiers": (DEFAULTS["tiers"][:1], {}),
    "prices": ({"openai/gpt-4o": {"input": 1, "output": 2}}, {}),
    "catalogue.enabled": (False, {}),
    "networkPolicy.enabled": (False, {}),
    "networkPolicy.allowFrom": ([{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}], {}),
    "networkPolicy.apiServerPorts": ([8443], {}),
    "networkPolicy.denyEgressTo": ([], {}),
    "ingress.enabled": (True, {}),
    "ingress.className": ("nginx", {"ingress": {"enabled": True}}),
    "ingress.host": ("agents.example.com", {"ingress": {"enabled": True}}),
    "ingress.tlsSecretName": ("cert", {"ingress": {"enabled": True}}),
    "ingress.annotations": ({"example.com/buffering": "off"}, {"ingress": {"enabled": True}}),
    "serviceMonitor.enabled": (True, {}),
    "serviceMonitor.interval": ("1m", {"serviceMonitor": {"enabled": True}}),
    "serviceMonitor.labels": ({"release": "prometheus"}, {"serviceMonitor": {"enabled": True}}),
    "prometheusRule.enabled": (True, {}),
    "prometheusRule.labels": ({"release": "prometheus"}, {"prometheusRule": {"enabled": True}}),
    "prometheusRule.runbooks": ("https://wiki.example.com/vutler", {"prometheusRule": {"enabled": True}}),
    "dashboards.enabled": (True, {}),
    "dashboards.label": ("dashboard", {"dashboards": {"enabled": True}}),
    "dashboards.labelValue": ("vutler", {"dashboards": {"enabled": True}}),
    "dashboards.annotations": ({"grafana_folder": "Agents"}, {"dashboards": {"enabled": True}}),
    "scheduling.nodeSelector": ({"disk": "ssd"}, {}),
    "scheduling.tolerations": ([{"key": "dedicated", "operator": "Exists"}], {}),
    "scheduling.affinity": ({"nodeAffinity": {}}, {}),
    "scheduling.priorityClassName": ("high", {}),
    "podLabels": ({"team": "platform"}, {}),
    "podAnnotations": ({"example.com/note": "hello"}, {}),
}
SAMPLES |= {
    f"{component}.resources.{kind}.{resource}": (amount, {})
    for component in ("operator", "router")
    for kind in ("requests", "limits")
    for resource, amount in (("cpu", "333m"), ("memory", "333Mi"), ("ephemeral-storage", "333Mi"))
}


def merged(values: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return values in which one path has another value."""
    key, _, rest = path.partition(".")
    inner = merged(values.get(key, {}), rest, value) if rest else value
    return {**values, key: inner}


def test_there_is_a_sample_for_every_value() -> None:
    assert set(SAMPLES) == set(leaves(DEFAULTS))


@pytest.fixture(scope="session")
def rendered(helm: Helm) -> Callable[[dict[str, Any]], Release]:
    """Render each set of values once; many samples start from the same one."""
    cache: dict[str, Release] = {}

    def render(values: dict[str, Any]) -> Release:
        key = json.dumps(values, sort_keys=True)
        if key not in cache:
            cache[key] = helm.render(values)
        return cache[key]

    return render


@pytest.mark.parametrize("path", SAMPLES)
def test_setting_the_value_changes_what_is_installed(rendered: Callable[[dict[str, Any]], Release], path: str) -> None:
    value, companions = SAMPLES[path]
    assert rendered(merged(companions, path, value)) != rendered(companions)
