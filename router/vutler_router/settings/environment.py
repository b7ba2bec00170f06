"""Picks the router's own variables out of an environment that is full of others'.

Kubernetes adds variables for every Service of a namespace: a Service called `router` yields `ROUTER_PORT=tcp://…` and
`ROUTER_SERVICE_HOST`. Those are not ours and must neither configure nor break the router.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["own_variables", "unknown_variable"]

_OWN_PREFIXES: Final = (
    "ROUTER_",
    "ROUTING_",
    "MANAGED_LLM_",
    "PROVIDER_URL_",
    "LLM_ENCRYPTION_",
    "DRIVE_STORAGE_",
    "DRIVE_MAX_",
    "DRIVE_AGENT_",
    "DRIVE_WORKSPACE_",
    "MAIL_SMTP_",
    "MAIL_ALLOWED_",
    "MAIL_PER_",
    "MAIL_IMAP_",
    "MAIL_POLL_",
    "MAIL_WEBHOOK_",
    "OIDC_",
)
"""Under these a name that is not known is a misspelt one."""

_OTHERS: Final = frozenset({"ROUTER_URL"})
"""The operator's variable; one environment may serve both processes."""

_SERVICE_NAME: Final = re.compile(r"_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$")
_SERVICE_ADDRESS: Final = re.compile(r"^(tcp|udp|sctp)://")


def own_variables(environ: Mapping[str, str], known: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Split an environment into what is set for the router and what looks misspelt.

    An empty value counts as not set, as charts and compose files write it.

    Returns:
        The known variables with their values, and the names that carry one of our prefixes but are not known.
    """
    names = set(known)
    ours: dict[str, str] = {}
    unknown: list[str] = []
    for name, value in environ.items():
        if not value.strip() or _is_injected(name, value) or name in _OTHERS:
            continue
        if name in names:
            ours[name] = value
        elif name.startswith(_OWN_PREFIXES):
            unknown.append(name)
    return ours, tuple(sorted(unknown))


def unknown_variable(name: str, known: Iterable[str]) -> str:
    """Word the refusal of a name, with the nearest one that exists."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else "remove it, or see the documentation for the names that exist."
    return f"{name}: unknown setting; {hint}"


def _is_injected(name: str, value: str) -> bool:
    """Recognise the variables that Kubernetes derives from Services."""
    return bool(_SERVICE_NAME.search(name) or (name.endswith("_PORT") and _SERVICE_ADDRESS.match(value)))
