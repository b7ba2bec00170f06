"""Make the keys and certificates of a cluster with the openssl command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hack.cluster.processes import run

__all__ = ["CLIENTS", "Client", "Pair", "pair", "write_certificates"]

_DAYS = "3650"
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
"""Elliptic keys: made in milliseconds, where RSA keys take most of a second each."""


@dataclass(frozen=True, slots=True)
class Client:
    """Describe somebody who identifies himself to the API server by a certificate."""

    name: str
    user: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Name a certificate and its key."""

    certificate: Path
    key: Path


CLIENTS = (
    Client("admin", "kubernetes-admin", "system:masters"),
    Client("kube-controller-manager", "system:kube-controller-manager"),
    Client("kube-scheduler", "system:kube-scheduler"),
    Client("kube-proxy", "system:kube-proxy"),
)
"""Identities to which Kubernetes grants their rights by itself."""


def pair(folder: Path, name: str) -> Pair:
    """Return where a named certificate and its key lie."""
    return Pair(folder / f"{name}.crt", folder / f"{name}.key")


def write_certificates(folder: Path, *, addresses: tuple[str, ...], node: str) -> None:
    """Make what is missing: CA, API server, etcd, clients, and the key that signs service accounts.

    Args:
        folder: where they go; readable by the owner alone.
        addresses: IP addresses under which the API server is reached; when they differ from last time,
            its certificate is made again.
        node: name of the node that kubelet will register.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _self_signed(folder, "ca", ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"))
    # etcd's one certificate is server, client and root at once: nobody but the API server may speak to it.
    both_ways = ("subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth,clientAuth")
    _self_signed(folder, "etcd", ("basicConstraints=critical,CA:TRUE", *both_ways))
    _serving(folder, addresses)
    kubelet = Client("kubelet", f"system:node:{node}", "system:nodes")
    for client in (*CLIENTS, kubelet):
        _signed(folder, client.name, _subject(client), "extendedKeyUsage=clientAuth")
    _signing_pair(folder)


def serving_names(addresses: tuple[str, ...]) -> str:
    """Return the subjectAltName extension of the API server."""
    names = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
    domain = "kubernetes.default.svc.cluster.local"
    return "subjectAltName=" + ",".join(
        [*(f"DNS:{name}" for name in (*names, domain)), *(f"IP:{ip}" for ip in addresses)]
    )


def _serving(folder: Path, addresses: tuple[str, ...]) -> None:
    names = serving_names(addresses)
    made_for = folder / "apiserver.names"
    if not made_for.exists() or made_for.read_text() != names:
        pair(folder, "apiserver").certificate.unlink(missing_ok=True)
    _signed(folder, "apiserver", "/CN=kube-apiserver", f"extendedKeyUsage=serverAuth\n{names}")
    made_for.write_text(names)


def _signing_pair(folder: Path) -> None:
    """Make the key that signs service accounts' tokens, and the public half that checks them."""
    key, public = folder / "service-accounts.key", folder / "service-accounts.pub"
    if not public.exists():
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key))
        run("openssl", "pkey", "-in", str(key), "-pubout", "-out", str(public))


def _subject(client: Client) -> str:
    organisation = f"/O={client.group}" if client.group else ""
    return f"{organisation}/CN={client.user}"


def _self_signed(folder: Path, name: str, extensions: tuple[str, ...]) -> None:
    made = pair(folder, name)
    if made.certificate.exists():
        return
    added = [part for extension in extensions for part in ("-addext", extension)]
    config = folder / "empty.cnf"
    config.write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    # `req -x509` reads a configuration; the machine's own would add a second basicConstraints.
    unfinished = made.certificate.with_suffix(".new")
    run(
        *("openssl", "req", "-x509", "-config", str(config), *_NEW_KEY, "-days", _DAYS, "-subj", f"/CN=vutler-{name}"),
        *(*added, "-keyout", str(made.key), "-out", str(unfinished)),
    )
    unfinished.rename(made.certificate)


def _signed(folder: Path, name: str, subject: str, extensions: str) -> None:
    made, authority = pair(folder, name), pair(folder, "ca")
    if made.certificate.exists():
        return
    config = str(folder / "empty.cnf")
    request = run("openssl", "req", "-new", "-config", config, *_NEW_KEY, "-subj", subject, "-keyout", str(made.key))
    extension_file = folder / f"{name}.ext"
    extension_file.write_text(extensions + "\n")
    unfinished = made.certificate.with_suffix(".new")
    signer = ("-CA", str(authority.certificate), "-CAkey", str(authority.key), "-CAcreateserial", "-days", _DAYS)
    run(
        *("openssl", "x509", "-req", *signer, "-extfile", str(extension_file), "-out", str(unfinished)),
        stdin=request,
    )
    unfinished.rename(made.certificate)
    extension_file.unlink()
