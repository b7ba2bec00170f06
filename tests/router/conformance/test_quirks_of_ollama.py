import pytest

from tests.support.conformance import CHAT, Bench, way_to
from tests.support.scripted_upstream import Reply, event, stream
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.OLLAMA)


@pytest.mark.parametrize("provider", [ProviderName.OLLAMA, ProviderName.CUSTOM])
async def test_without_a_key_no_key_is_sent_and_nothing_is_charged(router: Bench, provider: ProviderName) -> None:
    case = await router.case(way_to(provider))
    link = router.link(provider, case.models[0], case.keys[0])
    await router.put(case, {**link, "api_key": ""})
    assert (await case.ask()).status_code == 200
    assert not {"authorization", "x-api-key"} & case.line.received[0].headers.keys()
    (row,) = await case.rows()
    assert (row["cost_total"], row["priced"]) == (0, 1)


async def test_ollamas_errors_are_bare_texts(router: Bench) -> None:
    case = await router.case(ASKED)
    case.play(Reply(404, (b'{"error": "model \\"scripted\\" not found, try pulling it first"}',)))
    response = await case.ask()
    assert response.status_code == 400
    assert "try pulling it first" in response.json()["error"]["message"]


async def test_ollamas_errors_in_a_stream_are_bare_texts(router: Bench) -> None:
    case = await router.case(ASKED)
    case.play(stream(*CHAT.beginning("Hel"), event({"error": "the runner stopped"})))
    heard = await case.stream()
    assert heard.error is not None
    assert "the runner stopped" in heard.error["message"]


async def test_ollamas_errors_in_a_stream_may_be_lines_without_data(router: Bench) -> None:
    case = await router.case(ASKED)
    case.play(stream(*CHAT.beginning("Hel"), b'{"error": "the runner stopped"}\n'))
    heard = await case.stream()
    assert (heard.text, heard.whole, heard.error is None) == ("Hel", False, False)
