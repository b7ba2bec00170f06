from typing import Any

import pytest

from tests.contract.chart.values import DEFAULTS
from tests.support.helm import REPLICATED, Helm, Manifest

pytestmark = pytest.mark.api

MONGODB = "mongodb://mongo:27017/vutler"
S3 = "s3://bucket/prefix"


def router(helm: Helm, values: dict[str, Any]) -> Manifest:
    spec: Manifest = helm.render(values).one("Deployment", "vutler-router")["spec"]
    return spec


def data_volume(spec: Manifest) -> Manifest:
    (volume,) = [volume for volume in spec["template"]["spec"]["volumes"] if volume["name"] == "data"]
    return {key: value for key, value in volume.items() if key != "name"}


def test_one_router_with_its_volume_is_the_default(helm: Helm) -> None:
    spec = router(helm, {})
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert data_volume(spec) == {"persistentVolumeClaim": {"claimName": "vutler-router-data"}}
    assert "DATABASE_URL" not in helm.render({}).environment("router")


def test_mongodb_and_s3_let_several_routers_run_without_a_volume(helm: Helm) -> None:
    release = helm.render(REPLICATED)
    spec = release.one("Deployment", "vutler-router")["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (3, "RollingUpdate")
    assert data_volume(spec) == {"emptyDir": {}}
    assert release.of_kind("PersistentVolumeClaim") == ()
    assert release.one("PodDisruptionBudget", "vutler-router")["spec"]["maxUnavailable"] == 1
    assert "podAntiAffinity" in spec["template"]["spec"]["affinity"]


@pytest.mark.parametrize("values", [{"database": {"url": MONGODB}}, {"drive": {"url": S3}}], ids=["mongodb", "s3"])
def test_one_of_the_two_still_needs_the_volume(helm: Helm, values: dict[str, Any]) -> None:
    spec = router(helm, values)
    assert spec["strategy"] == {"type": "Recreate"}
    assert "persistentVolumeClaim" in data_volume(spec)


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"router": {"replicas": 2}}, "set database.url (mongodb://...)"),
        ({"router": {"replicas": 2}, "drive": {"url": S3}}, "set database.url (mongodb://...)"),
        ({"router": {"replicas": 2}, "database": {"url": MONGODB}}, "set drive.url (s3://bucket/prefix)"),
        ({"database": {"url": MONGODB, "existingSecret": {"name": "mongo"}}}, "keep one of them"),
        ({"routing": {"mode": "Ollama", "apiModel": "openai/gpt-4o-mini"}}, "set routing.ollamaUrl"),
        ({"routing": {"mode": "API", "ollamaUrl": "http://ollama:11434"}}, "set routing.apiModel"),
        (
            {"routing": {"mode": "Hybrid"}},
            "set routing.ollamaUrl, for example http://ollama.models:11434, or routing.api",
        ),
    ],
    ids=["sqlite", "sqlite with s3", "local drive", "two databases", "no ollama", "no model", "nobody to ask"],
)
def test_values_that_cannot_work_together_are_refused_with_the_remedy(
    helm: Helm, values: dict[str, Any], remedy: str
) -> None:
    assert remedy in helm.refusal(values)


def test_a_claim_of_the_users_own_is_used(helm: Helm) -> None:
    values = {"persistence": {"existingClaim": "mine"}}
    assert data_volume(router(helm, values)) == {"persistentVolumeClaim": {"claimName": "mine"}}
    assert helm.render(values).of_kind("PersistentVolumeClaim") == ()


def test_streams_get_to_finish_before_the_pod_is_killed(helm: Helm) -> None:
    release = helm.render({"router": {"terminationGracePeriodSeconds": 300}})
    spec = release.one("Deployment", "vutler-router")["spec"]["template"]["spec"]
    assert int(release.environment("router")["ROUTER_SHUTDOWN_GRACE"]) < spec["terminationGracePeriodSeconds"] == 300


def test_a_changed_plan_or_key_restarts_the_router_and_nothing_else_does(helm: Helm) -> None:
    def stamps(values: dict[str, Any]) -> Manifest:
        annotations: Manifest = router(helm, values)["template"]["metadata"]["annotations"]
        return annotations

    before = stamps({"managed": {"keys": {"openai": {"value": "one"}}}})
    assert stamps({"managed": {"keys": {"openai": {"value": "two"}}}}) != before
    assert stamps({"managed": {"keys": {"openai": {"value": "one"}}}, "tiers": DEFAULTS["tiers"][:1]}) != before
    assert stamps({"managed": {"keys": {"openai": {"value": "one"}}}, "catalogue": {"enabled": False}}) == before


@pytest.mark.parametrize(
    ("url", "credentials"),
    [
        (S3, {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}),
        ("gs://bucket/prefix", {"GOOGLE_SERVICE_ACCOUNT_KEY"}),
        ("az://container/prefix", {"AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"}),
    ],
    ids=["s3", "google", "azure"],
)
def test_a_bucket_is_opened_with_the_credentials_its_provider_knows(
    helm: Helm, url: str, credentials: set[str]
) -> None:
    release = helm.render({"drive": {"url": url, "existingSecret": "bucket"}})
    (container,) = release.one("Deployment", "vutler-router")["spec"]["template"]["spec"]["containers"]
    named = {
        entry["name"]
        for entry in container["env"]
        if entry.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "bucket"
    }
    assert named == credentials
    assert ("AWS_REGION" in release.environment("router")) == (url == S3)


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, None),
        ({"ingress": {"enabled": True, "host": "a.example"}}, "http://a.example"),
        ({"ingress": {"enabled": True, "host": "a.example", "tlsSecretName": "cert"}}, "https://a.example"),
        ({"router": {"publicUrl": "https://b.example"}, "ingress": {"enabled": True}}, "https://b.example"),
    ],
    ids=["nobody said", "ingress", "ingress with tls", "said"],
)
def test_links_begin_where_people_reach_the_router(helm: Helm, values: dict[str, Any], url: str | None) -> None:
    assert helm.render(values).environment("router").get("ROUTER_PUBLIC_URL") == url
