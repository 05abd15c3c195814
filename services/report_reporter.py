"""Who tells: name, name kept secret, or anonymous; and the contact, if the citizen gives one."""

from __future__ import annotations

import re

from services import report_words as words
from services.report_course import Around, anonymous, confirm_change, go_on, question_of
from services.report_draft import Draft, Stage
from services.report_facts import Fact
from services.report_heard import SURE, Heard
from services.report_identity import ANONYMOUS, IDENTITIES, NAMED, SECRET
from services.report_parts import Question
from services.report_readback import REPORTER, preview_words
from services.report_step import Outcome, Say, Step
from services.text import squeeze

MOST_NAME, MOST_ADDRESS = 80, 200
_NUMBER = re.compile(r"(?<![\w])\+?\d[\d .\-()]{6,18}\d(?!\w)")
_LIKE_A_NUMBER = re.compile(r"(?<!\w)(?=[\w.\-]*\d{3})[0-9OoIl.\- ][\w.\- ]{6,14}(?!\w)")
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{8,9}")
_LABELS = re.compile(
    r"(?i)\b(?:tôi|toi|em|mình|minh|tui|con|cháu|chau)?\s*(?:tên|ten|họ tên|ho ten|họ và tên|ho va ten)"
    r"\s*(?:tôi|toi|em|mình|minh|tui)?\s*(?:là|la)?\s*[:\-]?\s*|"
    r"\b(?:số điện thoại|so dien thoai|điện thoại|dien thoai|sđt|sdt|đt|dt|số máy|so may|số|phone|"
    r"gọi số|goi so|gọi|goi)\s*(?:của tôi|cua toi|tôi|toi|em)?\s*(?:là|la)?\s*[:\-]?\s*"
)
_ADDRESS = re.compile(r"(?i)\b(?:địa chỉ|dia chi|đc|ở số|o so|nhà ở|nha o|ở tại|o tai|ngụ|ở|o)\b\s*[:\-]?\s*")
_SECRET = re.compile(
    r"\b(giu kin|giu bi mat|bao mat|bi mat ten|kin ten|dung de lo|dung tiet lo|khong tiet lo)\b"
)
_HIDDEN = re.compile(
    r"\b(an danh|giau ten|dau ten|giau danh|khong ten|khong neu ten|nac danh|khong xung ten|khong de ten|"
    r"khong khai ten|khoi ghi ten|anonymous)\b"
)
_OPEN = re.compile(r"\b(de lai ten|de ten|cho ten|ghi ten|neu ten|cong khai|khong can giau|khong giau)\b")


_OPENLY = re.compile(r"(?i)\b(?:để|de|cho|ghi|nêu|neu)\s+(?:lại\s+|lai\s+)?(?=tên|ten)")
_CALL_ME = re.compile(
    r"\b(?:goi|lien he|alo|nhan|bao) (?:cho |lai |lai cho )?(?:toi|em|minh|tui|con|chau)\b|"
    r"\b(?:so|sdt|dt|so may|dien thoai)(?: dien thoai)? (?:cua )?(?:toi|em|minh|tui)\b"
)


def identity_meant(heard: Heard) -> str:
    """Give which way of telling the words mean, "" for none."""
    bare = heard.bare
    if _SECRET.search(bare):
        return SECRET
    if _HIDDEN.search(bare) or (heard.intent == "an_danh" and heard.confidence >= SURE):
        return ANONYMOUS
    return NAMED if _OPEN.search(bare) else ""


def choose(draft: Draft, identity: str, around: Around) -> Step:
    """Take the choice, show what the officer will see, and ask for the contact if there is to be one."""
    if identity not in IDENTITIES:
        return go_on(draft, around)
    if identity == ANONYMOUS:
        draft = anonymous(draft)
        return _done(draft, around, Say(preview_words(draft)))
    draft = draft.with_(identity=identity)
    if draft.phone:
        return _done(draft, around, Say(preview_words(draft)))
    draft = draft.with_(stage=Stage.CONTACT, pending="", tries=0)
    return Step(draft, (Say(preview_words(draft)), Say(words.ASK_CONTACT, (words.SKIP,))))


def choosing(draft: Draft, heard: Heard, around: Around) -> Step:
    """Read a typed answer to "how do you want your name to stand?"."""
    meant = identity_meant(heard)
    if meant:
        return choose(draft, meant, around)
    _, phone, _ = read_contact(heard.text)
    if phone:
        return _with_contact(draft.with_(identity=draft.identity or NAMED), heard, around)
    if heard.skips or heard.knows_not or heard.says("no"):
        return choose(draft, ANONYMOUS, around)
    if heard.is_beside(unclear=True):
        return Step(draft, outcome=Outcome.BESIDE)
    if len(heard.text.split()) > 1 and not heard.says("yes") and not heard.says("send"):
        # No name and no choice, and yet told ("iphone 13"): it belongs to the story.
        draft = draft.with_story(heard.text)
    if heard.says("send") and not draft.tries:
        return Step(draft.with_(tries=1), (Say(f"{words.NAME_FIRST} {words.WHO_TELLS}", words.IDENTITIES),))
    if draft.tries:
        # Twice no choice: what gives away least.
        return choose(draft, ANONYMOUS, around)
    return Step(draft.with_(tries=1), (Say(f"{words.DIDNT_CATCH} {words.WHO_TELLS}", words.IDENTITIES),))


def contacting(draft: Draft, heard: Heard, around: Around) -> Step:
    """Read the contact that was asked for."""
    if identity_meant(heard) == ANONYMOUS:
        return choose(draft, ANONYMOUS, around)
    if heard.skips or heard.knows_not or heard.says("no"):
        if not draft.name and not draft.phone:
            draft = anonymous(draft)
            return _done(
                draft, around, Say(f"Dạ, không có tên thì tin này để ẩn danh.\n{preview_words(draft)}")
            )
        return _done(draft, around)
    if heard.is_beside():
        return Step(draft, outcome=Outcome.BESIDE)
    return _with_contact(draft, heard, around)


def contact_beside(draft: Draft, question: Question, heard: Heard, private: bool) -> Draft | None:
    """Give the draft with a contact that came in the place of an answer ("gọi tôi 09…"), None without one.

    `private` says that the category asks for a contact kept private: then every number is the citizen's.
    """
    if question.expects == "contact" or draft.identity == ANONYMOUS:
        return None
    name, phone, _ = read_contact(_OPENLY.sub(" ", heard.text))
    if phone and private and question.expects == "choice":
        # "0901234567 nhắn tin đừng gọi": how to reach somebody who may not be called is read whole.
        kept = draft.with_fact("lien_he", Fact(heard.text.strip()[:300], phone))
        return kept.with_(identity=draft.identity or SECRET, phone=phone)
    meant, wants_a_call = identity_meant(heard), bool(_CALL_ME.search(heard.bare))
    if not phone or not (wants_a_call or meant in (NAMED, SECRET)):
        return None
    wanted = SECRET if meant == SECRET else draft.identity or NAMED
    # "Gọi tôi lúc nào cũng được": what stands around the number is no name.
    called = name if meant and not wants_a_call else ""
    return draft.with_(identity=wanted, name=called or draft.name, phone=phone)


def contact_told(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take the answer to the question for a private contact: kept secret, unless nothing was given."""
    question = question_of(draft, around)
    name, phone, doubt = read_contact(heard.text)
    if not phone and identity_meant(heard) == ANONYMOUS:
        return go_on(anonymous(draft), around, Say(words.ANONYMOUS_NOW))
    if doubt and draft.tries == 0:
        return Step(draft.with_(tries=1), (Say(words.NOT_A_PHONE, (words.SKIP,)),))
    if heard.is_beside(unclear=not phone):
        return Step(draft, outcome=Outcome.BESIDE)
    if question is not None:
        draft = draft.with_fact(question.fact, Fact(heard.text.strip()[:300], phone or None, doubt))
    if phone or name:
        draft = draft.with_(identity=draft.identity if draft.identity in (NAMED, SECRET) else SECRET)
        draft = draft.with_(phone=phone or draft.phone)
    if draft.fixing:
        return confirm_change(draft, around, words.CORRECTED, ("lien_he", REPORTER))
    return go_on(draft, around)


def sent_contact(draft: Draft, heard: Heard, around: Around) -> Step:
    """Take the contact that the citizen sent through Zalo's own form."""
    name = squeeze(str(heard.contact.get("name") or ""))[:MOST_NAME]
    phone = _plain_number(str(heard.contact.get("phone") or ""))
    address = squeeze(str(heard.contact.get("address") or ""))[:MOST_ADDRESS]
    identity = draft.identity if draft.identity in (NAMED, SECRET) else NAMED
    draft = draft.with_(identity=identity, name=name, phone=phone, address=address)
    return _done(draft, around)


def read_contact(text: str) -> tuple[str, str, str]:
    """Read (name, phone, doubt) out of a message; the phone as 0912345678, doubt `not_a_phone` or ""."""
    phone = ""
    rest = text
    for match in _NUMBER.finditer(text):
        if number := _plain_number(match.group()):
            phone, rest = number, text.replace(match.group(), " ", 1)
            break
    doubt = ""
    if not phone and (_NUMBER.search(text) or _LIKE_A_NUMBER.search(text)):
        doubt = "not_a_phone"
        rest = _LIKE_A_NUMBER.sub(" ", _NUMBER.sub(" ", text))
    first = rest.strip().split("\n")[0]
    name = _ADDRESS.split(_LABELS.sub(" ", first), maxsplit=1)[0]
    name = squeeze(re.sub(r"[^\w\s'.-]|\d|_", " ", name)).strip(" .-'")
    words_ = name.split()
    return (name[:MOST_NAME] if 1 <= len(words_) <= 7 else ""), phone, doubt


def read_address(text: str) -> str:
    """Read the reporter's address: a second line, or what follows "địa chỉ"."""
    lines = [one.strip() for one in text.strip().split("\n") if one.strip()]
    if len(lines) > 1:
        return squeeze(_ADDRESS.sub("", " ".join(lines[1:]), count=1))[:MOST_ADDRESS]
    parts = re.split(r"(?i)\b(?:địa chỉ|dia chi|đc)\b\s*[:\-]?\s*", text, maxsplit=1)
    return squeeze(parts[1])[:MOST_ADDRESS] if len(parts) > 1 else ""


def _with_contact(draft: Draft, heard: Heard, around: Around) -> Step:
    name, phone, doubt = read_contact(heard.text)
    if doubt and draft.tries == 0:
        kept = draft.with_(name=name or draft.name, tries=1, stage=Stage.CONTACT)
        return Step(kept, (Say(words.NOT_A_PHONE, (words.SKIP,)),))
    if not name and not phone:
        if draft.tries == 0 and heard.is_beside(unclear=True):
            return Step(draft, outcome=Outcome.BESIDE)
        if draft.tries == 0:
            return Step(draft.with_(tries=1), (Say(words.ASK_CONTACT, (words.SKIP,)),))
    address = read_address(heard.text)
    draft = draft.with_(name=name or draft.name, phone=phone or draft.phone, address=address or draft.address)
    if not draft.name and not draft.phone:
        draft = anonymous(draft)
    return _done(draft, around)


def _done(draft: Draft, around: Around, *before: Say) -> Step:
    if draft.fixing:
        step = confirm_change(draft, around, words.CORRECTED, (REPORTER,))
        return step.saying_first(*before)
    return go_on(draft, around, *before)


def _plain_number(typed: str) -> str:
    digits = re.sub(r"\D", "", typed)
    if digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    return digits if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) else ""
