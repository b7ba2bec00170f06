import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.router.services.conftest import Clock
from tests.support.people_in_memory import ANA, PeopleInMemory
from vutler_router.domain.caller import AdminCaller
from vutler_router.domain.session import InMemorySessionStore
from vutler_router.errors import ClusterUnavailable, LimitExceeded, Unauthenticated
from vutler_router.keys.tokens import hash_token
from vutler_router.services.failed_sign_ins import FailedSignIns
from vutler_router.services.sessions import Sessions, SessionTerms

ADMIN_TOKEN = "admin-token"
HERE = "192.0.2.1"
HOUR = timedelta(hours=1)
TERMS = SessionTerms(lifetime=12 * HOUR, idle=HOUR, most=2)


@dataclass
class Desk:
    """Sessions over memory; time stands still."""

    clock: Clock = field(default_factory=Clock)
    people: PeopleInMemory = field(default_factory=lambda: PeopleInMemory({"token-of-ana": ANA}))
    store: InMemorySessionStore = field(default_factory=InMemorySessionStore)

    def sessions(self, admin_token: str = ADMIN_TOKEN) -> Sessions:
        failures = FailedSignIns(lambda: self.clock().timestamp())
        return Sessions(self.store, self.people, admin_token, TERMS, failures, self.clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def web_token(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{payload}.c2ln"


async def ended(sessions: Sessions, secret: str) -> bool:
    try:
        await sessions.find(secret)
    except Unauthenticated as error:
        return error.code == "session_expired"
    return False


async def test_the_admin_token_signs_in_an_administrator(desk: Desk) -> None:
    sessions = desk.sessions()
    opened = await sessions.sign_in(f" {ADMIN_TOKEN}\n", HERE)

    assert opened.caller == AdminCaller()
    assert await sessions.find(opened.secret) == opened
    assert desk.people.asked == []


async def test_a_token_of_the_cluster_signs_in_who_holds_it(desk: Desk) -> None:
    sessions = desk.sessions()
    opened = await sessions.sign_in("token-of-ana", HERE)

    assert opened.caller == ANA
    assert (await desk.sessions().find(opened.secret)).caller == ANA


async def test_neither_the_token_nor_the_cookies_secret_is_kept(desk: Desk) -> None:
    secrets = [(await desk.sessions().sign_in(token, HERE)).secret for token in ("token-of-ana", ADMIN_TOKEN)]
    kept = repr([vars(desk.store), [await desk.store.find(hash_token(secret)) for secret in secrets]])
    proofs = "".join(session.proof for session in desk.store._sessions.values())

    assert [word for word in (*secrets, "token-of-ana", ADMIN_TOKEN) if word in kept + proofs] == []
    assert len(desk.store._sessions) == 2


async def test_every_session_has_a_secret_and_a_csrf_token_of_its_own(desk: Desk) -> None:
    sessions = desk.sessions()
    one, other = await sessions.sign_in(ADMIN_TOKEN, HERE), await sessions.sign_in(ADMIN_TOKEN, HERE)

    assert len({one.secret, other.secret, one.csrf, other.csrf}) == 4
    assert (await desk.sessions().find(one.secret)).csrf == one.csrf


async def test_a_session_ends_after_its_lifetime_however_much_it_is_used(desk: Desk) -> None:
    sessions = desk.sessions()
    opened = await sessions.sign_in("token-of-ana", HERE)
    alive = []
    for _ in range(13):
        alive.append(not await ended(sessions, opened.secret))
        desk.clock.time += HOUR - timedelta(minutes=1)

    desk.clock.time = opened.until
    assert alive == [True] * 13
    assert await ended(sessions, opened.secret)


async def test_a_session_that_nobody_uses_ends_after_an_hour(desk: Desk) -> None:
    sessions = desk.sessions()
    opened = await sessions.sign_in(ADMIN_TOKEN, HERE)

    desk.clock.time += HOUR

    assert await ended(sessions, opened.secret)


async def test_use_is_written_down_once_a_minute(desk: Desk) -> None:
    sessions = desk.sessions()
    opened = await sessions.sign_in(ADMIN_TOKEN, HERE)
    seen = []
    for seconds in (59, 1, 30):
        desk.clock.time += timedelta(seconds=seconds)
        await sessions.find(opened.secret)
        kept = await desk.store.find(hash_token(opened.secret))
        seen.append(kept and (kept.seen_at - kept.created_at).total_seconds())

    assert seen == [0, 60, 60]


async def test_a_session_ends_with_its_token(desk: Desk) -> None:
    token = web_token({"exp": int(desk.clock().timestamp()) + 600})
    desk.people.tokens[token] = ANA
    sessions = desk.sessions()
    opened = await sessions.sign_in(token, HERE)

    desk.clock.time += timedelta(minutes=10)

    assert opened.until == desk.clock.time
    assert await ended(sessions, opened.secret)


@pytest.mark.parametrize(
    "claims", [{"exp": 10**30}, {"exp": "soon"}, {"exp": True}, {}, [], "x", {"exp": None}], ids=str
)
async def test_what_a_token_says_of_its_end_never_prolongs_or_breaks_a_session(desk: Desk, claims: object) -> None:
    token = web_token(claims)
    desk.people.tokens[token] = ANA

    assert (await desk.sessions().sign_in(token, HERE)).until == desk.clock() + 12 * HOUR


async def test_a_token_that_says_it_has_ended_signs_nobody_in(desk: Desk) -> None:
    token = web_token({"exp": -(10**12)})
    desk.people.tokens[token] = ANA

    with pytest.raises(Unauthenticated, match="expired"):
        await desk.sessions().sign_in(token, HERE)


async def test_signing_out_ends_the_session(desk: Desk) -> None:
    sessions = desk.sessions()
    opened, other = await sessions.sign_in(ADMIN_TOKEN, HERE), await sessions.sign_in(ADMIN_TOKEN, HERE)

    await sessions.sign_out(opened.secret)

    assert (await ended(sessions, opened.secret), await ended(sessions, other.secret)) == (True, False)


async def test_another_admin_token_ends_the_sessions_of_the_one_before_and_of_nobody_else(desk: Desk) -> None:
    before = desk.sessions()
    of_admin, of_ana = await before.sign_in(ADMIN_TOKEN, HERE), await before.sign_in("token-of-ana", HERE)

    after = desk.sessions("another-admin-token")

    assert (await ended(after, of_admin.secret), await ended(after, of_ana.secret)) == (True, False)


async def test_the_oldest_of_a_persons_sessions_gives_way(desk: Desk) -> None:
    sessions, opened = desk.sessions(), []
    for _ in range(3):
        opened.append(await sessions.sign_in("token-of-ana", HERE))
        desk.clock.time += timedelta(minutes=1)

    assert [await ended(sessions, one.secret) for one in opened] == [True, False, False]


@pytest.mark.parametrize(
    "token", ["", " ", "two words", "ünicode", "a" * 20_000, "line\nbreak", "vtl_of-an-agent", "\ud800"], ids=repr
)
async def test_what_cannot_be_a_persons_token_is_not_even_sent_to_the_cluster(desk: Desk, token: str) -> None:
    with pytest.raises(Unauthenticated):
        await desk.sessions().sign_in(token, HERE)
    assert desk.people.asked == []


async def test_an_api_server_that_is_away_keeps_people_out_and_no_administrator(desk: Desk) -> None:
    desk.people.failure = ClusterUnavailable("It does not answer.")
    sessions = desk.sessions()

    for _ in range(20):  # none of which counts as a guess
        with pytest.raises(ClusterUnavailable):
            await sessions.sign_in("token-of-ana", HERE)

    assert (await sessions.sign_in(ADMIN_TOKEN, HERE)).caller == AdminCaller()


async def test_ten_wrong_tokens_in_a_minute_are_enough(desk: Desk) -> None:
    sessions = desk.sessions()

    async def guess(address: str = HERE) -> type[Exception]:
        with pytest.raises((Unauthenticated, LimitExceeded)) as refused:
            await sessions.sign_in("wrong", address)
        return refused.type

    guesses = [await guess() for _ in range(12)]
    elsewhere = await guess("192.0.2.2")
    with pytest.raises(LimitExceeded) as right_token:
        await sessions.sign_in(ADMIN_TOKEN, HERE)
    desk.clock.time += timedelta(minutes=1)
    later = await guess()

    assert guesses == [Unauthenticated] * 10 + [LimitExceeded] * 2
    assert (elsewhere, later) == (Unauthenticated, Unauthenticated)
    assert right_token.value.retry_after == 60


async def test_right_tokens_are_never_too_many(desk: Desk) -> None:
    sessions = desk.sessions()
    for _ in range(30):
        await sessions.sign_in(ADMIN_TOKEN, HERE)
