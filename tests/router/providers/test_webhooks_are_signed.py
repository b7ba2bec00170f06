import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.router_values import NOON
from tests.support.scripted_upstream import Hold, Received, Reply, ScriptedUpstream
from tests.support.webhook_receiver import SECRET, is_genuine
from vutler_router.errors import UpstreamUnavailable
from vutler_router.providers import webhook as webhooks
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.ports import Timeouts
from vutler_router.providers.webhook import Webhook, sign_message
from vutler_router.settings import AllowedEndpoints, decode_webhook_secret

BODY = b'{"type":"agent.usage.threshold"}'
TAKEN = Reply(status=204)


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    async with HttpTransport.opened(AllowedEndpoints(), Timeouts(connect=2, idle=20, total=20)) as opened:
        yield opened


async def post(transport: HttpTransport, receiver: ScriptedUpstream, secret: str = SECRET) -> Received:
    """Post a message and return it as it arrived."""
    webhook = Webhook(transport, f"http://127.0.0.1:{receiver.port}/alerts", decode_webhook_secret(secret))
    await webhook.post("msg_1", BODY, NOON)
    return receiver.received[-1]


def test_a_signature_is_that_of_the_specifications_own_example() -> None:
    """The example is from the specification's reference libraries."""
    secret = decode_webhook_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signature = sign_message(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_message_arrives_signed_as_it_is(transport: HttpTransport) -> None:
    async with ScriptedUpstream.running(TAKEN) as receiver:
        message = await post(transport, receiver)

    assert (message.method, message.path, message.body) == ("POST", "/alerts", BODY)
    assert message.headers["content-type"] == "application/json"
    assert (message.headers["webhook-id"], message.headers["webhook-timestamp"]) == ("msg_1", "1795003200")
    assert is_genuine(message)


async def test_a_receiver_with_another_secret_does_not_believe_it(transport: HttpTransport) -> None:
    async with ScriptedUpstream.running(TAKEN) as receiver:
        message = await post(transport, receiver, "some other receiver's secret")

    assert not is_genuine(message)


@pytest.mark.parametrize("status", [200, 202, 299])
async def test_any_2xx_means_that_it_was_taken(transport: HttpTransport, status: int) -> None:
    async with ScriptedUpstream.running(Reply(status=status, pieces=(b"thanks",))) as receiver:
        await post(transport, receiver)

        assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [300, 400, 404, 410, 429, 500, 503])
async def test_anything_else_means_that_it_was_not(transport: HttpTransport, status: int) -> None:
    async with ScriptedUpstream.running(Reply(status=status, pieces=(b"secret words",))) as receiver:
        with pytest.raises(UpstreamUnavailable, match=f"ROUTER_ALERT_WEBHOOK_URL answered {status}") as refused:
            await post(transport, receiver)

    assert "secret words" not in refused.value.message


async def test_nothing_is_sent_where_a_redirect_points(transport: HttpTransport) -> None:
    async with ScriptedUpstream.running(TAKEN) as elsewhere:
        redirect = Reply(status=307, headers=[("location", f"http://127.0.0.1:{elsewhere.port}/alerts")])
        async with ScriptedUpstream.running(redirect) as receiver:
            with pytest.raises(UpstreamUnavailable, match="answered 307"):
                await post(transport, receiver)

        assert elsewhere.received == []


async def test_a_receiver_that_is_not_there_or_silent_is_given_up_in_time(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "POST_SECONDS", 0.2)
    async with ScriptedUpstream.running(Reply(before=(Hold(),))) as receiver:
        async with asyncio.timeout(5):
            with pytest.raises(UpstreamUnavailable, match="did not answer in time"):
                await post(transport, receiver)
    with pytest.raises(UpstreamUnavailable, match="could not be reached"):
        await post(transport, receiver)
