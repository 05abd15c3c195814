"""Before sending: the read-back, corrections by button or in free words, and the confirmation itself."""

from __future__ import annotations

from services import report_words as words
from services.report_course import (
    Around,
    ask_for,
    ask_who_tells,
    category_of,
    confirm,
    confirm_change,
    repeat,
    which_category,
)
from services.report_draft import Draft, Stage
from services.report_facts import Fact
from services.report_heard import Heard
from services.report_identity import ANONYMOUS
from services.report_parts import Question
from services.report_readback import EVIDENCE, MATTER, REPORTER, STORY, items, preview_words
from services.report_reporter import choose as choose_identity
from services.report_reporter import identity_meant, read_contact
from services.report_step import MOST_BUTTONS, Outcome, Say, Step, choice
from services.text import fold

_ADDITION = 3


def confirming(draft: Draft, heard: Heard, around: Around) -> Step:
    """Read what is typed after the read-back."""
    if heard.says("yes") or (heard.intent == "dong_y" and heard.confidence >= 0.6):
        return Step(draft, outcome=Outcome.SUBMIT)
    if heard.says("no") or (heard.intent in ("tu_choi", "sua_thong_tin") and heard.confidence >= 0.6):
        changed = _by_words(draft, heard, around)
        return changed or which_item(draft, around)
    if heard.says("skip"):
        return repeat(draft, around)
    changed = _by_words(draft, heard, around)
    if changed is not None:
        return changed
    if heard.is_beside(unclear=True):
        return Step(draft, outcome=Outcome.BESIDE)
    named = _named_item(draft, heard, around)
    if named:
        return fix(draft, named, around)
    if len(heard.text.split()) < _ADDITION:
        return which_item(draft, around)
    return confirm_change(draft.with_story(heard.text), around, words.ADDED, (STORY,))


def which_item(draft: Draft, around: Around) -> Step:
    """Ask what is to be corrected."""
    category = category_of(draft, around)
    assert category is not None
    held = items(draft, category, around.catalogue)
    buttons = tuple(choice(f"Sửa: {item.title}", f"fix:{item.id}") for item in held)
    draft = draft.with_(stage=Stage.WHICH_ITEM)
    groups = [buttons[i : i + MOST_BUTTONS] for i in range(0, len(buttons), MOST_BUTTONS)]
    says = [Say(words.WHICH_ITEM, groups[0]), *(Say("Các mục khác:", group) for group in groups[1:])]
    return Step(draft, tuple(says))


def fix(draft: Draft, item_id: str, around: Around) -> Step:
    """Ask for one item anew."""
    category = category_of(draft, around)
    assert category is not None
    draft = draft.with_(fixing=item_id, tries=0)
    if item_id == MATTER:
        offered = _other_categories(draft, around)
        draft = draft.with_(stage=Stage.CATEGORY, offered=offered, fixing="")
        return Step(draft, (which_category(draft, around),))
    if item_id == REPORTER:
        return ask_who_tells(draft.with_(identity="", name="", phone="", address=""), around)
    if item_id == STORY:
        draft = draft.with_(stage=Stage.NEW_WORDS)
        return Step(draft, (Say("Anh/chị kể lại giúp em, em thay lời kể cũ bằng lời mới.", (words.SKIP,)),))
    if item_id == EVIDENCE:
        draft = draft.with_(stage=Stage.NEW_WORDS)
        ask = "Anh/chị gửi thêm hình, clip, tệp vào đây. Xong thì bấm nút bên dưới."
        return Step(
            draft, (Say(ask, (choice("Xong", "skip"), choice("Bỏ hết hình đã gửi", "drop:evidence"))),)
        )
    question = _question_for(category.questions, item_id, around)
    if question is not None:
        return ask_for(draft.with_(fixing=item_id), question, around)
    title = around.catalogue.facts.get(item_id, "mục này")
    return Step(
        draft.with_(stage=Stage.NEW_WORDS), (Say(words.GIVE_WORDS.format(title=title), (words.SKIP,)),)
    )


def new_words(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take the new words for an item."""
    if heard.skips or heard.knows_not:
        return confirm(draft, around)
    if heard.is_beside():
        return Step(draft, outcome=Outcome.BESIDE)
    if draft.fixing == STORY:
        return confirm_change(draft.with_(story=heard.text.strip()), around, words.CORRECTED, (STORY,))
    if draft.fixing == EVIDENCE:
        return confirm_change(draft.with_story(heard.text), around, words.ADDED, (STORY,))
    fact = Fact(heard.text.strip()[:300], None)
    changed = draft.with_fact(draft.fixing, fact)
    return confirm_change(changed, around, words.CORRECTED, (draft.fixing,))


def show_preview(draft: Draft) -> Step:
    """Show what the officer will see, and ask again whether to send."""
    buttons = words.CONFIRM
    if draft.identity == ANONYMOUS and draft.reachable:
        buttons = (words.CONFIRM[0], words.NOT_REACHABLE, words.CONFIRM[2])
    return Step(draft, (Say(preview_words(draft)), Say(words.SEND_IT, buttons)))


def drop_evidence(draft: Draft, around: Around) -> Step:
    """Take the pictures out of the report; they were not sent to anybody."""
    facts = {key: fact for key, fact in draft.facts.items() if key != EVIDENCE}
    return confirm_change(draft.with_(evidence=(), facts=facts), around, words.CORRECTED, (EVIDENCE,))


def _by_words(draft: Draft, heard: Heard, around: Around) -> Step | None:
    found = dict(around.reader.correction(heard.text, draft.facts, heard.sent_at))
    if found:
        for fact_id, fact in found.items():
            draft = draft.with_fact(fact_id, fact)
        return confirm_change(draft, around, words.CORRECTED, found)
    if meant := identity_meant(heard):
        return choose_identity(draft.with_(fixing=REPORTER), meant, around)
    name, phone, _ = read_contact(heard.text)
    if phone and name and draft.identity != "anonymous":
        return confirm_change(draft.with_(name=name, phone=phone), around, words.CORRECTED, (REPORTER,))
    return None


def _named_item(draft: Draft, heard: Heard, around: Around) -> str:
    """Give the item whose title stands in "sửa giờ", "sửa nơi xảy ra"."""
    category = category_of(draft, around)
    assert category is not None
    bare = heard.bare
    if not bare.startswith(("sua", "doi", "chinh", "sai")):
        return ""
    for item in items(draft, category, around.catalogue):
        if fold(item.title) in bare:
            return item.id
    for word, item_id in (
        ("gio", "thoi_gian"),
        ("ngay", "thoi_gian"),
        ("cho", "dia_diem"),
        ("dia chi", "dia_diem"),
        ("bien", "bien_so"),
        ("tien", "so_tien"),
        ("ten", REPORTER),
        ("so may", REPORTER),
    ):
        if f" {word}" in f" {bare}":
            return item_id
    return ""


def _question_for(asked: tuple[Question, ...], fact_id: str, around: Around) -> Question | None:
    for question in asked:
        if question.fact == fact_id:
            return question
    for category in around.catalogue.categories:
        for question in category.questions:
            if question.fact == fact_id and question.id == fact_id:
                return question
    return None


def _other_categories(draft: Draft, around: Around) -> tuple[str, ...]:
    story = around.reader.story(draft.story, draft.opened_at, ())
    ranked = [one for one, _ in story.categories if one not in ("khan_cap", draft.category)]
    return (*ranked[:2], draft.category) if ranked else (draft.category, "nghi_van_khac")
