import json
import math

import pytest

from hack.routing.training import Example, fit
from hack.routing.weights import WEIGHTS, written
from vutler_router.routing.classify.lexicon import read_lexicon
from vutler_router.routing.classify.model import Model, read_model, shares, shipped_model

EXAMPLES = [
    Example(("s:fence", "w:fix"), 0, "one"),
    Example(("s:fence", "w:run"), 0, "two"),
    Example(("s:equation", "w:fix"), 1, "one"),
    Example(("s:equation", "w:solve"), 1, "two"),
    Example(("l:greeting", "w:solve"), 2, "one"),
    Example(("l:greeting", "w:only_here"), 2, "two"),
]


def test_the_shipped_weights_are_small_finite_numbers() -> None:
    model = shipped_model()

    assert len(model.weights) > 500
    assert all(math.isfinite(value) and abs(value) < 20 for values in model.weights.values() for value in values)


def test_the_shipped_file_is_small_enough_to_be_read_at_once() -> None:
    assert WEIGHTS.stat().st_size < 400_000


def test_the_shipped_file_is_the_one_the_trainer_would_write() -> None:
    assert written(shipped_model()) == WEIGHTS.read_text("utf-8")


def test_no_weight_repeats_more_than_two_words_of_a_prompt() -> None:
    learnt = [name.partition(":")[2].split() for name in shipped_model().weights if name[0] in "wb"]

    assert max(map(len, learnt)) <= 2


def test_the_same_examples_teach_the_same_weights() -> None:
    assert written(fit(EXAMPLES)) == written(fit(EXAMPLES))


def test_a_model_learns_what_its_examples_say() -> None:
    model = fit(EXAMPLES)

    said = [max(range(3), key=model.scores(example.features).__getitem__) for example in EXAMPLES]
    assert said == [example.label for example in EXAMPLES]


def test_a_word_of_a_single_source_is_not_learnt() -> None:
    assert "w:only_here" not in fit(EXAMPLES).weights


def test_a_written_model_is_read_as_it_was() -> None:
    model = fit(EXAMPLES)

    assert read_model(written(model)) == model


def test_weights_for_other_categories_are_refused_with_the_remedy() -> None:
    source = json.dumps({"categories": ["a", "b", "c"], "bias": [0, 0, 0], "weights": {}})

    with pytest.raises(ValueError, match="make train-routing"):
        read_model(source)


def test_features_without_a_weight_say_nothing() -> None:
    model = Model((0.0, 0.0, 0.0), {"known": (1.0, 2.0, 3.0)})

    assert model.scores(["unknown", "known"]) == (1.0, 2.0, 3.0)


def test_shares_add_up_even_for_huge_scores() -> None:
    assert sum(shares((1000.0, -1000.0, 0.0))) == pytest.approx(1.0)


def test_a_lexicon_finds_words_plurals_pairs_and_longer_phrases() -> None:
    lexicon = read_lexicon(["# a comment\n[pets]\nhorse guinea_pig best_of_friends\n[other]\nhorse\n"])

    found = list(lexicon.find(["two", "horses", "and", "a", "guinea", "pig", "are", "best", "of", "friends"]))

    assert found == [(1, "pets"), (1, "other"), (4, "pets"), (7, "pets")]
