"""The build of a Vietnamese syllable: is it one, where its tone mark stands, what Telex letters mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from services.text import fold

# Telex keys and VNI digits are letters that mean a mark; see any description of the input methods.
_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_TONE_MARKS = set(_TONES.values())
_SHAPES = {"aa": "â", "ee": "ê", "oo": "ô", "aw": "ă", "ow": "ơ", "uw": "ư", "dd": "đ"}
_VOWELS = "aăâeêioôơuưy"
_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnpqrstvx])?"
_NUCLEUS = (
    "iêu|yêu|oai|oay|oao|oeo|uây|uôi|uya|uyê|uyu|ươi|ươu|uơ|"
    "ia|iê|yê|iu|ua|uâ|uê|uô|ui|uy|ưa|ươ|ưi|ưu|oa|oă|oe|oi|ôi|ơi|ai|ao|au|ay|âu|ây|eo|êu|"
    f"[{_VOWELS}]"
)
_CODA = r"(?:ch|ng|nh|[cmnpt])?"
_SYLLABLE = re.compile(f"^{_ONSET}(?:{_NUCLEUS}){_CODA}$")
_FOLDED_NUCLEUS = (
    "ieu|yeu|oai|oay|oao|oeo|uay|uoi|uya|uye|uyu|uou|ia|ie|ye|iu|ua|ue|uo|ui|uy|oa|oe|oi|ai|ao|au|ay|eo|eu|uu|"
    "[aeiouy]"
)
_FOLDED = re.compile(f"^{_ONSET}(?:{_FOLDED_NUCLEUS}){_CODA}$")


@lru_cache(maxsize=50_000)
def plain_word(word: str) -> str:
    """Give a word without marks. For words, not for texts: what was asked is remembered."""
    return fold(word)


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Tell whether a lower-case word could be one Vietnamese syllable, with or without its marks."""
    bare, tones = _take_tones(word)
    if len(tones) > 1:
        return False
    plain = _without_shapes(bare)
    return bool(_SYLLABLE.match(bare) or (bare == plain and _FOLDED.match(bare)))


@lru_cache(maxsize=50_000)
def place_tone(word: str) -> str:
    """Give a syllable with its tone mark on the letter where most dictionaries have it: hoà → hòa."""
    bare, tones = _take_tones(word)
    if len(tones) != 1:
        return word
    return _with_tone(bare, tones[0])


@lru_cache(maxsize=50_000)
def decode_telex(word: str) -> str | None:
    """Give what the writer meant when Telex letters stayed in a word (dduowcj → được), else None."""
    bare, tones = _take_tones(word)
    if len(tones) > 1:
        return None
    for shaped in _shapes(bare):
        if not tones and _SYLLABLE.match(shaped):
            return shaped
        for place in range(len(shaped) - 1, 0, -1):
            mark = _TONES.get(shaped[place])
            rest = shaped[:place] + shaped[place + 1 :]
            if mark is None or not any(letter in _VOWELS for letter in shaped[:place]):
                continue
            if _SYLLABLE.match(rest) and (not tones or tones[0] == mark):
                return _with_tone(rest, mark)
        if tones and shaped != bare and _SYLLABLE.match(shaped):
            return _with_tone(shaped, tones[0])
    return None


def _shapes(bare: str) -> list[str]:
    """Give the readings of double letters and "w", the likeliest first."""
    readings = [bare]
    shaped = bare
    if shaped.startswith("dd"):
        shaped = "đ" + shaped[2:]
    elif shaped.startswith("d") and shaped.endswith("d") and len(shaped) > 2:
        shaped = "đ" + shaped[1:-1]
    readings.append(shaped)
    for keys, letter in _SHAPES.items():
        if keys != "dd":
            shaped = shaped.replace(keys, letter)
    shaped = shaped.replace("uơ", "ươ") if not shaped.endswith("uơ") else shaped
    readings.append(shaped)
    if "w" in shaped:
        # "duowcj" has its w after the pair; "truwong" and "nguwoif" leave the second letter plain.
        rest = shaped.replace("w", "", 1)
        readings.append(re.sub("uo|ưo|uơ", "ươ", rest, count=1) if re.search("uo|ưo|uơ", rest) else rest)
        readings.append(re.sub("u(?!.*u)", "ư", rest, count=1))
        readings.append(re.sub("a(?!.*a)", "ă", rest, count=1))
        readings.append(re.sub("o(?!.*o)", "ơ", rest, count=1))
    readings.append(re.sub("ưo", "ươ", shaped))
    for letter, hat in (("a", "â"), ("e", "ê"), ("o", "ô")):
        # The second letter of a pair typed after the end of the syllable: "muona", "viete".
        if shaped.count(letter) == 2 and shaped.endswith(letter):
            readings.append(shaped[:-1].replace(letter, hat, 1))
    return list(dict.fromkeys(readings))


def _take_tones(word: str) -> tuple[str, list[str]]:
    decomposed = unicodedata.normalize("NFD", word)
    tones = [char for char in decomposed if char in _TONE_MARKS]
    bare = "".join(char for char in decomposed if char not in _TONE_MARKS)
    return unicodedata.normalize("NFC", bare), tones


def _without_shapes(bare: str) -> str:
    decomposed = unicodedata.normalize("NFD", bare.replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _with_tone(bare: str, mark: str) -> str:
    start = 2 if bare[:2] in ("qu", "gi") and len(bare) > 2 and bare[2] in _VOWELS else 0
    places = [i for i in range(start, len(bare)) if bare[i] in _VOWELS]
    if not places:
        places = [i for i, letter in enumerate(bare) if letter in _VOWELS]
    if not places:
        return bare
    shaped = [i for i in places if bare[i] in "ăâêôơư"]
    if shaped:
        place = shaped[-1]
    elif len(places) == 1:
        place = places[0]
    elif len(places) == 3 or places[-1] < len(bare) - 1:
        place = places[1]
    else:
        place = places[0]
    return unicodedata.normalize("NFC", bare[: place + 1] + mark + bare[place + 1 :])
