"""An officer answers a report in the console, and the citizen reads it in the chat."""

from __future__ import annotations

import re
import time

import pytest
import requests

from services.clock import utc_now
from services.db.engine import Database
from services.report_submission import Submission
from services.reports import submit
from services.secrets import cipher_for
from services.settings import load_settings
from tests.journeys.conftest import Assistant

pytestmark = [pytest.mark.journey, pytest.mark.timeout(360)]
CITIZEN = "7770001112223334449"


def test_an_officers_words_reach_the_chat_and_the_conversation_is_there_to_review(
    assistant: Assistant,
) -> None:
    citizen = assistant.citizen(CITIZEN)
    citizen.say("đổi căn cước hết hạn cần giấy tờ gì")
    settings = load_settings({"DATA_DIR": str(assistant.data_dir)})
    database = Database(settings.database_url)
    with database.transaction() as session:
        told = Submission("9990001112223334445", CITIZEN, "d1", "trom_cap", "toi_pham", "Mất xe ở chợ phường")
        report = submit(session, cipher_for(settings), told, utc_now())
    database.close()

    officer = requests.Session()
    entered = _submit(
        officer, assistant, "/dang-nhap", "/dang-nhap", login="thu-canbo", password=_trial_password(assistant)
    )
    assert "Chào Cán bộ chạy thử" in entered.text
    page = f"/tin-bao/{report.report_id}"
    shown = _submit(officer, assistant, f"{page}/nhan-tin", page, words="Xe của anh/chị màu gì ạ?", how="ask")
    assert "Đã lưu." in shown.text
    heard = citizen.hear()
    assert "Xe của anh/chị màu gì ạ?" in heard
    assert report.code in heard

    # The upkeep runs every 20 seconds.
    for _ in range(40):
        listed = officer.get(f"{assistant.console}/hoi-thoai", timeout=10).text
        if "đổi căn cước hết hạn cần giấy tờ gì" in listed:
            return
        time.sleep(1)
    pytest.fail("the conversation did not come to the list")


def _submit(
    officer: requests.Session, assistant: Assistant, path: str, form_on: str, **fields: str
) -> requests.Response:
    shown = officer.get(assistant.console + form_on, timeout=20).text
    token = re.search(r'name="form_token" value="([0-9a-f]{64})"', shown)
    assert token is not None, shown[:500]
    hidden = dict(re.findall(r'type="hidden" name="(form_token|version)" value="([^"]*)"', shown))
    return officer.post(assistant.console + path, data={**hidden, **fields}, timeout=20)


def _trial_password(assistant: Assistant) -> str:
    printed = assistant.printed.read_text(errors="replace")
    found = re.search(r"Password:\s+([a-z0-9]{4}(?:-[a-z0-9]{4}){3})", printed)
    assert found is not None, printed[-800:]
    return found.group(1)
