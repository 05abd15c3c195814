"""Reports over Zalo that do not go straight: questions between, stopping, repeated deliveries, looking up."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from services import report_words as words
from services.report_enquiry import NO_SUCH
from tests.journeys.conftest import Assistant
from tests.journeys.report_player import Chatter

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]

THEFT = "Lúc 21 giờ hôm qua nhà tôi bị trộm mất chiếc xe Vision biển số 59X1 222.33 ở hẻm 12 đường Lê Lợi"


@pytest.fixture
def chat(assistant: Assistant, request: pytest.FixtureRequest) -> Chatter:
    number = abs(hash(request.node.name)) % 10**6
    return Chatter(f"{assistant.zalo}/api/citizens/8{number:06d}")


def reports(assistant: Assistant) -> int:
    """How many reports are stored."""
    connection = sqlite3.connect(f"file:{assistant.data_dir / 'an-ninh.db'}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM report").fetchone()[0])
    finally:
        connection.close()


@contextmanager
def delivering(assistant: Assistant, times: int) -> Iterator[None]:
    """Let the local Zalo deliver each event several times."""
    url = f"{assistant.zalo}/api/control/options"
    assert requests.post(url, json={"duplicate": times - 1}, timeout=10).status_code == 200
    try:
        yield
    finally:
        requests.post(url, json={"duplicate": 0}, timeout=10)


def to_confirmation(chat: Chatter) -> str:
    """Tell of the theft until only the confirmation is missing."""
    said = chat.say(THEFT)
    for _ in range(8):
        said += chat.more(1.0)
        if words.CONFIRM[0].title in chat.buttons:
            return said
        title = words.IDENTITIES[2].title
        said = chat.tap(title) if title in chat.buttons else chat.tap(words.SKIP.title)
    raise AssertionError(f"never confirmed: {chat.heard}")


def send(chat: Chatter) -> str:
    """Confirm; give all that is said about code, secret and what comes next."""
    return chat.tap(words.CONFIRM[0].title) + "\n" + chat.more(1.0)


def codes(said: str) -> tuple[str, str]:
    """Read code and secret as a citizen would."""
    code, secret = re.search(r"Mã tin: (TP-\S+)", said), re.search(r"Mã riêng: (\d{6})", said)
    assert code is not None
    assert secret is not None
    return code[1], secret[1]


def test_a_question_about_papers_in_between_is_answered_and_the_report_goes_on(
    assistant: Assistant, chat: Chatter
) -> None:
    first = chat.say("nhà tôi bị trộm mất chiếc xe máy Vision")
    question = first.split("\n")[-1]
    said = chat.say("đổi căn cước hết hạn cần giấy tờ gì") + chat.more(1.0)
    assert "Giấy tờ đổi căn cước hết hạn" in said
    assert words.GO_ON in said
    assert question in said
    assert chat.say("hẻm 5 đường Tân Sơn Nhì, tối ngày hôm qua")


def test_stopping_leaves_nothing_behind(assistant: Assistant, chat: Chatter) -> None:
    before = reports(assistant)
    chat.say(THEFT)
    chat.say("thôi")
    assert chat.tap("Bỏ hẳn tin này") == words.DROPPED.text
    assert "Giấy tờ" in chat.say("đăng ký tạm trú cần giấy tờ gì")
    assert reports(assistant) == before


def test_five_deliveries_of_the_confirmation_are_one_report(assistant: Assistant, chat: Chatter) -> None:
    to_confirmation(chat)
    before = reports(assistant)
    with delivering(assistant, 5):
        said = send(chat)
    time.sleep(1.0)
    assert reports(assistant) == before + 1
    assert said.count("Mã tin: ") == 1
    code, _ = codes(said)
    again = chat.say("gửi tin")
    assert code in again
    assert reports(assistant) == before + 1


def test_the_code_opens_the_report_and_words_are_added(assistant: Assistant, chat: Chatter) -> None:
    to_confirmation(chat)
    code, secret = codes(send(chat))
    bare = code.lower().replace("-", " ")
    said = chat.say(f"cho hoi tin {bare} ma rieng {secret} toi dau roi")
    assert code in said
    assert "Mới gửi" in said
    chat.tap("Gửi thêm thông tin")
    assert code in chat.say("Tôi nhớ ra nó đi cùng một người nữa, áo xanh")
    assert "tra cứu" in chat.tap("Xong")


def test_someone_elses_code_opens_nothing(assistant: Assistant, chat: Chatter) -> None:
    to_confirmation(chat)
    code, secret = codes(send(chat))
    stranger = Chatter(f"{assistant.zalo}/api/citizens/8999001")
    wrong = f"{(int(secret) + 1) % 10**6:06d}"
    assert stranger.say(f"{code} {wrong}") == NO_SUCH


def test_thirty_pictures_belong_to_the_report(assistant: Assistant, chat: Chatter) -> None:
    chat.say("Xe 51G-678.90 vượt đèn đỏ ngã tư Âu Cơ lúc 7h30 sáng ngày hôm qua")
    picture = f"{assistant.zalo}/static/icon.svg"
    for _ in range(30):
        answer = requests.post(f"{chat.base}/messages", json={"image": picture}, timeout=20)
        assert answer.status_code == 200
    said = ""
    deadline = time.monotonic() + 120
    while "tất cả 30 ảnh" not in said and time.monotonic() < deadline:
        said += chat.more(5.0)
    assert "tất cả 30 ảnh" in said


def test_danger_interrupts_a_question_about_papers(assistant: Assistant, chat: Chatter) -> None:
    chat.say("đăng ký tạm trú cần giấy tờ gì")
    said = chat.say("cứu tôi với có người đang cầm dao đập cửa nhà tôi")
    assert "GỌI NGAY" in said
    assert chat.buttons[0] == "Gọi 113"
    assert chat.buttons[-1] == words.SAFE.title


def test_deleting_is_asked_first_and_gives_a_receipt(assistant: Assistant, chat: Chatter) -> None:
    chat.say(THEFT)
    chat.say("thôi")
    chat.tap("Để đó, làm sau")
    assert "Xóa rồi thì không lấy lại được" in chat.say("xóa dữ liệu của tôi")
    said = chat.tap("Xóa dữ liệu của tôi")
    assert re.search(r"Biên nhận xóa dữ liệu XD-\d\d-", said)
    assert "tin báo đang viết dở" in said
    assert "Giấy tờ" in chat.say("đăng ký tạm trú cần giấy tờ gì")
