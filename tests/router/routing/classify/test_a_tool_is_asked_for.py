import time

import pytest

from hack.routing.evaluation import taken_by_tools, tools_right
from hack.routing.figures import Answer, accuracy
from hack.routing.prompts import held_out, own_prompts, tool_prompts, tool_sets
from vutler_router.routing.classify import TOOLS, CustomCategory, OfferedTool, judge, judge_request
from vutler_router.routing.classify.tools import tool_asked_for

SETS = tool_sets()
PLATFORM, OPENCLAW = SETS["platform"], SETS["openclaw"]
MAIL = (OfferedTool("send_email", "Send an email"),)


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Please send an email to Paul", "platform__email_send"),
        ("peux-tu envoyer un mail à Paul ?", "platform__email_send"),
        ("I'd like you to read the file notes.txt", "platform__drive_read"),
        ("liste les fichiers du drive", "platform__drive_list"),
        ("Do I have unread mail?", "platform__email_list"),
        ("how much did I use this month?", "platform__usage_mine"),
        ("Demande à l'agent comptable s'il a fini", "platform__agent_ask"),
        ("There is a report.pdf in the drive. Delete it", "platform__drive_delete"),
        ("use platform__chat_post for this", "platform__chat_post"),
    ],
)
def test_the_tool_that_does_it_is_named(text: str, tool: str) -> None:
    match = tool_asked_for(text, PLATFORM)

    assert match is not None
    assert match.tool == tool
    assert 0.5 <= match.strength <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "I read a good book yesterday",
        "thanks for your message",
        "write me a poem about time",
        "explique-moi comment fonctionne le mail",
        "how do emails work?",
        "Can you send emails?",
        "Write an email to my landlord about the leak",
        "Check this email for mistakes: Dear sir, I has a question",
        "",
    ],
)
def test_a_word_alone_asks_for_nothing(text: str) -> None:
    assert tool_asked_for(text, PLATFORM + OPENCLAW) is None


def test_a_name_that_no_list_knows_is_asked_for_by_its_own_words() -> None:
    tools = (OfferedTool("audit_warehouse"),)

    assert tool_asked_for("Audit the warehouse in Lyon", tools) is not None
    assert tool_asked_for("I work in a warehouse", tools) is None


def test_what_an_order_makes_hides_what_it_is_made_with() -> None:
    assert tool_asked_for("Create a file with a poem for my sister", OPENCLAW) is not None
    assert tool_asked_for("Create a poem with a file as its hero", OPENCLAW) is None


def test_the_name_of_a_tools_server_says_nothing_while_its_own_says_enough() -> None:
    tools = (OfferedTool("email__list_rooms"),)

    assert tool_asked_for("Do I have new mail?", tools) is None
    assert tool_asked_for("List the rooms please", tools) is not None


def test_a_description_says_what_a_name_leaves_open() -> None:
    tools = (OfferedTool("lookup", "Get the weather of a city. Never use it for files."),)

    assert tool_asked_for("What's the weather in Lyon?", tools) is not None
    assert tool_asked_for("Read the file notes.txt", tools) is None


def test_without_tools_every_verdict_is_the_one_of_judge() -> None:
    for prompt in held_out():
        assert judge_request([prompt.text], (), ()) == judge(prompt.text)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("read the file notes.txt and tell me what is in it", TOOLS),
        ("list the files in this folder", TOOLS),
        ("Write a Python function that sends an email", "code"),
        ("How do I read a file line by line in Go?", "code"),
        ("A file of 600 MB is downloaded at 5 MB per second. How long does it take?", "reasoning"),
    ],
)
def test_what_is_surely_code_or_mathematics_stays_so_unless_the_order_is_plain(text: str, category: str) -> None:
    assert judge_request([text], (), OPENCLAW + MAIL).category == category


def test_a_custom_category_wins_before_the_tools() -> None:
    billing = CustomCategory("billing", ("invoice",), "Invoices and payments")

    assert judge_request(["Send the invoice by email to Paul"], (billing,), MAIL).category == "billing"
    assert judge_request(["Send the agenda by email to Paul"], (billing,), MAIL).category == TOOLS


def test_the_scores_name_the_tools_beside_the_built_in_categories() -> None:
    verdict = judge_request(["Send an email to Paul"], (), MAIL)

    assert set(verdict.scores) == {"code", "reasoning", "conversation", TOOLS}
    assert verdict.confidence == verdict.scores[TOOLS]


@pytest.mark.parametrize(("name", "floor"), [("tools", 0.97), ("tools_held_out", 0.9)])
def test_own_requests_with_tools_are_judged_well_enough(name: str, floor: float) -> None:
    answers = tools_right(tool_prompts(name))

    assert len(answers) >= 150
    assert accuracy(answers) >= floor, _wrong(answers)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_both_languages_are_judged_well_enough(lang: str) -> None:
    answers = [answer for answer in tools_right(tool_prompts()) if answer.lang == lang]

    assert accuracy(answers) >= 0.9, _wrong(answers)


@pytest.mark.parametrize("tools", [OPENCLAW, PLATFORM], ids=["openclaw", "platform"])
def test_the_tools_of_an_agent_take_next_to_none_of_the_other_requests(tools: tuple[OfferedTool, ...]) -> None:
    answers = taken_by_tools([*own_prompts(), *held_out()], tools)

    assert accuracy(answers) >= 0.98, _wrong(answers)


def test_nothing_is_both_held_out_and_used_to_make_the_rules() -> None:
    texts = [prompt.text for name in ("tools", "tools_held_out") for prompt in tool_prompts(name)]

    assert len(set(texts)) == len(texts)


def test_it_takes_a_fraction_of_a_millisecond() -> None:
    texts = [prompt.text for prompt in held_out()]
    tool_asked_for("loads the lists", PLATFORM)

    best = sorted(min(_seconds(text) for _ in range(3)) for text in texts)

    assert best[len(best) // 2] < 0.0015, "ten times the goal of 0.15 ms, for busy machines"


def _seconds(text: str) -> float:
    start = time.perf_counter()
    tool_asked_for(text, PLATFORM)
    return time.perf_counter() - start


def _wrong(answers: list[Answer]) -> list[str]:
    return [f"{answer.expected} -> {answer.said}: {answer.text}" for answer in answers if not answer.right]
