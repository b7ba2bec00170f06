"""Measures the classifier: sources left out one at a time, conversations, custom categories, time."""

import time
from collections.abc import Sequence

from hack.routing.figures import Answer
from hack.routing.prompts import Conversation, CustomSet, Prompt, ToolPrompt
from hack.routing.training import Example, fit
from vutler_router.routing.classify import TOOLS, OfferedTool, classify, judge, judge_request, judge_turns
from vutler_router.routing.classify.cleaning import own_words
from vutler_router.routing.classify.features import features
from vutler_router.routing.classify.model import Model
from vutler_router.routing.classify.verdict import BUILT_IN

__all__ = [
    "customs_right",
    "examples_of",
    "latencies",
    "left_out",
    "stolen",
    "taken_by_tools",
    "tools_right",
    "turns_right",
    "unlearnt",
]

_ROUNDS = 5


def examples_of(prompts: Sequence[Prompt]) -> list[Example]:
    """Return the prompts as the trainer sees them, in the same order."""
    return [
        Example(tuple(features(own_words(prompt.text))), BUILT_IN.index(prompt.label), prompt.source)
        for prompt in prompts
    ]


def left_out(prompts: Sequence[Prompt]) -> list[Answer]:
    """Return the answers for each prompt of a model that saw no prompt of its source."""
    examples = examples_of(prompts)
    answers = []
    both = list(zip(prompts, examples, strict=True))
    for family in sorted({prompt.family for prompt in prompts}):
        model = fit([example for prompt, example in both if prompt.family != family])
        answers += [_answer(model, prompt, example) for prompt, example in both if prompt.family == family]
    return answers


def unlearnt(prompts: Sequence[Prompt]) -> list[Answer]:
    """Return the answers of the shipped model, for prompts that it did not learn from."""
    return [
        Answer(prompt.label, classify(prompt.text), prompt.lang, prompt.source, prompt.part, prompt.text)
        for prompt in prompts
    ]


def turns_right(conversations: Sequence[Conversation]) -> list[Answer]:
    """Return the answers for the last turns of conversations."""
    return [
        Answer(said.label, judge_turns(said.turns).category, said.lang, text=" / ".join(said.turns))
        for said in conversations
    ]


def customs_right(sets: Sequence[CustomSet]) -> list[Answer]:
    """Return the answers for requests of custom categories, all those of a language being configured at once."""
    answers = []
    for each in sets:
        customs = tuple(other.category for other in sets if other.lang == each.lang)
        answers += [
            Answer(each.category.name, judge(text, customs).category, each.lang, text=text) for text in each.requests
        ]
    return answers


def stolen(sets: Sequence[CustomSet], prompts: Sequence[Prompt]) -> list[Answer]:
    """Return the answers for prompts of the built-in categories while all custom ones of their language are configured.

    An answer is right here when no custom category took the prompt.
    """
    answers = []
    for prompt in prompts:
        customs = tuple(each.category for each in sets if each.lang == prompt.lang)
        said = judge(prompt.text, customs).category
        answers.append(Answer(BUILT_IN[0] if said in BUILT_IN else said, BUILT_IN[0], prompt.lang, text=prompt.text))
    return answers


def tools_right(prompts: Sequence[ToolPrompt]) -> list[Answer]:
    """Return the answers for requests that carry tools."""
    return [
        Answer(prompt.label, judge_request([prompt.text], (), prompt.tools).category, prompt.lang, text=prompt.text)
        for prompt in prompts
    ]


def taken_by_tools(prompts: Sequence[Prompt], tools: tuple[OfferedTool, ...]) -> list[Answer]:
    """Return the answers for prompts of the built-in categories that carry an agent's tools.

    An answer is right here when it is not `tools`; some of these prompts do ask for what a tool does.
    """
    answers = []
    for prompt in prompts:
        said = judge_request([prompt.text], (), tools).category
        answers.append(Answer(BUILT_IN[0], TOOLS if said == TOOLS else BUILT_IN[0], prompt.lang, text=prompt.text))
    return answers


def latencies(texts: Sequence[str]) -> tuple[float, float]:
    """Return the median and the 95th percentile of the time a text takes, in milliseconds, the best of some rounds."""
    best = [float("inf")] * len(texts)
    classify("loads the model")
    for _ in range(_ROUNDS):
        for place, text in enumerate(texts):
            start = time.perf_counter()
            classify(text)
            best[place] = min(best[place], time.perf_counter() - start)
    best.sort()
    return best[len(best) // 2] * 1000, best[int(len(best) * 0.95)] * 1000


def _answer(model: Model, prompt: Prompt, example: Example) -> Answer:
    scores = model.scores(example.features)
    return Answer(
        prompt.label, BUILT_IN[scores.index(max(scores))], prompt.lang, prompt.source, prompt.part, prompt.text
    )
