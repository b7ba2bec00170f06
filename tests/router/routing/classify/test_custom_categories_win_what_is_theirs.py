import pytest

from hack.routing.prompts import held_out
from vutler_router.routing.classify import CustomCategory, classify, judge

LEGAL = CustomCategory("legal", ("contract", "lawyer", "law"), "Questions about law and contracts")
SUPPORT = CustomCategory("support-client", ("commande", "remboursement"), "Demandes des clients sur leurs commandes")
COOKING = CustomCategory("cooking", ("recipe",), "Recipes and cooking", ("How long should I boil an egg?",))
CUSTOMS = (LEGAL, SUPPORT, COOKING)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Is this contract valid without a signature?", "legal"),
        ("do I need lawyers for that", "legal"),
        ("Je veux un remboursement", "support-client"),
        ("mes commandes ne sont pas arrivées", "support-client"),
        ("Which recipe works with leftover rice?", "cooking"),
        ("For how long do I boil the eggs?", "cooking"),
    ],
)
def test_a_request_goes_to_the_category_whose_words_it_uses(text: str, name: str) -> None:
    assert judge(text, CUSTOMS).category == name


def test_a_category_wins_by_a_word_of_its_topic_that_it_never_named() -> None:
    assert judge("Ma livraison a trois jours de retard", CUSTOMS).category == "support-client"


def test_forms_of_a_keyword_count() -> None:
    verdict = judge("Je voudrais être remboursé", CUSTOMS)

    assert verdict.category == "support-client"
    assert verdict.signals == ('"rembourse" belongs to support-client',)


def test_code_is_not_taken_by_a_word() -> None:
    assert judge("Write a Solidity smart contract in which `mint()` is only for the owner", CUSTOMS).category == "code"


def test_mathematics_is_not_taken_by_a_word() -> None:
    text = "Un magasin a 24 commandes et en livre 9. Combien de commandes reste-t-il ?"

    assert judge(text, CUSTOMS).category == "reasoning"


def test_a_technical_category_takes_technical_requests() -> None:
    databases = CustomCategory(
        "databases", ("sql", "postgres", "index"), "SQL queries, schemas and tuning of databases"
    )

    assert judge("SELECT * FROM orders is slow although there is an index", (databases,)).category == "databases"


def test_custom_categories_steal_next_to_nothing() -> None:
    prompts = [prompt for prompt in held_out() if "everyday" not in prompt.source and "quotidien" not in prompt.source]
    stolen = [prompt.text for prompt in prompts if judge(prompt.text, CUSTOMS).category in {c.name for c in CUSTOMS}]

    assert len(stolen) <= len(prompts) * 0.02, stolen


def test_without_custom_categories_nothing_is_custom() -> None:
    assert judge("Is this contract valid?").category == classify("Is this contract valid?")


def test_a_category_without_words_takes_nothing() -> None:
    assert judge("anything at all", (CustomCategory("x"),)).category == "conversation"


def test_the_scores_name_the_custom_category_beside_the_built_in_ones() -> None:
    verdict = judge("Is this contract valid?", CUSTOMS)

    assert set(verdict.scores) == {"code", "reasoning", "conversation", "legal"}
    assert verdict.confidence == verdict.scores["legal"]
