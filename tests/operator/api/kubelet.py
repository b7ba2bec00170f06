"""The test as the kubelet of many pods: none is ready until it says so."""

from tests.operator.api.world import World


def bring_up(world: World, most: int = 1000) -> None:
    """Report some of the pods that are not ready as ready; one that is gone meanwhile is left alone."""
    waiting = [
        pod["metadata"]["name"]
        for pod in world.all("Pod")
        if not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") != "Running"
    ]
    container = {"name": "openclaw", "image": "openclaw", "imageID": "", "ready": True, "restartCount": 0}
    status = {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{**container, "state": {"running": {}}}],
    }
    for name in waiting[:most]:
        answer = world.server.http.patch(
            f"/api/v1/namespaces/{world.namespace}/pods/{name}/status",
            json={"status": status},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        assert answer.status_code in {200, 404}, answer.text
