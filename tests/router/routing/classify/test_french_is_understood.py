import pytest

from vutler_router.routing.classify import classify

REQUESTS = (
    ("Écris une fonction JavaScript qui trie un tableau d'objets", "code"),
    ("mon programme plante avec une erreur de segmentation", "code"),
    ("comment revenir au commit précédent avec git", "code"),
    ("Affiche les dix plus gros fichiers du dossier", "code"),
    ("Résous l'équation 4x - 3 = 13", "reasoning"),
    ("Lina a 14 billes et en perd 5. Combien lui en reste-t-il ?", "reasoning"),
    ("Pourquoi la mer est-elle salée ?", "reasoning"),
    ("Démontre que le carré d'un nombre pair est pair.", "reasoning"),
    ("Bonjour, comment vas-tu aujourd'hui ?", "conversation"),
    ("je suis un peu triste ce soir", "conversation"),
    ("Rédige un mot d'excuse pour la maîtresse de mon fils", "conversation"),
    ("t'es vraiment drôle", "conversation"),
)


@pytest.mark.parametrize(("text", "category"), REQUESTS)
def test_a_french_request_has_its_category(text: str, category: str) -> None:
    assert classify(text) == category


@pytest.mark.parametrize(("text", "category"), REQUESTS)
def test_a_french_request_keeps_its_category_without_accents(text: str, category: str) -> None:
    plain = text.translate(str.maketrans("éèêàâçîôûùÉ", "eeeaaciouuE"))

    assert classify(plain) == category
