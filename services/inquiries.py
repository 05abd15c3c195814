"""What a citizen asks about, in a conversation: which procedure, which sides of it, in which case.

The language model gives an intent and the sides that were said; this decides, from the words and
from what was talked of before, whether a message switches the subject or goes on with it. Only a
name switches: "vậy con nít thì sao" changes the case or goes to a neighbour of the last procedure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from services.facts import Case
from services.phrases import Said, longest
from services.procedures import ASPECTS, Catalogue, Procedure
from services.spoken_figures import spoken_age, spoken_day, spoken_months_ahead
from services.text import fold, nfc, squeeze
from services.wording import sentence

FOLLOW_UP = "hoi_khia_canh"
COMPARE = "so_sanh_thu_tuc"
FINES = "hoi_phat_nguoi_muc_phat"
NEIGHBOURS = "viec_khac"
"""The side a button asks for that shows the other procedures of the same family."""

# Words that carry no subject of their own: "vậy có bị phạt không" asks about what was talked of before.
FILLERS = frozenset(
    """a ai anh ban bi bo cai can chi chu cho co con cu da dang de do duoc em gi ha hay het hok hong
    i ko k khong la lam luon mat minh moi nao nay neu nha nhe nhi nhu nua o oi phai qua r roi sao
    ta thi the ton toi tui u va vay voi xong y z""".split()  # noqa: SIM905
)
_OPENERS = re.compile(
    r"^(?:da |vang |u |uh |um |a |ua |ok |oke )*"
    r"(?:vay|the|con|roi|neu|ma|nhung|khong phai|a khong|nham|y (?:toi|em|minh|tui)|lo|gia su|thi)\b"
)
_CLOSERS = re.compile(r"\b(?:thi sao|sao|thi the nao|nua|nua khong|cung vay a|duoc khong|dc ko)\W*$")
_LONGEST_FOLLOW_UP = 12
_LONGEST_SHORT_REPLY = 6
# Words that stand in questions about anything: "lấy lại được không" alone does not ask about an auction.
_GENERIC = FILLERS | frozenset(
    """ban bang bao bien cap doi giay khac lai lau lay mang ngay nguoi nhieu nop noi phi so te the tien
    tra viec xe""".split()  # noqa: SIM905
)
# Above this the language model is believed where the words themselves say nothing.
SURE = 0.9
# Below this an intent is a guess, which a name said in full (that many words) corrects.
_GUESS = 0.6
_FULL_NAME = 3
# So many words name a procedure beyond doubt, unless the language model is sure of another.
_LONG_NAME = 5
# A wallet goes with all that is in it; without the identity card the other papers cannot be asked for.
_LOST_WALLET = re.compile(
    r"\b(?:mat|roi|rot|that lac|bi (?:moc|giat|cuop|trom))\b.{0,40}"
    r"\b(?:vi|bop|tui xach|giay to tuy than|giay to)\b"
)
_IDENTITY_CARD = re.compile(r"\b(?:cccd|can cuoc|cmnd|giay to tuy than)\b")
_LOST_CARD = "can_cuoc_cap_lai_mat_hong"
# Whoever wants a plate looked up wants to know about fines; who owns it nobody tells here.
_PLATE_LOOK_UP = re.compile(
    r"^(?!.*\b(?:thu hoi|dau gia|dinh danh|cap|doi|mat|sang ten|dang ky)\b)"
    r".*\b(?:tra|tra cuu|kiem tra|check|xem)\b(?: \w+){0,2} bien so\b"
)
_LOOK_UP = "phat_nguoi_tra_cuu"
# What replaces a paper that is lost, and the intents under which the papers of a wallet are asked for.
_REPLACEMENTS = frozenset({_LOST_CARD, "gplx_cap_lai", "cap_lai_dang_ky_bien_so"})
_NEW_CARD = frozenset({"hoi_can_cuoc_cap_moi", "hoi_can_cuoc_cap_lai"})
_OF_A_WALLET = _NEW_CARD | {"hoi_giay_phep_lai_xe", "hoi_cap_doi_cap_lai_dang_ky_xe"}
_WORDS = re.compile(r"\w+")
_HANDING_IN = re.compile(
    r"\b(?:nop|lam|di|dang ky|dk|doi|cap|xin|khai|sang ten|gia han|mua|neu|tu|sau|truoc|toi|den|qua|sang|"
    r"dau)\b"
)
_AFTER = re.compile(r"\b(?:sau|qua)(?: khi)?(?: het)?(?: ngay)? \d")
_BEFORE = re.compile(r"\btruoc(?: ngay)? \d")
_NO_AMOUNT = re.compile(
    r"^(?!.*\b(?:phat (?:bao nhieu|bn|nhieu|may|sao|the nao|ra sao|ntn|nang)|muc phat|bi phat (?!nguoi))\b)"
    r".*\b(?:(?:nop|dong|tra|no) (?:tien )?phat|phat nguoi|giam tien phat|tien phat)\b"
)
# What is put aside in a correction: "xe máy chứ không phải ô tô", "không phải ô tô mà là xe máy".
_NO = r"(?:không|khong|ko|k|hông|hong|hổng|hok) (?:phải|phai)"
_DENIED = re.compile(
    rf"\b(?:chứ|chớ|chu) {_NO}(?: là| la)?(?: [^\s,.;?!]+){{1,3}}"
    rf"|\b{_NO}(?: là| la)?(?: [^\s,.;?!]+){{1,3}}?(?=,| (?:mà|ma|nha|nhé)\b)",
    re.IGNORECASE,
)
# A clause of its own: "tạm trú cần giấy gì, còn sang tên xe mất bao nhiêu".
_CLAUSE = re.compile(r"[,.;?!\n]|(?<=\s)(?:còn|với lại|và)(?=\s)")


@dataclass(frozen=True)
class Side:
    """A side of a procedure that was asked about, and where it was said (in the NFC text)."""

    aspect: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Asked:
    """One message: intent, text, the sides said in it, and what a tapped button stands for.

    `confidence` is how sure the language model is of the intent, from 0 to 1.
    """

    intent: str
    text: str
    sides: tuple[Side, ...] = ()
    tapped: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.0

    @property
    def aspects(self) -> tuple[str, ...]:
        """The sides that exist, each once, in the order said."""
        return tuple(dict.fromkeys(side.aspect for side in self.sides if side.aspect in ASPECTS))

    @property
    def bare(self) -> bool:
        """Tell whether it asks about a side and names nothing else, whatever intent it looked like."""
        if not self.aspects:
            return False
        rest = list(fold(self.text))
        for side in self.sides:
            rest[side.start : side.end] = " " * (side.end - side.start)
        return all(word in FILLERS for word in re.findall(r"\w+", "".join(rest)))

    @property
    def goes_on(self) -> bool:
        """Tell whether it is worded as going on with what was said ("vậy còn …", "… thì sao")."""
        folded = squeeze(fold(self.text))
        short = len(folded.split()) <= _LONGEST_FOLLOW_UP
        return short and bool(_OPENERS.search(folded) or _CLOSERS.search(folded))

    @property
    def short(self) -> bool:
        """Tell whether it is as short as the answer to a question of ours ("nhà của mình")."""
        return len(self.text.split()) <= _LONGEST_SHORT_REPLY


def without_denied(text: str) -> str:
    """Blank what a correction puts aside, so that "xe máy chứ không phải ô tô" names the motorbike alone.

    Places in the (NFC) text stay the same. A text that is nothing but a denial is given back as it is.
    """
    said = nfc(text)
    rest = _DENIED.sub(lambda found: " " * len(found[0]), said)
    return rest if _WORDS.search(rest) else said


@dataclass(frozen=True)
class Memory:
    """What the conversation was about so far: ids, or None."""

    procedure: str | None = None
    case: str | None = None
    aspect: str | None = None


@dataclass(frozen=True)
class Inquiry:
    """What is asked: a procedure, sides of it (none: the overview), a case, as of which day.

    `puzzled` marks a going-on that names nothing we know, so that the overview is no full answer.
    `why` says why this procedure is meant and not the one that was named.
    """

    procedure: Procedure
    aspects: tuple[str, ...]
    case: str | None
    on: date
    puzzled: bool = False
    why: str | None = None


def understand(catalogue: Catalogue, asked: Asked, memory: Memory, today: date) -> tuple[Inquiry, ...]:
    """Find out what is asked; nothing when no procedure is known, two for two questions in one.

    A button names procedure, side and case itself. A citizen's case is kept while the procedure
    stays the same. `today` is the day answers are made for.
    """
    ids = {item.id for item in catalogue}
    named = asked.tapped.get("thu_tuc")
    if named in ids:
        item = catalogue.get(str(named))
        return (Inquiry(item, asked.aspects, _known(item, asked.tapped.get("truong_hop")), today),)
    last = catalogue.get(memory.procedure) if memory.procedure in ids else None
    if several := _several(catalogue, asked, today):
        return several
    procedure = _subject(catalogue, asked, last, today)
    if procedure is None:
        return ()
    return (_inquiry(catalogue, procedure, asked, last, memory, today),)


def settle(catalogue: Catalogue, asked: Asked, memory: Memory, today: date) -> Inquiry | None:
    """Make sense of a reply that fits no intent, from what was talked of; None when it means nothing.

    For answers to our own question about the case, corrections, and sentences not understood.
    """
    ids = {item.id for item in catalogue}
    last = catalogue.get(memory.procedure) if memory.procedure in ids else None
    going_on = Asked(FOLLOW_UP, asked.text, asked.sides)
    if catalogue.named(asked.text, today):
        found = understand(catalogue, going_on, memory, today)
        return found[0] if found else None
    if last is None:
        return None
    case = last.find_case(asked.text, today)
    procedure = last
    dated = _handed_in(asked.text, today) or (last.milestones and spoken_age(asked.text, today))
    asks = asked.aspects or last.find_question(asked.text, memory.case, today)
    if case is None and not asks and not dated:
        # "bé 13 tuổi" after the little ones' card is about the neighbour for that age.
        procedure = _neighbour(catalogue, last, asked.text, today)
        if procedure.id == last.id:
            return None
    return _inquiry(catalogue, procedure, going_on, last, memory, today)


def grip(procedures: Iterable[Procedure], text: str, on: date) -> int:
    """Give how many letters of a text belong to these procedures: names, words, cases, questions."""
    said, held = Said(text), 0
    for item in procedures:
        phrases = [item.name, item.spoken, *item.aliases, *item.words]
        phrases += [words for case in item.cases for words in case.words]
        held = max(held, longest(said, phrases))
        question = item.find_question(text, None, on)
        held = max(held, longest(said, question.words) if question else 0)
    return held


def _subject(catalogue: Catalogue, asked: Asked, last: Procedure | None, today: date) -> Procedure | None:
    candidates = catalogue.for_intent(asked.intent)
    if last is not None and asked.bare:
        return last
    if lost := _lost(catalogue, candidates, asked, last, today):
        return lost
    named = catalogue.named(asked.text, today)
    if candidates and _PLATE_LOOK_UP.search(squeeze(fold(asked.text))):
        return next((item for item in catalogue if item.id == _LOOK_UP), None)
    if not candidates:
        return named or (_neighbour(catalogue, last, asked.text, today) if last else None)
    if named is not None and named not in candidates and _only_guessed(catalogue, candidates, asked, today):
        return named
    chosen = catalogue.choose(asked.intent, asked.text, today)
    if chosen is candidates[0] and not _points(chosen, asked.text) and last not in candidates:
        chosen = _questioned(candidates, asked, today) or chosen
    if last is None:
        return chosen
    if last.id in {item.id for item in candidates}:
        # "còn sang tên thì sao" after a special kind of it stays with that kind.
        return last if chosen is candidates[0] and not _points(chosen, asked.text) else chosen
    in_family = named is not None and named.id in {item.id for item in candidates}
    if not in_family and (asked.goes_on or asked.short):
        family = (last, *(catalogue.get(near.id) for near in last.siblings))
        mine, theirs = grip(family, asked.text, today), grip(candidates, asked.text, today)
        unsaid = asked.goes_on and asked.confidence < SURE
        if mine >= theirs and (mine or unsaid):
            return named if named in family else _neighbour(catalogue, last, asked.text, today)
    return chosen


def _lost(
    catalogue: Catalogue, candidates: tuple[Procedure, ...], asked: Asked, last: Procedure | None, today: date
) -> Procedure | None:
    """Give what replaces a lost paper: the identity card of a lost wallet first, then what is named next.

    "còn bằng lái" after the lost card asks for a lost licence, "làm căn cước trước" for the lost card.
    """
    if not candidates or asked.intent not in _OF_A_WALLET:
        return None
    card = next((item for item in catalogue if item.id == _LOST_CARD), None)
    folded = squeeze(fold(asked.text))
    if card is not None and _LOST_WALLET.search(folded) and _IDENTITY_CARD.search(folded):
        return card
    if last is None or last.id not in _REPLACEMENTS or not (asked.short or asked.goes_on):
        return None
    if asked.intent in _NEW_CARD and _IDENTITY_CARD.search(folded) and not spoken_age(asked.text, today):
        return card
    again = catalogue.choose(asked.intent, f"{asked.text} bị mất", today)
    return again if again is not None and again.id in _REPLACEMENTS else None


def _only_guessed(catalogue: Catalogue, candidates: tuple[Procedure, ...], asked: Asked, today: date) -> bool:
    """Tell whether the intent is a mere guess while the text says another procedure's name in full.

    The longer the name that was said, the surer an intent has to be to stand against it.
    """
    if not 0 < asked.confidence < SURE:
        return False
    spans = [(naming.start, naming.end) for naming in catalogue.names(asked.text)]
    start, end = max(spans, key=lambda span: span[1] - span[0])
    said = len(nfc(asked.text)[start:end].split())
    full = said >= (_FULL_NAME if asked.confidence < _GUESS else _LONG_NAME)
    return full and end - start > grip(candidates, asked.text, today)


def _questioned(candidates: tuple[Procedure, ...], asked: Asked, today: date) -> Procedure | None:
    """Give the one procedure of a family that answers the question in the text; None if none or many do.

    The sides that were said do not count: "online được không" is asked about everything.
    """
    rest = list(nfc(asked.text))
    for side in asked.sides:
        rest[side.start : side.end] = " " * (side.end - side.start)
    found = []
    for item in candidates:
        case = item.find_case(asked.text, today)
        question = item.find_question("".join(rest), case.id if case else None, today)
        telling = (
            {word for said in question.words for word in _WORDS.findall(fold(said))} if question else set()
        )
        if question and telling - _GENERIC:
            found.append((Said(asked.text).length(question.words), item))
    found.sort(key=lambda pair: -pair[0])
    clear = found and (len(found) == 1 or found[0][0] > found[1][0] + 1)
    return found[0][1] if clear else None


def _points(item: Procedure | None, text: str) -> bool:
    """Tell whether words of the text belong to this very procedure, not just to its family."""
    return item is not None and longest(Said(text), item.words) > 0


def _neighbour(catalogue: Catalogue, last: Procedure, text: str, today: date) -> Procedure:
    """Give the last procedure, or the neighbour of it that a going-on points to more clearly."""
    if last.find_case(text, today):
        return last
    chosen = catalogue.choose(last.intents[0], text, today)
    age = spoken_age(text, today) if last.ages else None
    too_old = age is not None and not any(lowest <= age <= highest for lowest, highest in last.ages)
    return last if chosen is None or (chosen.default and not too_old) else chosen


def _known(procedure: Procedure, case: str | None) -> str | None:
    return case if case in {item.id for item in procedure.cases} else None


def _inquiry(
    catalogue: Catalogue,
    procedure: Procedure,
    asked: Asked,
    last: Procedure | None,
    memory: Memory,
    today: date,
) -> Inquiry:
    same = last is not None and procedure.id == last.id
    found = procedure.find_case(asked.text, today)
    why = None
    if found and found.goto and not _answers_more(procedure, found, asked, today):
        # The case is another procedure: its answer at once, with the reason, instead of a pointer to it.
        why = sentence(found.about) if found.about else None
        procedure = catalogue.get(found.goto)
        found = procedure.find_case(asked.text, today)
        found = None if found and found.goto else found
        same = False
    elif found and (elsewhere := _at_another_age(procedure, found, asked.text, today)):
        procedure = catalogue.get(elsewhere)
        found = procedure.find_case(asked.text, today)
        found = None if found and found.goto else found
        same = False
    case = found.id if found and not found.goto else (_known(procedure, memory.case) if same else None)
    aspects = _sides(procedure, asked)
    going_on = asked.intent == FOLLOW_UP or asked.goes_on or asked.short
    asks_else = procedure.find_question(asked.text, case, today) is not None
    ahead = _handed_in(asked.text, today)
    if not aspects and memory.aspect and going_on and last and not asks_else and (found or not same):
        aspects = (memory.aspect,)
    if not {"le_phi", "thoi_han"} & set(aspects) and ahead and ahead > today and not asks_else:
        # What changes with the day of handing in is the money.
        aspects = ("le_phi",) if not asked.aspects else (*asked.aspects, "le_phi")
    nothing = not aspects and found is None and not asks_else
    puzzled = (
        same and nothing and (asked.intent == FOLLOW_UP or asked.goes_on) and not catalogue.names(asked.text)
    )
    return Inquiry(procedure, aspects, case, _day(procedure, asked.text, aspects, today), puzzled, why)


def _at_another_age(procedure: Procedure, case: Case, text: str, today: date) -> str | None:
    """Give the procedure that is meant when a case holds at certain ages alone and another age is said."""
    rule = procedure.milestones
    if rule is None or case.id not in rule.only_at:
        return None
    age = spoken_age(text, today)
    return rule.otherwise if age is not None and age not in rule.ages else None


def _answers_more(procedure: Procedure, case: Case, asked: Asked, today: date) -> bool:
    """Tell whether a common question of the procedure fits better than a case that leads elsewhere."""
    question = procedure.find_question(asked.text, None, today)
    if question is None or question.answer is None:
        return False
    said = Said(asked.text)
    return not asked.aspects or said.length(question.words) > longest(said, case.words)


def _sides(procedure: Procedure, asked: Asked) -> tuple[str, ...]:
    """Give the sides asked about; "nộp phạt ở đâu" names the matter and asks for no amount."""
    if FINES in procedure.intents and _NO_AMOUNT.search(fold(asked.text)):
        return tuple(aspect for aspect in asked.aspects if aspect != "muc_phat")
    return asked.aspects


def _day(procedure: Procedure, text: str, aspects: tuple[str, ...], today: date) -> date:
    """Give the day the answer is for: the day of handing in or of the act if one is said, else today."""
    if "muc_phat" in aspects:
        said = spoken_day(text, today)
        return min(said, today) if said else today
    on = _handed_in(text, today)
    if on is None or not {"le_phi", "thoi_han"} & set(aspects):
        return today
    # "sau 28/02/2027" where something ends on that day is about the day after it.
    fees = procedure.aspects["le_phi"]
    ends = {item.scope.valid_to for item in fees.waivers}
    ends |= {fee.discount.valid_to for fee in fees.fees if fee.discount}
    return on + timedelta(1) if on in ends and _AFTER.search(fold(text)) else on


def _handed_in(text: str, today: date) -> date | None:
    """Give the day on which something is to be handed in, if one is said; "trước 1/3" is the day before."""
    folded = squeeze(fold(text))
    if not _HANDING_IN.search(folded):
        return None
    said = spoken_day(text, today) or spoken_months_ahead(text, today)
    return said - timedelta(1) if said and said > today and _BEFORE.search(folded) else said


def _several(catalogue: Catalogue, asked: Asked, today: date) -> tuple[Inquiry, ...]:
    """Take "A cần giấy gì, còn B mất bao nhiêu" apart: each clause names a procedure and a side."""
    parts: list[tuple[Procedure, list[str]]] = []
    borders = [0, *(found.start() for found in _CLAUSE.finditer(asked.text)), len(asked.text)]
    for start, end in pairwise(borders):
        own = [side.aspect for side in asked.sides if start <= side.start < end and side.aspect in ASPECTS]
        named = catalogue.named(asked.text[start:end], today)
        if named is not None and (not parts or named.id != parts[-1][0].id):
            parts.append((named, own))
        elif parts:
            parts[-1][1].extend(own)
    if len(parts) != 2 or not all(own for _, own in parts):
        return ()
    (first, _), (second, _) = parts
    if set(first.intents) & set(second.intents):
        return ()
    inquiries = []
    for item, own in parts:
        aspects = tuple(dict.fromkeys(own))
        case = item.find_case(asked.text, today)
        known = case.id if case and not case.goto else None
        inquiries.append(Inquiry(item, aspects, known, _day(item, asked.text, aspects, today)))
    return tuple(inquiries)
