"""`python -m hack.routing train` writes the weights; `evaluate` measures them. Both take `--prompts FOLDER`."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from hack.routing import evaluation, report
from hack.routing.figures import Answer
from hack.routing.prompts import (
    CORE,
    EVERYDAY,
    OWN,
    Prompt,
    conversations,
    custom_sets,
    held_out,
    own_prompts,
    prompts_of,
    tool_prompts,
    tool_sets,
)
from hack.routing.training import fit
from hack.routing.weights import WEIGHTS, written


def main(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m hack.routing", description=__doc__)
    parser.add_argument("command", choices=("train", "evaluate"))
    parser.add_argument("--prompts", type=Path, help="a folder of more prompts (*.jsonl: text, label, lang, source)")
    parser.add_argument("--wrong", action="store_true", help="also show the prompts that were answered wrongly")
    options = parser.parse_args(arguments)
    given = prompts_of(options.prompts) if options.prompts else []
    if options.command == "train":
        train([*given, *own_prompts()])
    else:
        evaluate(given, wrong=options.wrong)
    return 0


def train(prompts: Sequence[Prompt]) -> None:
    """Write the weights that the prompts teach."""
    model = fit(evaluation.examples_of(prompts))
    WEIGHTS.write_text(written(model), "utf-8")
    print(f"{WEIGHTS.name}: {len(model.weights)} features from {len(prompts)} prompts")


def evaluate(given: Sequence[Prompt], *, wrong: bool) -> None:
    """Print the tables of `docs/routing.md`."""
    answers = evaluation.left_out([*given, *own_prompts()])
    core, everyday, own = ([answer for answer in answers if answer.part == part] for part in (CORE, EVERYDAY, OWN))
    rest = evaluation.unlearnt(held_out())
    turns = evaluation.turns_right(conversations())
    sets = custom_sets()
    customs = evaluation.customs_right(sets)
    taken = evaluation.stolen(sets, [prompt for prompt in given if prompt.part == CORE] or held_out())
    tools = evaluation.tools_right(tool_prompts())
    untaken = evaluation.taken_by_tools([*given, *own_prompts(), *held_out()], tool_sets()["openclaw"])
    print("| prompts | number | right | macro-F1 |\n|---|--:|--:|--:|")
    for title, part in (("core", core), ("everyday", everyday), ("own, by kind", own), ("own, held out", rest)):
        _print(report.summary(title, part))
    for title, part in (
        ("continuity", turns),
        ("custom", customs),
        ("not stolen by custom ones", taken),
        ("tools", tools),
        ("not taken by tools", untaken),
    ):
        _print(report.summary(title, part, f1=False))
    for table in (report.by_category(core or own), report.confused(core or own), report.by_source(answers)):
        print()
        _print(table)
    half, most = evaluation.latencies([prompt.text for prompt in given or held_out()])
    print(f"\nlatency: median {half:.2f} ms, 95 of 100 within {most:.2f} ms")
    if wrong:
        for part in (core, everyday, own, rest, turns, customs, taken, tools, untaken):
            _print(_shown(answer) for answer in part if not answer.right)


def _shown(answer: Answer) -> str:
    return f"{answer.expected} -> {answer.said} ({answer.source}) {answer.text[:160]!r}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
