"""Whether a story tells of danger now: red words that are not denied and not of the past.

A story is read clause by clause. It stays in the past from the clause that says so ("hồi tối qua") until
one that says now ("giờ nó đang phá cửa").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from services.clock import VIETNAM
from services.moments import Moment
from services.phrases import words
from services.report_categories import Category
from services.report_lexicon import denied
from services.report_matching import parts
from services.text import fold

# "giờ nó đang …" says now; "9 giờ nó đang …" does not.
_NOW_SAID = (
    r"(?:bay gio|bi gio|hien gio|hien tai|luc nay|nay gio|"
    r"(?<!\d )gio (?:no|ho|ong|ba|thang|dua|tui|dam|nhom|bon|chung|con|dang|lai|van|thi|anh ta))"
)
_CLAUSE = re.compile(rf"[.!?;,\n]+|\b(?={_NOW_SAID}\b)")
_NOW = re.compile(
    rf"\b(?:{_NOW_SAID}|kia|cuu (?:voi|toi|em|tui|con)|toi nay|van dang|van con dang|hien dang|"
    r"giup gap|toi gap)\b"
)
_NOT_NOW = re.compile(
    r"\b(?:hom kia|bua kia|toi kia|dem kia|luc kia|kia roi|nam kia|thang kia|(?:ben|dang|phia|o|"
    r"dau) kia|kia kia)\b"
)
_PAST_ASPECT = re.compile(
    r"\b(?:hoi (?:toi|sang|trua|chieu|dem|khuya|nam|thang|tuan)|(?:toi|dem|hom|bua|sang|chieu|trua|"
    r"khuya) (?:qua|kia|truoc|no)|"
    r"hom bua|bua hom|tuan truoc|tuan roi|thang truoc|thang roi|nam ngoai|nam truoc|lau roi|da lau|"
    r"hoi truoc|truoc day|"
    r"luc truoc|cach day|hom thu)\b"
)
_RECENT = timedelta(hours=2)
Stretch = tuple[int, int]


def danger(candidates: Sequence[Category], given: str, folded: str, now: Sequence[Stretch]) -> str:
    """Give "red" (call now), "amber" (ask whether it goes on) or "green" for the likeliest categories.

    `now` are the stretches of the story that are not past (`present`). The base colour is that of the
    first candidate; a red word of any makes it red.
    """
    if not candidates:
        return "green"
    for category in candidates:
        stretches: Sequence[Stretch] = now
        if category.emergency.lasting and category is candidates[0]:
            stretches = [(0, len(folded))]
        for start, end in stretches:
            if _red(category, given, folded, start, end):
                return "red"
    return "green" if candidates[0].emergency.colour == "green" else "amber"


def _red(category: Category, given: str, folded: str, start: int, end: int) -> bool:
    for first, others in _red_words(category.emergency.red_words):
        for match in first.pattern.finditer(folded, start, end):
            affirmed = first.fits(given, match) and not denied(folded, match.start())
            if affirmed and all(one.said(given, folded, start, end) for one in others):
                return True
    return False


class _Phrase:
    def __init__(self, said: str) -> None:
        self._forms = [words(one) for one in said.split("|")]
        body = "|".join(re.escape(fold(one)).replace(r"\ ", r"\s+") for one in said.split("|"))
        self.pattern = re.compile(rf"(?<!\w)(?:{body})(?!\w)")

    def fits(self, given: str, match: re.Match[str]) -> bool:
        typed = words(given[match.start() : match.end()])
        return any(
            len(typed) == len(form)
            and all(
                a.folded == b.folded and (a.bare or a.marked == b.marked)
                for a, b in zip(typed, form, strict=True)
            )
            for form in self._forms
        )

    def said(self, given: str, folded: str, start: int, end: int) -> bool:
        return any(
            self.fits(given, match) and not denied(folded, match.start())
            for match in self.pattern.finditer(folded, start, end)
        )


@lru_cache(maxsize=128)
def _red_words(listed: tuple[str, ...]) -> list[tuple[_Phrase, list[_Phrase]]]:
    """Give the red words of two syllables and more; "cháy" alone is also "chạy" without marks."""
    made = []
    for wording in listed:
        if len(wording.split()) > 1:
            first, *others = map(_Phrase, parts(wording))
            made.append((first, others))
    return made


def present(
    folded: str, moments: Sequence[Moment], sent_at: datetime, past_words: Sequence[str]
) -> list[Stretch]:
    """Give the stretches of a folded story that are not told as past."""
    here = sent_at.astimezone(VIETNAM)
    gone = [fold(one) for one in past_words]
    present: list[tuple[int, int]] = []
    past = False
    for start, end in _clauses(folded):
        clause = f" {folded[start:end]} "
        old = any(one.begins < end and start < one.ends and one.end < here - _RECENT for one in moments)
        old = old or bool(_PAST_ASPECT.search(clause)) or any(f" {one} " in clause for one in gone)
        if old:
            past = True
        elif _NOW.search(_NOT_NOW.sub(" ", clause)):
            past = False
        if not past:
            present.append((start, end))
    # Red words may stand over a comma: neighbouring stretches are read together.
    joined: list[tuple[int, int]] = []
    for start, end in present:
        if joined and start - joined[-1][1] <= 2:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _clauses(folded: str) -> list[tuple[int, int]]:
    cuts = [0]
    for match in _CLAUSE.finditer(folded):
        cuts += [match.start(), match.end()]
    cuts.append(len(folded))
    return [(a, b) for a, b in pairwise(cuts) if folded[a:b].strip(" .,;!?\n")]
