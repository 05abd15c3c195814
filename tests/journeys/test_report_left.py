"""A report not told in one go: an officer speaks in between, hours pass, pictures come at odd moments."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from connectors.zalo.worker import ASSISTANT_SPEAKS, OFFICER_SPEAKS
from services import report_drafts
from services import report_words as words
from services.clock import utc_now
from services.db.engine import Database
from services.db.models import ConversationEvent, InboundEvent
from services.report_enquiry import ADDED
from services.secrets import Cipher
from tests.journeys.conftest import Assistant
from tests.journeys.report_player import Chatter, stored
from tests.journeys.test_report_flows import THEFT, codes, send, to_confirmation

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]

OA = "9990001112223334445"


class Citizen(Chatter):
    """A citizen whose conversation an officer and the clock may break into."""

    def __init__(self, assistant: Assistant, number: str, database: Database, cipher: Cipher) -> None:
        super().__init__(f"{assistant.zalo}/api/citizens/{number}")
        self.assistant, self.number, self.database, self.cipher = assistant, number, database, cipher

    def officer(self, text: str) -> str:
        """Let an officer write in the OA's chat tool; give what the assistant says to that."""
        url = f"{self.assistant.zalo}/api/control/officer"
        answer = requests.post(url, json={"user_id": self.number, "text": text}, timeout=20)
        assert answer.status_code == 200
        return self.more(3.0).replace(text, "").strip()

    def writes(self, message: dict[str, Any]) -> None:
        """Send something without waiting for an answer, until its event is settled."""
        assert requests.post(f"{self.base}/messages", json=message, timeout=20).status_code == 200
        deadline = time.monotonic() + 20
        while self.states()[-1] not in ("held", "done") and time.monotonic() < deadline:
            time.sleep(0.05)

    def picture(self) -> dict[str, str]:
        """Make the message of a picture."""
        return {"image": f"{self.assistant.zalo}/static/icon.svg"}

    def states(self) -> list[str]:
        """What became of each message."""
        with self.database.transaction(read_only=True) as session:
            query = sa.select(InboundEvent.state).where(
                InboundEvent.citizen_id == self.number, InboundEvent.kind.like("user_send%")
            )
            return list(session.execute(query.order_by(InboundEvent.id)).scalars())

    def let_pass(self, hours: float) -> None:
        """Move all that was said so far, and the draft, into the past."""
        seconds = hours * 3600
        conversation = f"zalo-{OA}-{self.number}"
        with self.database.transaction() as session:
            table = ConversationEvent.__table__
            for row in session.execute(sa.select(table).where(table.c.conversation_id == conversation)).all():
                event = json.loads(self.cipher.open(row.sealed_data))
                if event.get("timestamp") is not None:
                    event["timestamp"] -= seconds
                session.execute(
                    sa.update(table)
                    .where(table.c.id == row.id)
                    .values(
                        occurred_at=row.occurred_at - seconds, sealed_data=self.cipher.seal(json.dumps(event))
                    )
                )
            kept = report_drafts.load(session, self.cipher, OA, self.number, utc_now())
            assert kept is not None
            then = kept.saved_at - timedelta(hours=hours)
            body = {**kept.body, "touched_at": then.isoformat()}
            report_drafts.save(session, self.cipher, OA, self.number, body, then)


@pytest.fixture
def cipher(assistant: Assistant) -> Cipher:
    return Cipher((next(assistant.data_dir.glob("*key*")).read_text(encoding="ascii").strip(),))


@pytest.fixture
def citizen(assistant: Assistant, cipher: Cipher, request: pytest.FixtureRequest) -> Iterator[Citizen]:
    database = Database(f"sqlite:///{assistant.data_dir / 'an-ninh.db'}")
    yield Citizen(assistant, f"6{abs(hash(request.node.name)) % 10**6:06d}", database, cipher)
    database.close()


def evidence(citizen: Citizen, code: str) -> int:
    """How many pictures the stored report holds."""
    return int(stored(citizen.assistant.data_dir, citizen.cipher, code)["evidence"])


def test_an_officer_takes_over_in_the_middle_and_nothing_of_the_report_is_lost(citizen: Citizen) -> None:
    asked = citizen.say(THEFT)
    assert "trông thế nào" in asked
    assert citizen.officer("Chào chị, tôi là cán bộ trực ban, xe của chị màu gì?") == OFFICER_SPEAKS
    citizen.writes({"text": "dạ xe màu đỏ"})
    citizen.writes(citizen.picture())
    citizen.writes({"text": "biển số em nói rồi đó ạ"})
    assert citizen.more(1.5) == ""
    assert citizen.states()[-3:] == ["held"] * 3
    assert citizen.officer("#bot") == ASSISTANT_SPEAKS
    # What follows the officer's talk is no answer to the question of before.
    said = citizen.say("dạ em cảm ơn cán bộ nhiều")
    assert "tin báo dở dang về mất trộm" in said + citizen.more(1.0)
    said = citizen.tap(words.RESUME[0].title)
    assert "trông thế nào" in said
    for _ in range(4):
        if words.CONFIRM[0].title in citizen.buttons:
            break
        title = words.IDENTITIES[2].title
        citizen.tap(title if title in citizen.buttons else words.SKIP.title)
        citizen.more(1.0)
    assert any(words.SENT_MEANWHILE.format(got="1 ảnh") in one for one in citizen.heard)
    code, _ = codes(send(citizen))
    record = stored(citizen.assistant.data_dir, citizen.cipher, code)
    assert (record["story"], record["category"], record["evidence"]) == (THEFT, "trom_cap", 1)


def test_after_the_officer_is_silent_the_citizen_is_told_who_speaks(citizen: Citizen) -> None:
    citizen.say(THEFT)
    citizen.officer("Cán bộ trực ban xin nghe")
    citizen.writes({"text": "dạ em bị mất xe"})
    with citizen.database.transaction() as session:
        session.execute(
            sa.text("UPDATE conversation_mode SET until = :past WHERE citizen_id = :citizen"),
            {"past": "2020-01-01 00:00:00.000000", "citizen": citizen.number},
        )
    said = citizen.say("alo còn ai ở đó không ạ") + citizen.more(1.0)
    assert said.startswith(ASSISTANT_SPEAKS)
    assert "tin báo dở dang về mất trộm" in said


def test_a_session_that_ended_in_the_middle_keeps_what_was_told_and_says_so(citizen: Citizen) -> None:
    assert "trông thế nào" in citizen.say(THEFT)
    citizen.let_pass(5)
    said = citizen.say("chào em") + citizen.more(1.5)
    assert "tin báo dở dang về mất trộm" in said
    assert "trông thế nào" in citizen.tap(words.RESUME[0].title)
    to_end = citizen.tap(words.SKIP.title) + citizen.more(1.0)
    assert words.WHO_TELLS in to_end
    citizen.tap(words.IDENTITIES[2].title)
    citizen.more(1.0)
    code, _ = codes(send(citizen))
    assert stored(citizen.assistant.data_dir, citizen.cipher, code)["story"] == THEFT


def test_what_is_told_on_coming_back_belongs_to_the_report_once_it_goes_on(citizen: Citizen) -> None:
    to_confirmation(citizen)
    citizen.let_pass(5)
    more = "camera nhà đối diện quay được hai thằng dắt xe đi lúc 9 giờ"
    said = citizen.say(more) + citizen.more(1.5)
    title = next(one for one in citizen.buttons if one in (words.RESUME[0].title, words.NEW_OR_OLD[0].title))
    assert "tin báo dở dang" in said
    assert more in citizen.tap(title) + citizen.more(1.5)
    code, _ = codes(send(citizen))
    assert stored(citizen.assistant.data_dir, citizen.cipher, code)["story"] == f"{THEFT}\n{more}"


def test_after_three_days_the_draft_is_gone_and_a_new_report_begins(citizen: Citizen) -> None:
    citizen.say(THEFT)
    citizen.let_pass(73)
    assert "dở dang" not in citizen.say("chào em") + citizen.more(1.5)
    assert "mất trộm" in citizen.say("nhà tôi bị trộm mất chiếc xe đạp ở hẻm 3 Lê Lai tối qua")


def test_pictures_before_the_story_during_the_confirmation_and_after_it_was_sent(citizen: Citizen) -> None:
    assert "đã nhận 1 ảnh" in citizen.send(citizen.picture())
    said = to_confirmation(citizen)
    assert "1 ảnh" in said
    said = citizen.send(citizen.picture()) + citizen.more(1.5)
    assert "tất cả 2 ảnh" in said
    assert words.CONFIRM[0].title in citizen.buttons
    code, _ = codes(send(citizen))
    assert evidence(citizen, code) == 2
    assert citizen.send(citizen.picture()) == ADDED.format(code=code)
    assert "Không phải, đây là tin mới" in citizen.buttons
    assert evidence(citizen, code) == 3
