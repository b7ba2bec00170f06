from tests.support.conformance import RESPONSES, WAYS, Case, over
from tests.support.dialects import COUNTS
from tests.support.messages_script import named
from tests.support.responses_script import response_of
from tests.support.scripted_upstream import stream

RESPONDING = [way for way in WAYS if way.caller is RESPONSES]


@over(RESPONDING)
async def test_an_answer_that_a_limit_cut_short_is_whole(case: Case) -> None:
    events = case.way.wire.beginning("Hel")
    incomplete = response_of("incomplete", "Hel", COUNTS) | {"incomplete_details": {"reason": "max_output_tokens"}}
    sent = [*events, named("response.incomplete", response=incomplete)]
    case.play(stream(*sent))
    response = await case.ask(stream=True)
    assert response.content == b"".join(sent)
    (row,) = await case.rows()
    assert (row["status"], row["tokens_input"], row["tokens_output"]) == ("ok", 11, 3)


@over(RESPONDING)
async def test_a_users_own_key_may_refer_to_what_is_stored_under_it(case: Case) -> None:
    await case.ask(previous_response_id="resp_1", store=True)
    sent = case.line.received[0].json
    assert (sent["previous_response_id"], sent["store"]) == ("resp_1", True)


@over(RESPONDING)
async def test_work_in_the_background_is_refused(case: Case) -> None:
    response = await case.ask(background=True)
    assert (response.status_code, response.json()["error"]["param"], case.calls) == (400, "background", 0)


@over(RESPONDING)
async def test_a_list_of_items_passes(case: Case) -> None:
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "item_reference", "id": "x"},
    ]
    await case.ask(input=items)
    assert case.line.received[0].json["input"] == items
