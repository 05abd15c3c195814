"""How fast the console's lists open: `python -m benchmarks.console [--sessions 10000 --messages 200000]`.

Makes a database of invented conversations and reports in a temporary folder, serves the console with
uvicorn on loopback, signs in, and opens each list as a browser would. Prints milliseconds per page.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import requests
import sqlalchemy as sa
import typer
from cryptography.fernet import Fernet
from rich.console import Console as Terminal

from console.app import build_console
from console.serving import server_for
from console.visit import Console
from services import staff
from services.clock import utc_now
from services.db.engine import Database
from services.db.migrate import upgrade
from services.db.models import ConversationEvent
from services.db.review_tables import ReviewMessage, ReviewSession, ReviewTag
from services.report_submission import Submission
from services.reports import submit
from services.review_texts import Body, seal_body, similar_key
from services.settings import load_settings

PASSWORD = "đo thời gian mở các trang"
ACCOUNT = "9990001112223334445"
INTENTS = ("hoi_dang_ky_tam_tru", "hoi_phat_nguoi_muc_phat", "to_giac_toi_pham", "hoi_can_cuoc_cap_doi")
SAID = "đăng ký tạm trú mất xe biển số căn cước hết hạn giấy tờ gì phạt nguội ở đâu cần mấy ngày trộm"
PAGES = (
    "/",
    "/hoi-thoai",
    "/hoi-thoai?trang=100",
    "/hoi-thoai?chua_hieu=co&do_tin=60",
    "/hoi-thoai?y_dinh=to_giac_toi_pham",
    "/hoi-thoai?nhan=hay+hỏi",
    "/hoi-thoai/1",
    "/chua-hieu",
    "/chua-hieu?trang=20",
    "/chua-hieu?xem=tat_ca",
    "/chua-hieu?chu=biển+số",
    "/chua-hieu/1",
    "/tin-bao?xem=",
    "/tin-bao?xem=qua_han",
    "/nhat-ky",
    "/so-lieu",
)


def main(sessions: int = 10_000, messages: int = 200_000, reports: int = 2_000, times: int = 15) -> None:
    """Build, serve, measure, print."""
    terminal = Terminal()
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        console = filled(Path(folder), sessions, messages, reports)
        terminal.print(
            f"{sessions} conversations, {messages} messages, {reports} reports in "
            f"{time.monotonic() - started:.0f} s"
        )
        terminal.print("median ms | slowest ms | KB | page")
        with served(console) as address:
            for path, taken, size in measured(address, times):
                terminal.print(
                    f"{statistics.median(taken):6.0f} | {max(taken):6.0f} | {size / 1024:4.0f} | {path}"
                )


def filled(folder: Path, sessions: int, messages: int, reports: int) -> Console:
    """Give a console over a database of so many invented conversations."""
    settings = load_settings(
        {"DATA_DIR": str(folder), "DATA_KEYS": Fernet.generate_key().decode(), "ZALO_OA_ID": ACCOUNT}
    )
    database = Database(settings.database_url)
    upgrade(database)
    console = build_console(settings, database)
    with database.transaction() as session:
        staff.add(
            session,
            console.passwords,
            "system",
            "do-toc-do",
            "Đo tốc độ",
            "leader",
            ("*",),
            utc_now(),
            PASSWORD,
        )
    _add_conversations(console, sessions, messages)
    for number in range(reports):
        with database.transaction() as session:
            submission = Submission(
                ACCOUNT,
                f"c{number}",
                f"d{number}",
                "trom_cap",
                "toi_pham",
                "Mất xe ở hẻm 12",
                emergency=number % 40 == 0,
            )
            submit(session, console.cipher, submission, utc_now() - timedelta(hours=number))
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
    return console


def _add_conversations(console: Console, sessions: int, messages: int) -> None:
    chance, cipher, now = random.Random(20261121), console.cipher, utc_now()
    each = messages // sessions
    # Sealing is most of the work: some hundred different texts are enough for a list.
    texts = [" ".join(chance.sample(SAID.split(), 6)) for _ in range(5_000)]
    bodies = [(seal_body(cipher, Body(text)), similar_key(cipher, text)) for text in texts]
    openings = [cipher.seal(text) for text in texts[:500]]
    number = 0
    for first in range(0, sessions, 1_000):
        rows, lines, tags, events = [], [], [], []
        for session_id in range(first + 1, min(first + 1_000, sessions) + 1):
            at = now - timedelta(minutes=7 * session_id)
            fallbacks = chance.randrange(3) if session_id % 3 == 0 else 0
            rows.append(
                {
                    "id": session_id, "conversation_id": f"{ACCOUNT}:c{session_id}", "session_number": 1,
                    "account_id": ACCOUNT, "channel": "zalo", "started_at": at,
                    "ended_at": at + timedelta(minutes=5), "messages": each,
                    "lowest_confidence": chance.random(), "fallbacks": fallbacks,
                    "handovers": session_id % 50 == 0, "reports": session_id % 20 == 0,
                    "answer_seconds": chance.random() * 3, "sealed_opening": chance.choice(openings),
                    "events": 1, "last_event_id": 1, "state": "new", "reviewer": "",
                }
            )  # fmt: skip
            if session_id % 10 == 0:
                tags.append({"session_id": session_id, "tag": "hay hỏi", "added_by": "x", "added_at": at})
            for place in range(each):
                number += 1
                body, key = chance.choice(bodies)
                doubtful = place < fallbacks
                lines.append(
                    {
                        "session_id": session_id, "event_id": number, "account_id": ACCOUNT,
                        "at": at + timedelta(seconds=10 * place),
                        "intent": "nlu_fallback" if doubtful else chance.choice(INTENTS),
                        "confidence": chance.random(), "is_fallback": doubtful, "typed": True,
                        "doubtful": doubtful, "similar_key": key, "sealed_body": body,
                        "state": "open", "guess": "", "corrected_intent": "", "decided_by": "",
                    }
                )  # fmt: skip
                if session_id == 1:
                    events.append(_event(console, session_id, place, at.timestamp()))
        with console.database.transaction() as session:
            session.execute(sa.insert(ReviewSession.__table__), rows)
            session.execute(sa.insert(ReviewMessage.__table__), lines)
            session.execute(sa.insert(ReviewTag.__table__), tags)
            if events:
                session.execute(sa.insert(ConversationEvent.__table__), events)


def _event(console: Console, session_id: int, place: int, at: float) -> dict[str, object]:
    event = {
        "event": "user", "text": "biển số của tôi", "timestamp": at + place,
        "parse_data": {"intent": {"name": INTENTS[0], "confidence": 0.9}, "entities": []},
    }  # fmt: skip
    return {
        "conversation_id": f"{ACCOUNT}:c{session_id}", "session_number": 1, "type_name": "user",
        "occurred_at": at + place, "sealed_data": console.cipher.seal(json.dumps(event)),
    }  # fmt: skip


@contextmanager
def served(console: Console) -> Iterator[str]:
    """Serve on a free port."""
    server = server_for(console, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def measured(address: str, times: int) -> Iterator[tuple[str, list[float], int]]:
    """Open each page so many times; give it, milliseconds, and its size in bytes."""
    browser = requests.Session()
    token = browser.get(f"{address}/dang-nhap", timeout=30).text.split('name="form_token" value="')[1][:64]
    browser.post(
        f"{address}/dang-nhap",
        data={"form_token": token, "login": "do-toc-do", "password": PASSWORD},
        timeout=30,
    ).raise_for_status()
    for path in PAGES:
        taken: list[float] = []
        size = 0
        for _ in range(times):
            started = time.perf_counter()
            answer = browser.get(address + path, timeout=60)
            taken.append((time.perf_counter() - started) * 1000)
            size = len(answer.content)
            if answer.status_code != 200 or "Đăng nhập</h1>" in answer.text:
                raise SystemExit(f"{path}: {answer.status_code}")
        yield path, taken, size


if __name__ == "__main__":
    typer.run(main)
