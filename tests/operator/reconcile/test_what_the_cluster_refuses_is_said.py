import pytest

from vutler_operator.errors import ClusterError, Conflict, Forbidden, Refused
from vutler_operator.reconcile.refusals import refusals

INVALID = ClusterError('Deployment team-a/ava: Deployment.apps "ava" is invalid: spec.template: no', 422)
QUOTA = Forbidden("PersistentVolumeClaim team-a/ava-state: exceeded quota: storage", 403)


@pytest.mark.parametrize("refusal", [INVALID, QUOTA])
def test_a_refusal_blocks_the_agent_and_keeps_the_servers_words(refusal: ClusterError) -> None:
    with pytest.raises(Refused) as blocked, refusals():
        raise refusal

    assert blocked.value.reason == "RefusedByCluster"
    assert str(refusal) in str(blocked.value)


@pytest.mark.parametrize(
    "passing",
    [
        ClusterError("the API server did not answer", 0),
        ClusterError("internal error", 500),
        Conflict("somebody was faster", 409),
        Forbidden('namespaces "team-a" is forbidden: because it is being terminated', 403),
    ],
    ids=str,
)
def test_what_passes_by_itself_is_tried_again_as_before(passing: ClusterError) -> None:
    with pytest.raises(type(passing)) as raised, refusals():
        raise passing

    assert raised.value is passing
