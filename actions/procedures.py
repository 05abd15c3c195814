"""Answers about procedures: the one asked about, one side of it, or a choice of which one is meant."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, answering_day, catalogue, rehearsal_notice
from services.answers import Answer, Choice, answer, answer_question
from services.intent_titles import load_titles
from services.procedures import ASPECTS, Procedure
from services.text import fold

FOLLOW_UP = "hoi_khia_canh"
COMPARE = "so_sanh_thu_tuc"
# More sides than this in one sentence are answered with the overview.
MOST_ASPECTS = 3

# Words that carry no subject of their own: "vậy có bị phạt không" asks about what was talked of before.
FILLERS = frozenset(
    """a ai anh ban bi bo cai can chi chu cho co con cu da dang de do duoc em gi ha hay het hok hong
    i ko k khong la lam luon mat minh moi nao nay neu nha nhe nhi nhu nua o oi phai qua r roi sao
    ta thi the ton toi tui u va vay voi xong y z""".split()  # noqa: SIM905
)

ASK_WHICH = "Dạ, anh/chị đang hỏi về thủ tục nào ạ?"
WHAT_I_CAN = (
    "Trợ lý trả lời được về các thủ tục dưới đây: giấy tờ, lệ phí, thời hạn, nơi nộp, làm trên mạng, "
    "điều kiện, mức phạt, kết quả. Anh/chị bấm chọn hoặc cứ nhắn bằng lời của mình."
)
NOT_YET = (
    "Dạ, trợ lý hiểu anh/chị hỏi về: {title}. Nội dung này chưa được cán bộ kiểm tra xong nên trợ lý "
    "chưa dám trả lời, sợ nói sai làm mất công anh/chị. "
    "Anh/chị hỏi Công an phường, xã nơi mình ở trong giờ hành chính."
)


@dataclass(frozen=True)
class Question:
    """What a citizen asked: which procedure, which sides of it, in which case."""

    procedure: Procedure
    aspects: tuple[str, ...]
    case: str | None


class ActionAnswerProcedure(Action):
    """Answers a question about a procedure and remembers which one it was."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_tra_loi_thu_tuc"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the answer, or ask which procedure is meant."""
        message = tracker.latest_message
        intent = (message.get("intent") or {}).get("name") or ""
        question = understand(
            intent,
            message.get("text") or "",
            message.get("entities") or [],
            tracker.get_slot("thu_tuc"),
            tracker.get_slot("truong_hop"),
        )
        if question is None:
            _say_unknown(dispatcher, intent)
            return []
        answers = compose(question, message.get("text") or "")
        notice = rehearsal_notice()
        for part in answers[:-1]:
            dispatcher.utter_message(text=notice + part.text)
        dispatcher.utter_message(text=notice + answers[-1].text, buttons=buttons(answers[-1]))
        return [SlotSet("thu_tuc", question.procedure.id), SlotSet("truong_hop", question.case)]


class ActionListProcedures(Action):
    """Says what the assistant can do, with the procedures it knows as buttons."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_danh_muc_thu_tuc"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the list."""
        dispatcher.utter_message(text=WHAT_I_CAN, buttons=_procedure_buttons())
        return []


def understand(
    intent: str, text: str, entities: list[dict[str, Any]], last_procedure: str | None, last_case: str | None
) -> Question | None:
    """Find out which procedure, sides and case are asked about; None when no procedure is known.

    A button names procedure, side and case itself. A follow-up is about the last procedure. A
    citizen's own case is kept as long as the procedure stays the same.
    """
    known = {str(item["entity"]): item["value"] for item in entities if item.get("extractor") == "choice"}
    aspects = tuple(
        dict.fromkeys(
            item["value"]
            for item in entities
            if item.get("entity") == "khia_canh" and item["value"] in ASPECTS
        )
    )
    bare = bool(aspects) and not known and _says_no_more(text, entities)
    if bare and last_procedure:
        intent = FOLLOW_UP
    procedure = _procedure(intent, text, known.get("thu_tuc"), last_procedure, bare)
    if procedure is None:
        return None
    if known:
        case = known.get("truong_hop")
    else:
        named = procedure.find_case(text)
        case = named.id if named else (last_case if procedure.id == last_procedure else None)
    if case is not None and case not in {item.id for item in procedure.cases}:
        case = None
    return Question(procedure, aspects, case)


def compose(question: Question, text: str) -> list[Answer]:
    """Make the messages that answer a question, on the day that answers are made for."""
    on = answering_day()
    if not question.aspects:
        common = question.procedure.find_question(text)
        if common is not None:
            return [answer_question(question.procedure, common, on)]
    if not question.aspects or len(question.aspects) > MOST_ASPECTS:
        return [answer(question.procedure, None, question.case, on)]
    return [answer(question.procedure, aspect, question.case, on) for aspect in question.aspects]


def buttons(said: Answer) -> list[dict[str, str]]:
    """Make Rasa's buttons of an answer's choices and links."""
    made = [{"title": item.title, "payload": _payload(item), "say": item.say} for item in said.choices]
    return made + [{"title": link.title, "payload": link.url} for link in said.links]


def _says_no_more(text: str, entities: list[dict[str, Any]]) -> bool:
    """Tell whether a sentence asks about a side and names nothing else, whatever intent it looked like."""
    rest = list(fold(text))
    for item in entities:
        if item.get("entity") == "khia_canh":
            rest[item["start"] : item["end"]] = " " * (item["end"] - item["start"])
    return all(word in FILLERS for word in re.findall(r"\w+", "".join(rest)))


def _procedure(intent: str, text: str, named: str | None, last: str | None, bare: bool) -> Procedure | None:
    everything = catalogue()
    by_id = {item.id: item for item in everything}
    if named in by_id:
        return by_id[str(named)]
    if intent == FOLLOW_UP and last in by_id:
        return by_id[str(last)]
    if intent in (FOLLOW_UP, COMPARE):
        return None if bare else everything.search(text)
    candidates = everything.for_intent(intent)
    chosen = everything.choose(intent, text)
    if last in {item.id for item in candidates} and chosen is candidates[0]:
        # "còn sang tên thì sao" after a special kind of it stays with that kind.
        return by_id[str(last)]
    return chosen


def _payload(choice: Choice) -> str:
    intent = catalogue().get(choice.procedure_id).intents[0]
    entities = {"thu_tuc": choice.procedure_id, "khia_canh": choice.aspect, "truong_hop": choice.case}
    given = {name: value for name, value in entities.items() if value is not None}
    return f"/{intent}{json.dumps(given, ensure_ascii=False)}"


def _procedure_buttons() -> list[dict[str, str]]:
    titles = load_titles(CONTENT)
    known = {intent for item in catalogue() for intent in item.intents}
    return [{"title": title, "payload": f"/{intent}"} for intent, title in titles.items() if intent in known]


def _say_unknown(dispatcher: CollectingDispatcher, intent: str) -> None:
    title = load_titles(CONTENT).get(intent)
    if title is not None:
        dispatcher.utter_message(text=NOT_YET.format(title=title))
    else:
        dispatcher.utter_message(text=ASK_WHICH, buttons=_procedure_buttons())
