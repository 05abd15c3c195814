"""Reads a citizen's story: what kind of report it is, how urgent, and every fact that was told.

Pure: no SQL, no network, no clock; "now" is when the message was sent. What a citizen wrote stays plain
text, whatever it looks like. Stories are read up to `LONGEST_STORY` letters; the rest is kept by the
caller, not read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.clock import VIETNAM
from services.moments import Moment
from services.report_categories import Catalogue, Category
from services.report_danger import Stretch, danger, present
from services.report_english import cries_in_english
from services.report_facts import Fact
from services.report_lexicon import denied, folded_alike
from services.report_numbers import Numbers, find_numbers
from services.report_people import find_people
from services.report_places import find_place
from services.report_themes import find_themes, find_vehicles
from services.report_times import find_time, moments_of, only_hour
from services.text import fold
from services.unit_search import UnitSearch
from services.units import Unit

LONGEST_STORY = 5_000
# Money sent within this time may still be stopped by the banks.
JUST = timedelta(hours=24)
_MOST = 5
_BEGINNING, _END = 1_200, 600
# A category outside the trained ranking counts as if it had this probability, and the square root of the
# weight of the content's words is added to the logarithm: fitted on a held-out quarter of the training
# sentences (docs/nlu.md).
_LEAST, _WORDS_WEIGHT = 0.001, 0.9
_SURE = 0.15
# Facts that are read off any story; all others only where the category asks for them.
_ALWAYS_TOLD = (
    "thoi_gian dia_diem bien_so so_tien tai_khoan bang_chung doi_tuong vi_sao_biet huong_di lap_lai "
    "bi_thuong dang_dien_ra vu_khi bi_hai nhan_chung lien_he an_toan"
)
_ALWAYS = frozenset(_ALWAYS_TOLD.split())
_SENSITIVE = frozenset({"thoi_gian", "dia_diem", "an_toan", "lien_he", "dang_dien_ra", "hanh_vi"})
_SENT = re.compile(
    r"\b(?:chuyen khoan|chuyen tien|da chuyen|vua chuyen|moi chuyen|lo chuyen|chuyen (?:cho|vao|qua|het|"
    r"di|mat|\d)|ck|nap (?:tien|vao|them|\d)|"
    r"gui tien|dong tien coc|bi tru (?:tien|mat|het|\d)|mat (?:sach |het )?tien trong (?:the|tai khoan)|"
    r"tai khoan bi tru|bay mat \d|"
    r"dat coc|rut sach|bay sach|tien bay)\b"
)
_JUST = re.compile(
    r"\b(?:vua|moi|vua moi|moi vua|nay gio|hoi nay|luc nay|ban nay|khi nay|vua xong|"
    r"^nay(?= (?:em|toi|tui|minh)))\b(?! (?:den|dau)\b)"
)
_GOING_ON = re.compile(r"\bdang\b(?! (?:le|tin|khen|ra|nghi|ky|bai|len)\b)[^.,;!?\n]{0,24}(?=\W|$)")
_MONEY_CATEGORIES = frozenset({"lua_dao_mang", "toi_pham_mang_khac", "de_doa_tong_tien_cuong_doat"})


@dataclass(frozen=True)
class Story:
    """What a story tells.

    `categories` are (id, probability), best first, at most five. `colour` is red (danger now), amber
    (ask whether it goes on) or green. `facts` are by the ids of the content. `plates`, `phones`,
    `accounts`, `links` hold all that were said; `vehicles` are {"loai_xe", "mau", "said"}.
    `money_just_sent`: money went to a cheat within a day, so the bank comes first.
    """

    text: str
    categories: tuple[tuple[str, float], ...]
    colour: str
    facts: Mapping[str, Fact]
    money_just_sent: bool
    plates: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    vehicles: tuple[Mapping[str, str], ...] = ()


def read_story(
    text: str,
    sent_at: datetime,
    catalogue: Catalogue,
    loai_tin: Iterable[tuple[str, float]] = (),
    units: UnitSearch | None = None,
    home: Unit | None = None,
) -> Story:
    """Read a story that was sent at an aware moment.

    `loai_tin` is the trained ranking of categories, if the message has one; `units` and `home` find the
    ward of a place. Raises ValueError for a moment without time zone.
    """
    if sent_at.tzinfo is None:
        raise ValueError("the moment of sending needs a time zone")
    given, folded = folded_alike(text[:LONGEST_STORY])
    ranked = rank_categories(given, catalogue, loai_tin)
    likely = [catalogue.category(one) for one, chance in ranked[:3] if chance >= _SURE] or [
        catalogue.category(one) for one, _ in ranked[:1]
    ]
    numbers = find_numbers(given)
    moments = moments_of(given, sent_at)
    now = present(folded, moments, sent_at, catalogue.past_words)
    facts = _facts(given, folded, sent_at, (moments, now), numbers, units, home)
    colour = "red" if cries_in_english(folded) else danger(likely, given, folded, now)
    return Story(
        given,
        tuple(ranked),
        colour,
        _relevant(facts, likely[0] if likely else None, given),
        _money_just_sent(folded, facts.get("thoi_gian"), likely, sent_at),
        tuple(numbers.plates),
        tuple(numbers.phones),
        tuple(numbers.accounts),
        tuple(numbers.links),
        tuple(find_vehicles(given, folded)),
    )


def rank_categories(
    text: str, catalogue: Catalogue, loai_tin: Iterable[tuple[str, float]] = ()
) -> list[tuple[str, float]]:
    """Give the likeliest categories with probabilities, by the trained ranking and the content's words.

    The text is read without its marks: the same story is of the same kind however it was typed.
    """
    weights = {category.id: weight for category, weight in catalogue.match(fold(_telling(text)))}
    known = {category.id for category in catalogue.categories}
    trained = {one: chance for one, chance in loai_tin if one in known}
    if not trained:
        total = sum(weights.values())
        return [(one, round(weight / total, 4)) for one, weight in list(weights.items())[:_MOST]]
    scores = {
        one: math.log(max(trained.get(one, 0.0), _LEAST)) + _WORDS_WEIGHT * math.sqrt(weights.get(one, 0.0))
        for one in {*trained, *weights}
    }
    top = max(scores.values())
    shares = {one: math.exp(score - top) for one, score in scores.items()}
    total = sum(shares.values())
    best = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST]
    return [(one, round(share / total, 4)) for one, share in best]


def _telling(text: str) -> str:
    """Give where a long story says what it is about: its beginning and its end."""
    if len(text) <= _BEGINNING + _END:
        return text
    return f"{text[:_BEGINNING]} {text[-_END:]}"


def _facts(
    given: str,
    folded: str,
    sent_at: datetime,
    times: tuple[list[Moment], list[Stretch]],
    numbers: Numbers,
    units: UnitSearch | None,
    home: Unit | None,
) -> dict[str, Fact]:
    found = {**find_themes(given, folded), **find_people(given, folded), **numbers.facts}
    if place := find_place(given, numbers.taken, units, home):
        found["dia_diem"] = place
    when = find_time(given, sent_at, numbers.taken, times[0])
    if when is not None and "lap_lai" in found and when.value and only_hour(when.said):
        # "tối nào cũng hát tới 12h khuya" names hours, not a day.
        found["lap_lai"] = _spanning(given, found["lap_lai"], when)
        when = None
    if when is not None:
        found["thoi_gian"] = when
        if "nguoi_can_tim" in found:
            found["lan_cuoi"] = when
    if going := _going_on(given, folded, when, times[1], sent_at):
        found["dang_dien_ra"] = going
    return found


def _spanning(given: str, repeated: Fact, hour: Fact) -> Fact:
    """Give the words of how often and of the hour as one stretch, where they stand near each other."""
    spans = [(given.find(one.said), given.find(one.said) + len(one.said)) for one in (repeated, hour)]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return Fact(given[start:end]) if end - start <= 80 else repeated


def _going_on(
    given: str, folded: str, when: Fact | None, now: list[Stretch], sent_at: datetime
) -> Fact | None:
    """Tell whether it goes on, in the words of the content's choices."""
    for start, end in now:
        match = next(
            (one for one in _GOING_ON.finditer(folded, start, end) if not denied(folded, one.start())), None
        )
        if match:
            return Fact(given[slice(*match.span())].strip(), "Đang diễn ra")
    if when is None or when.value is None or when.doubt:
        return None
    hour_ago = sent_at - timedelta(hours=1)
    if datetime.fromisoformat(when.value["start"]) >= hour_ago:
        return Fact(when.said, "Vừa xong dưới 1 giờ")
    return Fact(when.said, "Đã lâu hơn") if datetime.fromisoformat(when.value["end"]) < hour_ago else None


def _relevant(facts: dict[str, Fact], category: Category | None, given: str) -> dict[str, Fact]:
    """Keep what a report of this category holds; of sensitive matters no more than may be asked."""
    asked = {*category.needs, *category.helps, *(q.fact for q in category.questions)} if category else set()
    if len(given.split()) >= 4:
        facts["hanh_vi"] = Fact(given)
    if category is not None and category.sensitive:
        return {name: fact for name, fact in facts.items() if name in _SENSITIVE}
    wanted = _ALWAYS | asked | {"hanh_vi"}
    return {name: fact for name, fact in facts.items() if name in wanted}


def _money_just_sent(folded: str, when: Fact | None, likely: list[Category], sent_at: datetime) -> bool:
    if not any(category.id in _MONEY_CATEGORIES for category in likely[:2]):
        return False
    sent = next((m for m in _SENT.finditer(folded) if not denied(folded, m.start())), None)
    if sent is None:
        return False
    if when is not None and when.value:
        end = datetime.fromisoformat(when.value["end"]).astimezone(VIETNAM)
        return sent_at - JUST <= end <= sent_at + timedelta(hours=1)
    return bool(_JUST.search(folded[max(0, sent.start() - 60) : sent.end() + 60]))
