"""Different people's words for one thing are one concept."""

from __future__ import annotations

import re

import pytest

from nlu.concepts import ConceptFinder, load_concepts

FINDER = ConceptFinder({"MAT": ["bị mất", "rớt … bóp"], "TUOI": ["_so_ tuổi"], "NGU": ["ngủ lại"]})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tôi bị mất thẻ", ["MAT"]),
        ("toi bi mat the", ["MAT"]),
        ("bí mật", []),
        ("rớt cái bóp", ["MAT"]),
        ("rớt một hai ba bốn bóp", []),
        ("con 14 tuổi", ["TUOI"]),
        ("mười tuổi", ["TUOI"]),
        ("ngũ lại", ["NGU"]),
        ("", []),
    ],
)
def test_wordings_are_found(text: str, found: list[str]) -> None:
    assert FINDER.find(text.split()) == found


def test_two_concepts_make_a_pair() -> None:
    assert FINDER.features(["bị", "mất", "ngủ", "lại"]) == ["MAT", "NGU", "MAT+NGU"]


def test_the_lexicon_is_well_formed() -> None:
    lexicon = load_concepts()
    assert all(re.fullmatch(r"[A-Z0-9_]+", name) for name in lexicon)
    flat = [(name, str(word)) for name, words in lexicon.items() for word in words]
    assert [word for _, word in flat if word != word.strip() or word.startswith("…")] == []
    assert [item for item in set(flat) if flat.count(item) > 1] == []
