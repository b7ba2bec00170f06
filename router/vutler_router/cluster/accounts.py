"""TokenReviews and SubjectAccessReviews: the API server's word on who holds a token and what somebody may do.

Both are questions in the form of objects that are created and never kept (Kubernetes API reference,
`authentication.k8s.io/v1` and `authorization.k8s.io/v1`).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from typing_extensions import override

from vutler_router.cluster.ports import ApiRequest, ApiSender
from vutler_router.domain.caller import UserCaller
from vutler_router.domain.cluster_accounts import ClusterAccounts, Verb
from vutler_router.errors import ClusterUnavailable

__all__ = ["KubernetesAccounts", "NoAccounts"]

_TOKEN_REVIEWS: Final = "/apis/authentication.k8s.io/v1/tokenreviews"  # noqa: S105 - a path
_ACCESS_REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_SECONDS: Final = 5.0
_HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json", "Content-Type": "application/json"}


class KubernetesAccounts(ClusterAccounts):
    """Asks the API server under the router's own account, which needs `create` on both kinds of review."""

    def __init__(self, sender: ApiSender) -> None:
        self._sender = sender

    @override
    async def holder_of(self, token: str) -> UserCaller | None:
        answer = await self._reviewed(_TokenReview, _TOKEN_REVIEWS, "TokenReview", {"token": token})
        user = answer.status.user
        if not answer.status.authenticated or not user.username:
            return None
        extra = {name: tuple(values) for name, values in user.extra.items()}
        return UserCaller(user.username, user.uid, tuple(user.groups), extra)

    @override
    async def may(self, user: UserCaller, verb: Verb, namespace: str, name: str = "") -> bool:
        attributes = {"group": "vutler.io", "resource": "agents", "verb": verb.value}
        attributes |= {key: value for key, value in (("namespace", namespace), ("name", name)) if value}
        spec: dict[str, object] = {
            "user": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
            "resourceAttributes": attributes,
        }
        answer = await self._reviewed(_AccessReview, _ACCESS_REVIEWS, "SubjectAccessReview", spec)
        return answer.status.allowed and not answer.status.denied

    async def _reviewed(self, form: "type[Review]", path: str, kind: str, spec: Mapping[str, object]) -> "Review":
        group = path.removeprefix("/apis/").rpartition("/")[0]
        body: dict[str, object] = {"apiVersion": group, "kind": kind, "spec": spec}
        answer = await self._sender.send(ApiRequest("POST", path, _SECONDS, _HEADERS, body))
        if answer.status == HTTPStatus.FORBIDDEN:
            raise ClusterUnavailable(
                f"The router's account may not create {kind}s, so people cannot sign in with tokens of the cluster. "
                f"Grant it that (the chart does: router.signIn), or sign in with the admin token.",
                code="reviews_not_granted",
            )
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise ClusterUnavailable(f"The Kubernetes API server answered {answer.status} to a {kind}.")
        try:
            return form.model_validate_json(answer.content)
        except ValidationError:
            # Its details would hold what was sent back, which may be the token.
            raise ClusterUnavailable(f"The Kubernetes API server sent something that is no {kind}.") from None


class NoAccounts(ClusterAccounts):
    """What a router outside of a cluster has in place of people: nobody."""

    @override
    async def holder_of(self, token: str) -> UserCaller | None:
        return None

    @override
    async def may(self, user: UserCaller, verb: Verb, namespace: str, name: str = "") -> bool:
        return False


class _User(BaseModel):
    username: str = ""
    uid: str = ""
    groups: list[str] = []
    extra: dict[str, list[str]] = {}


class _Authentication(BaseModel):
    authenticated: bool = False
    user: _User = _User()


class _TokenReview(BaseModel):
    status: _Authentication


class _Authorization(BaseModel):
    allowed: bool
    denied: bool = False


class _AccessReview(BaseModel):
    status: _Authorization


Review = TypeVar("Review", _TokenReview, _AccessReview)
