"""What the chart ships for monitoring: alert rules as Helm renders them, dashboards as they are."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.helm import CHART, Helm

__all__ = ["BOARDS", "Rule", "expressions", "panels", "rules"]

BOARDS: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text()) for file in sorted((CHART / "files" / "dashboards").glob("*.json"))
}


@dataclass(frozen=True)
class Rule:
    """One alert."""

    name: str
    expression: str
    content: dict[str, Any]


def groups(helm: Helm, namespace: str = "vutler-system") -> list[dict[str, Any]]:
    """Render the rule's groups."""
    release = helm.render({"prometheusRule": {"enabled": True}}, namespace=namespace)
    found: list[dict[str, Any]] = release.one("PrometheusRule", "vutler")["spec"]["groups"]
    return found


def rules(helm: Helm) -> list[Rule]:
    """Return every alert."""
    return [Rule(rule["alert"], rule["expr"], rule) for group in groups(helm) for rule in group["rules"]]


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board: dict[str, Any]) -> list[str]:
    """Return what a dashboard asks Prometheus, with its variables filled in."""
    asked = [target["expr"] for panel in panels(board) for target in panel["targets"]]
    return [text.replace("$__rate_interval", "5m").replace("$namespace", "vutler-system") for text in asked]
