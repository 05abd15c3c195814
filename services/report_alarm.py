"""Danger comes before everything: the numbers to call, the officers on duty, then, if wanted, the report.

Whether a story tells of danger now is read by the reader (`Story.colour`); here it is decided whether
to interrupt, with which numbers, and that the officers are told once.
"""

from __future__ import annotations

from datetime import timedelta

from services import report_words as words
from services.phrases import Said
from services.report_categories import Category
from services.report_course import (
    Around,
    Story,
    anonymous,
    category_of,
    ended_before,
    find_question,
    go_on,
    is_over,
)
from services.report_draft import Draft, Stage
from services.report_english import cries_in_english
from services.report_facts import Fact
from services.report_heard import SURE, Heard
from services.report_identity import ANONYMOUS
from services.report_parts import Question
from services.report_reporter import identity_meant
from services.report_step import Alert, Say, Step, call
from services.report_times import lately
from services.text import fold, squeeze

URGENT = "khan_cap"
MOST_NUMBERS = 4
SURE_OF_DANGER = 0.9

_FIRE = (
    "cháy nhà|cháy lớn|đang cháy|cháy to|bị cháy|cháy rồi|khói|mùi gas|rò gas|xì gas|phát nổ|nổ bình|"
    "mắc kẹt|bị kẹt|có người kẹt|đuối nước|chết đuối|sập nhà|nhốt trong thang máy|kẹt thang máy|"
    "kẹt bên trong|kẹt trong|lính cứu hỏa"
)
_HURT = (
    "chảy máu|bị thương|bất tỉnh|ngất|gãy tay|gãy chân|co giật|khó thở|nằm gục|máu me|sắp chết|"
    "cấp cứu|bị đâm|bị chém|uống thuốc sâu|uống thuốc ngủ|sốc thuốc|đột quỵ|xe cấp cứu"
)
_CRIME = (
    "cầm dao|con dao|dí dao|mã tấu|cầm súng|bắn nhau|đòi chém|chém|đâm|đập cửa|phá cửa|đạp cửa|cạy cửa|"
    "bị cướp|đang cướp|"
    "trộm|đánh nhau|bị đánh|đang đánh|rượt|đòi giết|dọa giết|bắt cóc|bị nhốt|hiếp|quậy phá"
)
_CHILD = (
    "em bé|bé gái|bé trai|cháu bé|con tôi|con em|con tui|con gái tôi|con trai tôi|trẻ em|trẻ con|"
    "đứa bé|học sinh|con nít"
)
_OWN_LIFE = (
    "muốn chết|tự tử|tự sát|không muốn sống|hết muốn sống|chán sống|ko muốn sống|nhảy cầu tự|"
    "kết thúc cuộc đời|k muốn sống"
)
# What a call in need sounds like; after "it is over" only these interrupt.
_CRY = "cứu|kìa|đang|ngay bây giờ|giúp gấp|tới gấp|đến gấp"

# The words of a choice, typed where another question waits: no cry for help.
_GOES_ON = frozenset({"dang dien ra", "dang xay ra", "van dang dien ra", "con dang dien ra", "van con"})
_A_FEW = 4
# Whoever is in danger makes no suggestion, whatever the model heard.
_NO_DANGER = "kien_nghi"

_PAST_CHOICES = frozenset({"Đã lâu hơn", "Vừa xong dưới 1 giờ", "Đã qua rồi", "Đã dừng"})
# Where 111 is right although nobody spoke of a child.
_FOR_111 = frozenset({"xam_hai_tre_em", "mua_ban_nguoi"})
_PLAIN_MEANING = {
    "113": "công an",
    "114": "cháy nổ, cứu nạn",
    "115": "cấp cứu",
    "111": "giúp trẻ em",
}


def look(draft: Draft | None, heard: Heard, story: Story, around: Around) -> Step | None:
    """Give the step that interrupts for danger, None when there is none in this message."""
    if heard.choice or not heard.text or (draft is not None and heard.bare in _GOES_ON):
        return None
    named = [around.catalogue.category(one) for one, _ in story.categories[:1] if one]
    known = category_of(draft, around) if draft is not None else None
    if not _is_danger(draft, heard, story, known, around):
        return None
    category = next((one for one in (*named, known) if one is not None), None)
    opened = draft if draft is not None else _opened(heard, around)
    opened = opened.with_story(heard.text)
    for fact_id, fact in story.facts.items():
        if fact_id not in opened.facts:
            opened = opened.with_fact(fact_id, fact)
    lasting = category is not None and category.emergency.lasting
    if "thoi_gian" not in opened.facts and not lasting and Said(heard.text).says(_CRY):
        opened = opened.with_fact(
            "thoi_gian", lately("lúc nhắn tin, đang xảy ra", around.now, timedelta(minutes=30))
        )
    if (
        not opened.category
        and category is not None
        and category.id != URGENT
        and category.report
        and (category.group != _NO_DANGER)
    ):
        opened = opened.with_(category=category.id)
    return interrupt(opened, heard, numbers(heard.text, category, around), around)


def _is_danger(
    draft: Draft | None, heard: Heard, story: Story, known: Category | None, around: Around
) -> bool:
    said = Said(heard.text)
    if draft is not None and draft.stage is Stage.DANGER:
        # The numbers were told already; a cry repeats them, everything else goes on.
        return story.colour == "red" and said.says("cứu tôi|cứu với|cứu em|cứu|help")
    if draft is not None and draft.alerted_at is not None and not said.says(_CRY):
        return False
    over = draft is not None and is_over(draft, around.now)
    going = draft.facts.get("dang_dien_ra") if draft is not None else None
    told_past = going is not None and going.value in _PAST_CHOICES
    if over or told_past:
        lasting = known is not None and known.emergency.lasting
        if not lasting and not said.says(_CRY):
            return False
    if story.colour == "red":
        return True
    if heard.intent != URGENT or heard.confidence < SURE:
        return False
    # Words that name a kind of report in which the first question is whether it goes on: that is asked.
    named = around.catalogue.category(story.categories[0][0]) if story.categories else None
    asks_first = named is not None and any(one.fact == "dang_dien_ra" for one in named.questions)
    if asks_first and story.colour == "amber" and heard.confidence < SURE_OF_DANGER:
        return False
    # The model heard a cry that the words do not explain: an answer to a question is none, and what is
    # told as past or denied is none.
    if draft is not None and draft.stage is not Stage.STORY and not said.says(_CRY):
        return False
    when = story.facts.get("thoi_gian")
    past = any(said.says(one) for one in around.catalogue.past_words) or ended_before(when, around.now)
    return not past and not _denied(heard.text, around)


def _denied(text: str, around: Around) -> bool:
    bare = f" {squeeze(fold(text))} "
    return any(f" {fold(one)} " in bare for one in around.catalogue.negations if " " in one)


def _opened(heard: Heard, around: Around) -> Draft:
    return Draft(
        id=heard.key,
        opened_at=around.now,
        touched_at=around.now,
        intent=heard.intent,
        evidence=around.sent_before,
        place=around.place_before,
    )


def interrupt(draft: Draft, heard: Heard, advised: tuple[str, ...], around: Around, *before: Say) -> Step:
    """Tell what to call, let the officers know once, and wait for the citizen to be safe."""
    first = draft.alerted_at is None
    alert = None
    if first:
        alert = Alert(draft.story or heard.text, advised, place_words(draft))
    draft = draft.with_(stage=Stage.DANGER, before=draft.stage, emergency=True, tries=0)
    if first:
        draft = draft.with_(alerted_at=around.now)
    buttons = (*(call(number) for number in advised[:MOST_NUMBERS]), words.SAFE)
    return Step(draft, (*before, Say(_text(heard.text, advised, first, draft, around), buttons)), alert=alert)


def interrupt_for_choice(
    draft: Draft, question: Question, picked: str, heard: Heard, around: Around
) -> Step | None:
    """Interrupt when a choice means danger now ("Đang diễn ra", "Chưa an toàn"); None otherwise."""
    urgent = question.urgent.get(picked)
    if not urgent:
        return None
    category = category_of(draft, around)
    also = category.emergency.call if category is not None else ()
    advised = tuple(dict.fromkeys([*urgent, *numbers(draft.story, None, around, default=()), *also]))
    return interrupt(draft, heard, advised[:MOST_NUMBERS], around)


def after(draft: Draft, heard: Heard, story: Story, around: Around) -> Step:
    """Go on after the numbers were told: the citizen is safe, or tells more."""
    if heard.choice == "safe" or heard.says("safe"):
        draft = _safe_now(draft, around)
        return _back_to_report(draft, around, Say("Dạ, vậy thì tốt quá. Mình nói tiếp nhé."))
    known_place = place_words(draft)
    if identity_meant(heard) == ANONYMOUS and len(heard.text.split()) <= _A_FEW:
        draft = anonymous(draft)
    elif not any(heard.says(one) for one in ("yes", "no", "skip", "unknown")):
        draft = draft.with_story(heard.text)
    for fact_id, fact in story.facts.items():
        if fact_id not in draft.facts:
            draft = draft.with_fact(fact_id, fact)
    alert = None
    if not known_place and place_words(draft):
        alert = Alert(heard.text, (), place_words(draft), first=False)
    passed_on = " và chuyển cho cán bộ trực" if alert is not None and around.officers else ""
    noted = Say(f"Dạ, em đã ghi thêm{passed_on}. Chưa an toàn thì gọi ngay 113, đừng chờ tin nhắn.")
    if draft.tries == 0:
        buttons = (words.CALL_113, words.SAFE)
        return Step(draft.with_(tries=1), (Say(noted.text, buttons),), alert=alert)
    step = _back_to_report(draft, around, noted)
    return Step(step.draft, step.says, step.outcome, alert)


def _safe_now(draft: Draft, around: Around) -> Draft:
    """Give the draft in which "are you safe now?" is answered, if that was to be asked."""
    category = category_of(draft, around)
    for question in category.questions if category is not None else ():
        if question.fact == "an_toan" and question.choices:
            safe = next((one for one in question.choices if one.startswith("Đã")), None)
            return draft if safe is None else draft.with_fact("an_toan", Fact(safe, safe))
    return draft


def place_found(draft: Draft, before: Draft) -> Alert | None:
    """Give what officers are told when the place becomes known after the first notice."""
    if draft.stage is Stage.DANGER and not place_words(before) and place_words(draft):
        return Alert("", (), place_words(draft), first=False)
    return None


def place_words(draft: Draft) -> str:
    """Give where it is, in the citizen's words or as a map link; "" while nobody said."""
    if draft.place is not None:
        return f"https://www.google.com/maps?q={draft.place[0]:.6f},{draft.place[1]:.6f}"
    fact = draft.facts.get("dia_diem")
    return fact.said if fact is not None else ""


def numbers(
    text: str, category: Category | None, around: Around, default: tuple[str, ...] = ("113",)
) -> tuple[str, ...]:
    """Give the numbers to call for what was said, the most fitting first."""
    said = Said(text)
    found: list[str] = []
    if said.says(_FIRE):
        found.append("114")
    if said.says(_OWN_LIFE):
        found += ["115", "113"]
    if said.says(_HURT):
        found.append("115")
    if said.says(_CHILD):
        found.append("111")
    usual = category.emergency.call if category is not None else ()
    if category is not None and category.id != URGENT:
        # The category knows its order; what else was said comes after it.
        ordered = [*usual, *found] if usual else [*found, *default]
        if "111" not in found and category.id not in _FOR_111:
            ordered = [one for one in ordered if one != "111"]
    else:
        if said.says(_CRIME):
            found += ["113", "115"]
        # Somebody who only cries for help gets all numbers; otherwise those for what was said.
        ordered = found if found else [*default, *usual]
        if "111" in found:
            ordered = [*([one for one in found if one != "111"] or default), "111"]
    return tuple(dict.fromkeys(ordered))[:MOST_NUMBERS]


def _text(text: str, advised: tuple[str, ...], first: bool, draft: Draft, around: Around) -> str:
    listed = ", ".join(f"{one} ({_PLAIN_MEANING[one]})" for one in advised if one in _PLAIN_MEANING)
    if Said(text).says(_OWN_LIFE):
        lines = [
            "Anh/chị ơi, em rất lo cho anh/chị. Anh/chị gọi ngay cho người mình tin, hoặc gọi "
            f"{listed}. Có người sẽ nghe và giúp anh/chị.",
        ]
    elif draft.category == "mat_tich":
        lines = [f"GỌI NGAY: {listed}. Không cần chờ; báo càng sớm càng dễ tìm."]
    else:
        lines = [
            f"GỌI NGAY: {listed}. Nhắn tin ở đây không thay được cuộc gọi.",
            "Anh/chị tránh ra chỗ an toàn trước đã, đừng tự can thiệp.",
        ]
    if cries_in_english(text):
        lines.insert(
            0, "CALL NOW: 113 (police), 114 (fire), 115 (ambulance). Send your address here in any words."
        )
    if first:
        lines.append(
            "Em đã báo cán bộ trực tin nhắn này."
            if around.officers
            else "Tin nhắn này được giữ lại cho cán bộ xem."
        )
    if not place_words(draft) and draft.category != "mat_tich":
        lines.append("Anh/chị đang ở đâu? Gửi vị trí hoặc ghi địa chỉ vào đây.")
    return "\n".join(lines)


def _back_to_report(draft: Draft, around: Around, *before: Say) -> Step:
    question = find_question(draft.pending, around)
    draft = draft.with_(stage=Stage.ANSWER if question else Stage.STORY, before=Stage.STORY, tries=0)
    if not draft.category:
        # Nobody said what it is: more words decide; none are lost.
        return Step(draft.with_(stage=Stage.STORY), (*before[:-1], _then(before, words.TELL_MORE)))
    if question is not None and question.fact not in draft.facts:
        draft = draft.with_(asked=tuple(one for one in draft.asked if one != question.id))
    return go_on(draft, around, *before)


def _then(before: tuple[Say, ...], say: Say) -> Say:
    return Say(f"{before[-1].text}\n{say.text}" if before else say.text, say.buttons)
