"""Answers about procedures: the one asked about, one side of it, or a choice of which one is meant."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.content import CONTENT, answering_day, catalogue, library, rehearsal_notice
from actions.directory import office_of
from actions.news import warned
from actions.officer_questions import answer_officer
from services.answers import Answer, Choice
from services.fine_answers import PREFIX
from services.inquiries import FINES, SURE, Asked, Memory, Side
from services.intent_titles import load_titles
from services.replies import Reply, respond, respond_loosely

ASK_WHICH = "Dạ, anh/chị đang hỏi về thủ tục nào ạ?"
# Offered when nobody said which one is meant: what people ask about most.
COMMON = ("hoi_dang_ky_tam_tru", "hoi_dang_ky_thuong_tru", "hoi_can_cuoc_cap_doi", "hoi_sang_ten_xe")
ALL = {"title": "Các thủ tục khác", "payload": '/hoi_chuc_nang{"muc": "thu_tuc"}'}
NOT_YET = (
    "Dạ, trợ lý hiểu anh/chị hỏi về: {title}. Nội dung này chưa được cán bộ kiểm tra xong nên trợ lý "
    "chưa dám trả lời, sợ nói sai làm mất công anh/chị. "
    "Anh/chị hỏi Công an phường, xã nơi mình ở trong giờ hành chính."
)


class ActionAnswerProcedure(Action):
    """Answers a question about a procedure and remembers which one it was."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_tra_loi_thu_tuc"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the answer, or ask which procedure is meant."""
        question = asked(tracker)
        if not question.tapped and await warned(dispatcher, tracker):
            # The question may have been about a fine; first of all nobody is to tap that link.
            return []
        reply = respond(library(), question, memory(tracker), answering_day(), office_of(tracker))
        if reply is None:
            _say_unknown(dispatcher, question.intent)
            return []
        return say(dispatcher, reply)


class ActionGoOn(Action):
    """Takes a reply or a correction as going on with the last procedure, or says that it listens."""

    def name(self) -> str:
        """Name the action as the domain does."""
        return "action_noi_tiep"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Say the answer for what was added or corrected."""
        events = await go_on_or_answer_officer(dispatcher, tracker)
        if events is None:
            dispatcher.utter_message(response="utter_dang_nghe")
            return []
        return events


async def go_on_or_answer_officer(
    dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[EventType] | None:
    """Say the answer for what was added or corrected, or take it for an officer; None when it is neither.

    Where nothing was talked of in this session, an officer's question that waits comes first.
    """
    reply = go_on(tracker) if tracker.get_slot("thu_tuc") else None
    if reply is None:
        answered = await answer_officer(dispatcher, tracker)
        if answered is not None:
            return answered
        reply = go_on(tracker)
    return None if reply is None else say(dispatcher, reply)


def asked(tracker: Tracker) -> Asked:
    """Give the latest message as the services understand it."""
    message = tracker.latest_message
    entities = message.get("entities") or []
    return Asked(
        intent=(message.get("intent") or {}).get("name") or "",
        text=message.get("text") or "",
        sides=tuple(
            Side(str(item["value"]), int(item.get("start") or 0), int(item.get("end") or 0))
            for item in entities
            if item.get("entity") == "khia_canh"
        ),
        tapped={
            str(item["entity"]): str(item["value"]) for item in entities if item.get("extractor") == "choice"
        },
        confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
    )


def memory(tracker: Tracker) -> Memory:
    """Give what the conversation was about so far."""
    return Memory(
        tracker.get_slot("thu_tuc"), tracker.get_slot("truong_hop"), tracker.get_slot("khia_canh_truoc")
    )


def go_on(tracker: Tracker) -> Reply | None:
    """Answer a message from what was talked of before; None when it fits nothing."""
    return respond_loosely(library(), asked(tracker), memory(tracker), answering_day(), office_of(tracker))


def go_on_if_worded_so(tracker: Tracker) -> Reply | None:
    """Answer what looked foreign but goes on with what was talked of; None otherwise.

    It does so by its wording ("còn con em 3 tuổi"), as a short answer that names a case ("bé 13 tuổi"), or
    by asking for a side ("nộp hôm nay khi nào có") where the language model is not sure that it is foreign.
    """
    question = asked(tracker)
    foreign = question.confidence >= SURE if question.aspects else not question.short
    return go_on(tracker) if question.bare or question.goes_on or not foreign else None


def say(dispatcher: CollectingDispatcher, reply: Reply) -> list[EventType]:
    """Say a reply; give the events that remember what it was about."""
    notice = rehearsal_notice()
    for part in reply.answers:
        dispatcher.utter_message(text=notice + part.text, buttons=buttons(part))
    return [
        SlotSet("thu_tuc", reply.memory.procedure),
        SlotSet("truong_hop", reply.memory.case),
        SlotSet("khia_canh_truoc", reply.memory.aspect),
    ]


def buttons(said: Answer) -> list[dict[str, str]]:
    """Make Rasa's buttons of an answer's choices and links."""
    made = [{"title": item.title, "payload": _payload(item), "say": item.say} for item in said.choices]
    return made + [{"title": link.title, "payload": link.url} for link in said.links]


def _payload(choice: Choice) -> str:
    fine = choice.procedure_id.startswith(PREFIX)
    intent = FINES if fine else catalogue().get(choice.procedure_id).intents[0]
    entities = {"thu_tuc": choice.procedure_id, "khia_canh": choice.aspect, "truong_hop": choice.case}
    given = {name: value for name, value in entities.items() if value is not None}
    return f"/{intent}{json.dumps(given, ensure_ascii=False)}"


def _say_unknown(dispatcher: CollectingDispatcher, intent: str) -> None:
    title = load_titles(CONTENT).get(intent)
    if title is not None:
        dispatcher.utter_message(text=NOT_YET.format(title=title))
    else:
        titles = load_titles(CONTENT)
        common = [{"title": titles[name], "payload": f"/{name}"} for name in COMMON]
        dispatcher.utter_message(text=ASK_WHICH, buttons=[*common, ALL])
