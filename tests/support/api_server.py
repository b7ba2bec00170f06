"""A real API server for a test session, without nodes: started by `hack.cluster`, taken down afterwards.

`api_server` is the server, `crds` the same with this project's resources installed, `namespace` a fresh namespace.
"""

import base64
import contextlib
import os
import secrets
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "crds"
RESOURCES = ("agents", "llmconfigs", "agenttemplates")
WITHOUT = "VUTLER_TESTS_WITHOUT"
"""Environment variable: comma-separated markers of what this machine cannot run, for example `api,node`."""

AUDIT_POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    verbs: [create, update, patch, delete, deletecollection]
  - level: None
"""
"""Every request that writes, with who sent it, and nothing of what is in it."""

START_SECONDS = 900
"""Cold, the tool first builds the API server."""

Manifest = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API server and the administrator's way to it."""

    kubeconfig: Path
    """For clients that read one: `KUBECONFIG`, kopf, `kubernetes.config`."""
    http: httpx.Client
    """Signed in as administrator; paths are relative, for example `/api/v1/namespaces`."""
    audit: Path
    """Its audit log: one JSON object per request that writes, there before the request is answered."""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl and return what it said, also when it failed."""
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        command = ["kubectl", *arguments]
        return subprocess.run(
            command, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def path(self, manifest: Manifest, namespace: str | None = None) -> str:
        """Return the collection that an object belongs to."""
        version, kind = str(manifest["apiVersion"]), str(manifest["kind"]).lower()
        plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
        place = f"/namespaces/{namespace}" if namespace else ""
        return f"{'/apis/' if '/' in version else '/api/'}{version}{place}/{plural}"

    @contextlib.contextmanager
    def namespace(self, name: str) -> Iterator[str]:
        """Make a namespace for the length of the block; what is in it goes with it."""
        made = self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        assert made.is_success, made.text
        try:
            yield name
        finally:
            self.http.delete(f"/api/v1/namespaces/{name}")

    def create(self, manifest: Manifest, namespace: str | None = None, *, dry_run: bool = False) -> httpx.Response:
        """Create an object, refusing unknown fields as kubectl does, and return the server's answer, whatever it is."""
        options = {"fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
        return self.http.post(self.path(manifest, namespace), params=options, json=manifest)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """Bring an API server up for the session; without one the tests fail, unless `VUTLER_TESTS_WITHOUT` names `api`."""
    if "api" in os.environ.get(WITHOUT, "").split(","):
        pytest.skip(f"{WITHOUT} names api")
    name = f"tests-{os.getpid()}-{secrets.token_hex(3)}"
    folder = tmp_path_factory.mktemp("api-server")
    policy, audit = folder / "audit-policy.yaml", folder / "audit.log"
    policy.write_text(AUDIT_POLICY)
    flags = (f"audit-policy-file={policy}", f"audit-log-path={audit}", "audit-log-mode=blocking")
    try:
        chosen = [part for flag in flags for part in ("--apiserver-arg", flag)]
        cluster("up", "--level", "api", "--provider", "local", "--name", name, *chosen)
        kubeconfig = Path(cluster("kubeconfig", "--name", name).strip())
        with connect(kubeconfig, folder) as client:
            yield ApiServer(kubeconfig, client, audit)
    finally:
        cluster("down", "--name", name)


@pytest.fixture(scope="session")
def crds(api_server: ApiServer) -> ApiServer:
    """Install this project's resources and return the server once it serves them."""
    applied = api_server.kubectl("apply", "-f", str(CRDS))
    assert applied.returncode == 0, applied.stderr
    for resource in RESOURCES:
        wait_until_served(api_server, f"/apis/vutler.io/v1alpha1/{resource}")
    return api_server


@pytest.fixture
def namespace(api_server: ApiServer) -> Iterator[str]:
    """Make a namespace for one test; what is in it goes with it."""
    with api_server.namespace(f"test-{secrets.token_hex(4)}") as name:
        yield name


def cluster(*arguments: str) -> str:
    """Run `python -m hack.cluster` and return its output; fail the test with the tool's own words."""
    done = subprocess.run(
        [sys.executable, "-m", "hack.cluster", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
    if done.returncode:
        pytest.fail(f"hack.cluster {' '.join(arguments)}:\n{done.stderr}{done.stdout}", pytrace=False)
    return done.stdout


def connect(kubeconfig: Path, folder: Path) -> httpx.Client:
    """Return a client that is signed in by the first user's certificate; `folder` keeps it while it is in use."""
    config = yaml.safe_load(kubeconfig.read_text())
    server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    certificate, key = folder / "client.crt", folder / "client.key"
    certificate.write_text(_decoded(user["client-certificate-data"]))
    key.touch(mode=0o600)
    key.write_text(_decoded(user["client-key-data"]))
    tls = ssl.create_default_context(cadata=_decoded(server["certificate-authority-data"]))
    tls.load_cert_chain(certificate, key)
    return httpx.Client(base_url=cast("str", server["server"]), verify=tls, timeout=30, trust_env=False)


def wait_until_served(api_server: ApiServer, path: str, *, seconds: float = 30) -> None:
    """Wait until a resource just installed is served; for a moment it answers 404 or 429."""
    deadline = time.monotonic() + seconds
    while not (answer := api_server.http.get(path)).is_success:
        if time.monotonic() > deadline:
            pytest.fail(f"{path} is not served after {seconds:.0f} s: {answer.text}")
        time.sleep(0.05)


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
