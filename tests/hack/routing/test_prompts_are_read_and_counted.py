import json
from pathlib import Path

import pytest

from hack.routing.figures import Answer, accuracy, confusion, f1_of, macro_f1
from hack.routing.prompts import CORE, EVERYDAY, prompts_of

ROW = {"text": "hi", "label": "conversation", "lang": "en", "source": "Corpus one (part a)"}
ANSWERS = [Answer("code", "code"), Answer("code", "reasoning"), Answer("reasoning", "reasoning")]


def test_a_file_of_a_folder_is_core_unless_its_name_says_open(tmp_path: Path) -> None:
    for name in ("mine.jsonl", "mine_open.jsonl"):
        tmp_path.joinpath(name).write_text(json.dumps(ROW))

    assert [prompt.part for prompt in prompts_of(tmp_path)] == [CORE, EVERYDAY]


def test_sources_of_one_data_set_are_left_out_together(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "source": "Corpus two"}, {**ROW, "source": "Other"}]
    tmp_path.joinpath("mine.jsonl").write_text("\n".join(map(json.dumps, rows)))

    assert [prompt.family for prompt in prompts_of(tmp_path)] == ["Corpus", "Corpus", "Other"]


def test_a_folder_without_prompts_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give another folder"):
        prompts_of(tmp_path)


def test_an_unknown_label_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("mine.jsonl").write_text(json.dumps({**ROW, "label": "tools"}))

    with pytest.raises(ValueError, match="'tools' is none of code, reasoning, conversation"):
        prompts_of(tmp_path)


def test_right_answers_are_counted() -> None:
    assert accuracy(ANSWERS) == pytest.approx(2 / 3)
    assert f1_of("code", ANSWERS) == pytest.approx(2 / 3)
    assert macro_f1(ANSWERS) == pytest.approx(2 / 3)
    assert confusion(ANSWERS, ("code", "reasoning")) == [[1, 1], [0, 1]]
