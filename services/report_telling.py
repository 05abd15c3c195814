"""The story in the citizen's own words, and the category it belongs to."""

from __future__ import annotations

from datetime import timedelta

from services import report_words as words
from services.report_categories import Category
from services.report_course import Around, Story, ended, go_on, is_over, which_category
from services.report_draft import Draft, Stage
from services.report_heard import SURE, Heard
from services.report_step import Outcome, Say, Step, choice
from services.report_times import lately
from services.text import fold

# A category is taken without asking from this probability on, or with this lead over the next.
SURE_CATEGORY = 0.5
CLEAR_LEAD = 0.25
LEAST_OFFERED = 0.04
MOST_OFFERED = 3
# Whatever is not told apart after asking: a report all the same, sorted by an officer.
ANY = "nghi_van_khac"
COMPLAINT, PRAISE, CIVIL = "phan_anh_can_bo", "gop_y_khen", "tranh_chap_dan_su"
_BY_INTENT = {"khieu_nai_can_bo": COMPLAINT, "kien_nghi_phan_anh": PRAISE}
_WORDS_OF_ANNOUNCING = (
    "a alo an anh ban bao bi bo can cao cap chao chau chi cho chuyen co con cong da dao dau dc dien "
    "duoc em giac giao giup gop gui hien ho khan khieu lam lua mang mat minh mot muon nai nao nay "
    "ngay nha nhe o oi pham phan phuong qua sao su the thoai thong tiep tin to toi trat trinh tu tui "
    "ve vi viec voi vu xa xin y "
)
_GENERIC = frozenset(_WORDS_OF_ANNOUNCING.split())
_OFFERED_BY_INTENT = {
    "to_giac_toi_pham": ("trom_cap", "co_y_gay_thuong_tich", "de_doa_tong_tien_cuong_doat"),
    "to_giac_lua_dao_mang": ("lua_dao_mang", "toi_pham_mang_khac", "lua_dao_chiem_doat"),
    "phan_anh_giao_thong": ("do_xe_sai", "vuot_den_do", "tai_nan"),
    "phan_anh_trat_tu_cong_cong": ("tieng_on", "lan_chiem", "gay_roi_ttcc"),
}
_FRAUD = frozenset({"lua_dao_mang", "toi_pham_mang_khac", "de_doa_tong_tien_cuong_doat"})


def is_story(text: str, story: Story) -> bool:
    """Tell whether a text tells something, or only says that it is going to."""
    listed = fold(text).replace(",", " ").replace(".", " ").replace("?", " ").split()
    if not listed or set(listed) <= _GENERIC:
        return False
    return bool(story.categories or story.facts) or len(listed) >= 5


def told(draft: Draft, heard: Heard, story: Story, around: Around, *before: Say) -> Step:
    """Take words as the story, or ask for it."""
    if not is_story(heard.text, story):
        if heard.is_beside(unclear=True):
            return Step(draft, outcome=Outcome.BESIDE)
        draft = draft.with_(stage=Stage.STORY, tries=draft.tries + 1)
        return Step(draft, (*before, words.TELL_IT if draft.tries == 1 else words.NOT_A_STORY))
    draft = draft.with_story(heard.text)
    facts = {**story.facts, **draft.facts}
    draft = draft.with_(facts=facts)
    if draft.category:
        return take_category(draft, around.catalogue.category(draft.category), story, around, *before)
    return decide(draft, heard, story, around, *before)


def decide(draft: Draft, heard: Heard, story: Story, around: Around, *before: Say) -> Step:
    """Settle the category, or ask with two or three buttons."""
    ranked = [(one, chance) for one, chance in story.categories if one and one != "khan_cap"]
    meant = _BY_INTENT.get(draft.intent)
    if draft.intent == "khieu_nai_can_bo" and (not ranked or ranked[0][0] == COMPLAINT or _sure(heard)):
        return take_category(draft, around.catalogue.category(COMPLAINT), story, around, *before)
    if ranked:
        best, chance = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        # Whose money left minutes ago hears of the bank at once; the kind can be corrected before sending.
        in_haste = story.money_just_sent and best in _FRAUD
        if in_haste or chance >= SURE_CATEGORY or chance - second >= CLEAR_LEAD:
            return take_category(draft, around.catalogue.category(best), story, around, *before)
    if not ranked and draft.emergency:
        return take_category(draft, around.catalogue.category("khan_cap"), story, around, *before)
    if not ranked and meant:
        return take_category(draft, around.catalogue.category(meant), story, around, *before)
    likely = [one for one, chance in ranked if chance >= LEAST_OFFERED][:MOST_OFFERED]
    if not likely and draft.tries < 1:
        draft = draft.with_(stage=Stage.STORY, tries=draft.tries + 1)
        return Step(draft, (*before, words.STILL_NO_CATEGORY))
    offered = tuple(likely or _OFFERED_BY_INTENT.get(draft.intent, ()))
    if not offered:
        return take_category(draft, around.catalogue.category(ANY), story, around, *before)
    draft = draft.with_(stage=Stage.CATEGORY, offered=offered, tries=0)
    return Step(draft, (*before, which_category(draft, around)))


def chose(draft: Draft, category_id: str, story: Story, around: Around) -> Step:
    """Take the category whose button was tapped; none of them means that an officer sorts it."""
    known = {one.id for one in around.catalogue.categories}
    return take_category(
        draft, around.catalogue.category(category_id if category_id in known else ANY), story, around
    )


def choosing(draft: Draft, heard: Heard, story: Story, around: Around) -> Step:
    """Read a typed answer to "which of these is it?"."""
    bare = heard.bare
    for one in draft.offered:
        if fold(around.catalogue.category(one).title).replace(",", "") == bare:
            return chose(draft, one, story, around)
    if heard.knows_not or heard.skips or heard.says("no") or bare == "viec khac":
        return take_category(draft, around.catalogue.category(ANY), story, around)
    if heard.says("yes"):
        return chose(draft, draft.offered[0], story, around)
    if heard.is_beside(unclear=not is_story(heard.text, story)):
        return Step(draft, outcome=Outcome.BESIDE)
    draft = draft.with_story(heard.text).with_(facts={**story.facts, **draft.facts})
    whole = around.reader.story(draft.story, heard.sent_at, heard.ranking)
    ranked = [one for one, _ in whole.categories if one != "khan_cap"]
    chosen = ranked[0] if ranked else (draft.offered[0] if draft.tries else "")
    if chosen:
        return take_category(draft, around.catalogue.category(chosen), whole, around)
    return Step(draft.with_(tries=1), (which_category(draft, around),))


def take_category(draft: Draft, category: Category, story: Story, around: Around, *before: Say) -> Step:
    """Go on in a category: what to do first, where to go when it is no police matter, or the questions."""
    draft = draft.with_(category=category.id, offered=(), tries=0)
    if story.money_just_sent and "thoi_gian" not in draft.facts and category.id in _FRAUD:
        # Nobody named an hour, and the money left "just now".
        draft = draft.with_fact("thoi_gian", lately("vừa mới", around.now, timedelta(hours=3)))
    if not category.report:
        return _elsewhere(draft, category, around, *before)
    says = [*before]
    if draft.has_told("advice"):
        return go_on(draft, around, *says)
    says.append(Say(words.heard_as(category)))
    if bank := bank_first(draft, category, around, just_sent=story.money_just_sent):
        says.append(bank)
        draft = draft.telling("bank")
    elif lines := _first_advice(category, is_over(draft, around.now)):
        says.append(Say(lines))
    if draft.evidence and not draft.has_told("before"):
        got = words.evidence_got([item.kind for item in draft.evidence])
        says.append(Say(f"Em đã kèm {got} anh/chị gửi lúc nãy."))
    return go_on(draft.telling("advice", "before"), around, *says)


def bank_first(draft: Draft, category: Category, around: Around, just_sent: bool) -> Say | None:
    """Give the checklist for money that left within hours, once; None when it does not apply."""
    if not just_sent or category.id not in _FRAUD or draft.has_told("bank"):
        return None
    known = {item.id: item for one in around.catalogue.categories for item in one.advice}
    ids = ("goi_ngan_hang", "dung_chuyen_them", "chup_lai_het", "doi_mat_khau")
    lines = [f"{n}. {known[one].text}" for n, one in enumerate((i for i in ids if i in known), start=1)]
    return Say("Tiền vừa chuyển đi thì làm ngay mấy việc này trước:\n" + "\n".join(lines))


def _first_advice(category: Category, over: bool) -> str:
    if category.group == "khieu_nai_can_bo":
        return "\n".join(item.text for item in category.advice if item.id == "to_cao_phai_ky")
    if category.sensitive:
        return "\n".join(item.text for item in category.advice[:2])
    if category.emergency.colour == "green":
        return ""
    kind = "chung_cu" if over else "an_toan"
    return "\n".join([item.text for item in category.advice if item.kind == kind][:1])


def _elsewhere(draft: Draft, category: Category, around: Around, *before: Say) -> Step:
    if category.id == CIVIL and not draft.has_told("civil"):
        question = category.questions[0]
        buttons = (
            choice(question.choices[0], "category:co_y_gay_thuong_tich"),
            choice(question.choices[1], "category:lua_dao_chiem_doat"),
            choice(question.choices[2], "civil"),
        )
        draft = draft.telling("civil").with_(
            stage=Stage.CATEGORY,
            category="",
            offered=("co_y_gay_thuong_tich", "lua_dao_chiem_doat", CIVIL),
        )
        return Step(draft, (*before, Say(question.ask, buttons)))
    lines = [category.route.say, *(item.text for item in category.advice)]
    numbers = [
        item for item in category.hotlines if item.area is None and item.number not in ("113", "114", "115")
    ]
    lines += [f"{item.number}: {item.about}." for item in numbers]
    text = "Dạ, " + lines[0][0].lower() + lines[0][1:] + "\n" + "\n".join(dict.fromkeys(lines[1:]))
    text += (
        "\nTin này không lưu lại ở đây. Nếu có người bị đánh, bị đe dọa, bị lừa, anh/chị cứ báo lại cho em."
    )
    return ended(draft, Outcome.ELSEWHERE, *before, Say(text, (words.CALL_113,)))


def _sure(heard: Heard) -> bool:
    return heard.confidence >= SURE
