"""Plays a journey: tells the story, answers what is asked, confirms, and reads the stored record back.

The player answers by the fact a question asks for, as a person does, so that a journey stays right
when questions change their order; what it has no answer for it passes over.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import requests

from services import report_words as words
from services.clock import VIETNAM
from services.report_categories import Catalogue, load_categories
from services.report_codes import read_code
from services.secrets import Cipher
from services.text import fold
from tests.journeys.conftest import ROOT

QUIET_SECONDS = 0.3
ANSWER_SECONDS = 90
MOST_TURNS = 25

Journey = dict[str, Any]


@dataclass
class Chatter:
    """A citizen in the chat of the local Zalo; several of them talk at once."""

    base: str
    seen: int = 0
    last: list[dict[str, Any]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Write a text; give all that is answered."""
        return self.send({"text": text})

    def send(self, message: dict[str, Any]) -> str:
        """Send any kind of message; give all that is answered."""
        self.told.append(str(message.get("text") or next(iter(message))))
        answer = requests.post(f"{self.base}/messages", json=message, timeout=20)
        assert answer.status_code == 200, answer.text
        return self._listen(int(answer.json()["id"]))

    def tap(self, title: str) -> str:
        """Tap the button with this title under the last answers."""
        for message in reversed(self.last):
            for index, button in enumerate(message["buttons"]):
                if button["title"] == title:
                    self.told.append(f"@{title}")
                    body = {"message_id": message["id"], "button": index}
                    tapped = requests.post(f"{self.base}/tap", json=body, timeout=20)
                    assert tapped.status_code == 200, tapped.text
                    return self._listen(int(message["id"]))
        raise AssertionError(f"no button {title!r} in {self.buttons} under {self.heard[-1:]}")

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons under the last answers."""
        return [button["title"] for message in self.last for button in message["buttons"]]

    def more(self, seconds: float = 4.0) -> str:
        """Wait for what may still come of the last turn; its buttons count, too."""
        before, self.last = self.last, []
        try:
            return self._listen(self.seen, seconds)
        except AssertionError:
            return ""
        finally:
            self.last = before + self.last

    def _listen(self, after: int, seconds: float = ANSWER_SECONDS) -> str:
        after = max(after, self.seen)
        deadline = time.monotonic() + seconds
        self.last = []
        while time.monotonic() < deadline:
            wait = QUIET_SECONDS if self.last else min(10, seconds)
            found = requests.get(f"{self.base}/messages", params={"after": after, "wait": wait}, timeout=30)
            fresh = found.json()["messages"]
            if self.last and not fresh:
                break
            after = max([after, *(item["id"] for item in fresh)])
            self.last += [item for item in fresh if item["from"] == "oa"]
        assert self.last, f"no answer to {self.told[-1]!r}"
        self.seen = after
        text = "\n".join(item["text"] for item in self.last)
        self.heard.append(text)
        return text


@dataclass
class Played:
    """What came of a journey: the code told, the secret, all that was heard."""

    code: str
    secret: str
    heard: list[str]
    told: list[str]
    questions: int


@dataclass
class Player:
    """Plays one journey as one citizen; `bare` types everything without marks."""

    chat: Chatter
    journey: Journey
    picture: str
    bare: bool = False
    asked: list[str] = field(default_factory=list)

    def play(self) -> Played:
        """Tell it all and confirm."""
        said = self.chat.say(self._typed(self.journey["story"]))
        for kind in self.journey.get("sends", ()):
            said = self.chat.send({kind: self.picture})
        for _ in range(MOST_TURNS):
            if words.ALREADY_SENT[:12] in said or "Mã tin: " in said:
                return self._played(said)
            said = self._answer(said)
        raise AssertionError(f"no end in sight: {self.chat.told} … {self.chat.heard[-1]}")

    def _answer(self, said: str) -> str:
        titles = self.chat.buttons
        if words.SAFE.title in titles:
            return self.chat.tap(words.SAFE.title)
        if words.CONFIRM[0].title in titles:
            return self.chat.tap(words.CONFIRM[0].title)
        if words.WHO_TELLS in said:
            return self._identity()
        if words.ASK_CONTACT[:30] in said or words.NOT_A_PHONE in said:
            return self.chat.say(self._typed(self.journey.get("contact") or self.journey["identity"]))
        if words.WHICH_OF in said:
            wanted = catalogue().category(self.journey["report"]["category"]).title
            return self.chat.tap(wanted if wanted in titles else words.OTHER_CATEGORY.title)
        fact = self._fact_asked(said)
        if fact is None and (rest := self.chat.more()):
            # A turn says several things, and they leave one after the other.
            return f"{said}\n{rest}"
        if fact is None:
            more = self.journey.get("after_danger")
            if not more or self._typed(more) in self.chat.told:
                raise AssertionError(f"nothing to answer to: {said}")
            return self.chat.say(self._typed(more))
        self.asked.append(fact)
        answer = str(self.journey.get("answers", {}).get(fact) or f"@{words.SKIP.title}")
        if answer.startswith("@"):
            return self.chat.tap(answer[1:])
        return self.chat.say(self._typed(answer))

    def _identity(self) -> str:
        self.asked.append("identity")
        wanted = str(self.journey.get("identity", "anonymous"))
        titles = {"anonymous": words.IDENTITIES[2].title, "secret": words.IDENTITIES[1].title}
        return self.chat.tap(titles.get(wanted, words.IDENTITIES[0].title))

    def _fact_asked(self, said: str) -> str | None:
        for category in catalogue().categories:
            for question in category.questions:
                if question.ask in said:
                    return question.fact
        for reason in words.UNCLEAR.values():
            if reason in said and self.asked:
                return self.asked[-1]
        return None

    def _typed(self, text: str) -> str:
        day = datetime.now(VIETNAM).date() - timedelta(days=1)
        text = text.replace("{d-1}", f"{day.day}/{day.month}")
        return fold(text) if self.bare else text

    def _played(self, said: str) -> Played:
        code = read_code(said.split("Mã tin: ")[1].split("\n")[0])
        assert code is not None
        secret = said.split("Mã riêng: ")[1].split("\n")[0].strip()
        return Played(code, secret, self.chat.heard, self.chat.told, len(self.asked))


_CATALOGUE: list[Catalogue] = []


def catalogue() -> Catalogue:
    """The report categories of the project."""
    if not _CATALOGUE:
        _CATALOGUE.append(load_categories(ROOT / "content"))
    return _CATALOGUE[0]


def stored(data_dir: Path, cipher: Cipher, code: str) -> dict[str, Any]:
    """Read everything that is stored of a report, opened, field by field."""
    connection = sqlite3.connect(f"file:{data_dir / 'an-ninh.db'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        row = connection.execute("SELECT * FROM report WHERE code = ?", (code,)).fetchone()
        assert row is not None, f"{code} is not stored"
        facts = connection.execute("SELECT * FROM report_fact WHERE report_id = ?", (row["id"],)).fetchall()
        evidence = connection.execute(
            "SELECT count(*) FROM report_evidence WHERE report_id = ?", (row["id"],)
        ).fetchone()[0]
        events = connection.execute(
            "SELECT kind FROM report_event WHERE report_id = ? ORDER BY id", (row["id"],)
        ).fetchall()
    finally:
        connection.close()
    contact = row["sealed_contact"]
    return {
        "category": row["category"],
        "group": row["group_id"],
        "identity": row["identity"],
        "emergency": bool(row["emergency"]),
        "discreet": bool(row["discreet"]),
        "unit": row["unit_id"] or "",
        "ward": row["ward_id"] or "",
        "amount": row["amount"],
        "state": row["case_state"],
        "questionnaire": row["questionnaire_version"],
        "occurred": (_moment(row["occurred_from"]), _moment(row["occurred_to"])),
        "story": cipher.open(row["sealed_story"]),
        "place": json.loads(cipher.open(row["sealed_place"])),
        "contact": json.loads(cipher.for_purpose("report contact").open(contact)) if contact else None,
        "facts": {item["fact_id"]: json.loads(cipher.open(item["sealed_fact"])) for item in facts},
        "evidence": evidence,
        "events": [item["kind"] for item in events],
        "draft": row["draft_digest"],
    }


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """Give what has to be the same with marks and without: everything but the very letters typed."""
    plain = {
        name: record[name] for name in record if name not in ("story", "place", "contact", "draft", "facts")
    }
    plain["facts"] = {key: (fact["value"], fact["doubt"]) for key, fact in record["facts"].items()}
    plain["words"] = fold(record["story"])
    plain["where"] = {
        name: fold(value) if isinstance(value, str) else value for name, value in record["place"].items()
    }
    plain["who"] = {name: fold(value) for name, value in (record["contact"] or {}).items()}
    return plain


def expected_span(when: dict[str, Any], told_at: datetime) -> tuple[datetime, datetime]:
    """Give the moments that `{day: -1, from: "18:00", to: "23:00"}` means for somebody telling it then."""
    day = told_at.astimezone(VIETNAM).date() + timedelta(days=int(when["day"]))

    def at(clock: str) -> datetime:
        hour, minute = map(int, clock.split(":"))
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)

    return at(when["from"]), at(when["to"])


def _moment(stored_text: str | None) -> datetime | None:
    if stored_text is None:
        return None
    moment = datetime.fromisoformat(stored_text)
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment
