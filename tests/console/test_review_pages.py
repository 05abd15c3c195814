"""Hội thoại, replay, Chưa hiểu and annotation, over conversations as Rasa's tracker keeps them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from console import review_words
from console.annotation import Marked, NotInText, pieces, read_spans
from console.visit import Console
from services import audit, review_index, reviews
from services.review_records import MessageFilter, MessageRow, Span
from services.staff import Viewer
from tests.console.conftest import OTHER, WARD, Browser
from tests.services.review_samples import START, conversation_id, opened, store, turn

ALL = Viewer("test", "leader", ("*",))
EVIL = '<script>alert(1)</script> =cmd|"/c calc" - intent: x'
TENT = "Anh/chị muốn hỏi việc nào ạ?"


class Archive:
    """Conversations that were held, and what staff made of them."""

    def __init__(self, console: Console, clock: Any) -> None:
        self.console, self.clock = console, clock

    def holds(self, *turns: tuple[str, str], citizen: str = "c1", account: str = WARD, days: int = 0) -> None:
        """A conversation of these texts and intents, so many days after the first."""
        at = START + 86_400 * days
        events = opened(at)
        for place, (text, intent) in enumerate(turns):
            answer = TENT if intent == "nlu_fallback" else "Anh/chị cần mẫu CT01 ạ."
            confidence = 0.3 if intent == "nlu_fallback" else 0.9
            events += turn(text, intent, at + 10 * (place + 1), answer, confidence=confidence)
        store(self.console.database, self.console.cipher, conversation_id(citizen, account), events)
        review_index.bring_all(self.console.database, self.console.cipher, self.clock())

    def messages(self) -> list[MessageRow]:
        """Every message as it stands now, oldest first."""
        with self.console.database.transaction() as session:
            found = reviews.find_messages(session, self.console.cipher, ALL, MessageFilter())
        rows = [message for group in found.rows for message in group.messages]
        return sorted(rows, key=lambda row: row.id)

    def trail(self) -> list[str]:
        """What the audit trail tells of reviewing, oldest first."""
        with self.console.database.transaction() as session:
            entries = reversed(audit.entries(session))
            return [f"{one.action} {one.detail}" for one in entries if one.action.startswith("review.")]


@pytest.fixture
def archive(console: Console, clock: Any) -> Archive:
    return Archive(console, clock)


def openings(page: str) -> list[str]:
    """The first words on the list, top to bottom."""
    return [html.unescape(text).strip() for text in re.findall(r'data-label="Câu đầu"[^>]*>([^<]+)', page)]


def test_the_list_is_narrowed_by_all_that_rasa_x_had(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("đăng ký tạm trú cần gì", "hoi_dang_ky_tam_tru"), citizen="c1")
    archive.holds(("xyz gì đó", "nlu_fallback"), citizen="c2", days=1)
    archive.holds(("đổi căn cước", "hoi_can_cuoc_cap_doi"), citizen="c3", account=OTHER, days=2)
    trainer = signed_in("trainer", ("*",))
    trainer.submit("/hoi-thoai/2/nhan", form_on="/hoi-thoai/2", tag="Hay hỏi")
    trainer.submit("/hoi-thoai/2/trang-thai", form_on="/hoi-thoai/2", state="flagged")
    asked = {
        "": ["đổi căn cước", "xyz gì đó", "đăng ký tạm trú cần gì"],
        "tu=2026-11-22": ["đổi căn cước", "xyz gì đó"],
        "den=2026-11-22": ["xyz gì đó", "đăng ký tạm trú cần gì"],
        f"don_vi={OTHER}": ["đổi căn cước"],
        "y_dinh=hoi_dang_ky_tam_tru": ["đăng ký tạm trú cần gì"],
        "y_dinh=dang+ky+tam+tru": ["đăng ký tạm trú cần gì"],
        "do_tin=50": ["xyz gì đó"],
        "chua_hieu=co": ["xyz gì đó"],
        "chua_hieu=khong": ["đổi căn cước", "đăng ký tạm trú cần gì"],
        "nhan=hay+hỏi": ["xyz gì đó"],
        "trang_thai=flagged": ["xyz gì đó"],
        "tin_bao=co": [],
        "can_bo=co": [],
        "tu=hôm+nay&do_tin=abc&trang=x": ["đổi căn cước", "xyz gì đó", "đăng ký tạm trú cần gì"],
    }
    assert {query: openings(trainer.get(f"/hoi-thoai?{query}").text) for query in asked} == asked


def test_conversations_of_another_unit_are_not_there(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("đổi căn cước", "hoi_can_cuoc_cap_doi"), account=OTHER)
    officer = signed_in("officer", (WARD,))
    assert openings(officer.get("/hoi-thoai").text) == []
    assert [officer.get(path).status_code for path in ("/hoi-thoai/1", "/chua-hieu/1")] == [404, 404]
    answer = officer.submit("/hoi-thoai/1/ghi-chu", form_on="/tai-khoan", text="x")
    assert answer.status_code == 404
    sent = officer.submit("/chua-hieu", message="1", how="reject")
    assert sent.status_code == 422
    assert archive.messages()[0].state == "open"


def test_a_replay_shows_bubbles_reasons_and_nothing_that_runs(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds((EVIL, "nlu_fallback"), ("đăng ký tạm trú", "hoi_dang_ky_tam_tru"))
    page = signed_in("trainer").get("/hoi-thoai/1").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; =cmd|&#34;/c calc&#34; - intent: x" in page
    assert page.index("&lt;script") < page.index(TENT) < page.index("Anh/chị cần mẫu CT01 ạ.")
    assert "action_tra_loi_thu_tuc" in page
    assert "review.read session 1" in archive.trail()


def test_personal_data_is_masked_and_shown_for_a_reason_only(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("gọi cho tôi số 0912345678 nhé", "nlu_fallback"))
    officer, trainer = signed_in("officer"), signed_in("trainer")
    for browser in (officer, trainer):
        for path in ("/hoi-thoai", "/hoi-thoai/1", "/chua-hieu", "/chua-hieu/1"):
            assert "0912345678" not in browser.get(path).text
    sent = {"message": "1", "reason": "tin_bao"}
    shown = officer.submit("/hoi-thoai/1/xem-ro", form_on="/hoi-thoai/1", **sent)
    assert "gọi cho tôi số 0912345678 nhé" in shown.text
    assert "0912345678" not in officer.get("/hoi-thoai/1").text
    wrong = officer.submit("/hoi-thoai/1/xem-ro", form_on="/hoi-thoai/1", message="1", reason="tò mò")
    refused = trainer.submit("/hoi-thoai/1/xem-ro", form_on="/hoi-thoai/1", **sent)
    assert (wrong.status_code, refused.status_code) == (403, 403)
    unmasked = [entry for entry in archive.trail() if entry.startswith("review.unmasked")]
    assert unmasked == ["review.unmasked message 1: tin_bao"]


def test_the_start_page_counts_what_waits_for_review(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("abc xyz", "nlu_fallback"))
    archive.holds(("đăng ký tạm trú", "hoi_dang_ky_tam_tru"), citizen="c2")
    trainer = signed_in("trainer")
    trainer.submit("/hoi-thoai/2/trang-thai", form_on="/hoi-thoai/2", state="flagged")
    found = re.findall(r"<strong>(\d+)</strong>([^<]+)<", trainer.get("/").text)
    assert found == [("1", "Hội thoại cần chú ý"), ("1", "Hội thoại chưa xem, có câu chưa hiểu")]


def test_states_tags_and_notes_are_kept(archive: Archive, signed_in: Callable[..., Browser]) -> None:
    archive.holds(("đăng ký tạm trú", "hoi_dang_ky_tam_tru"))
    officer, at = signed_in("officer"), "/hoi-thoai/1"
    officer.submit(f"{at}/trang-thai", form_on=at, state="reviewed")
    officer.submit(f"{at}/nhan", form_on=at, tag="hay hỏi")
    officer.submit(f"{at}/ghi-chu", form_on=at, text="<b>Hỏi lại</b>")
    page = officer.get(at).text
    assert ["Đã xem xong" in page, "hay hỏi ×" in page, "&lt;b&gt;Hỏi lại&lt;/b&gt;" in page] == [True] * 3
    officer.submit(f"{at}/nhan", form_on=at, remove="hay hỏi")
    assert "hay hỏi ×" not in officer.get(at).text
    wrong = officer.submit(f"{at}/trang-thai", form_on=at, state="xyz")
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (422, True)


def test_messages_that_say_the_same_are_decided_at_once(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("mất xe ở hẻm", "nlu_fallback"), ("tạm trú", "hoi_dang_ky_tam_tru"), citizen="c1")
    archive.holds(("mất xe ở hẻm ạ", "nlu_fallback"), ("abc xyz", "nlu_fallback"), citizen="c2")
    trainer = signed_in("trainer")
    page = trainer.get("/chua-hieu").text
    assert "2 câu giống nhau" in page
    assert "tạm trú</span>" not in page
    ids = [str(row.id) for row in archive.messages() if row.text.startswith("mất xe")]
    answer = trainer.submit("/chua-hieu", message=ids, how="correct", intent="Tố giác tội phạm")
    assert answer.headers["location"] == "/chua-hieu?xem=chua_hieu&xong=luu"
    trainer.submit("/chua-hieu", message=["2"], how="accept")
    decided = [(row.text, row.state, row.corrected_intent, row.decided_by) for row in archive.messages()]
    assert decided == [
        ("mất xe ở hẻm", "corrected", "to_giac_toi_pham", "mot-trainer"),
        ("tạm trú", "accepted", "", "mot-trainer"),
        ("mất xe ở hẻm ạ", "corrected", "to_giac_toi_pham", "mot-trainer"),
        ("abc xyz", "open", "", ""),
    ]
    assert "mất xe ở hẻm" in trainer.get("/chua-hieu?xem=corrected").text
    trainer.submit("/chua-hieu", message=ids[:1], how="reopen")
    assert archive.messages()[0].state == "open"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"how": "accept"}, "chưa chọn câu nào"),
        ({"how": "correct", "message": "1"}, "chọn ý của bà con"),
        ({"how": "correct", "message": "1", "intent": "bay lên trời"}, "chọn ý của bà con"),
        ({"how": "accept", "message": "1"}, "chọn ý định đúng"),
    ],
)
def test_what_is_missing_in_a_decision_is_said(
    archive: Archive, signed_in: Callable[..., Browser], sent: dict[str, str], told: str
) -> None:
    archive.holds(("abc xyz", "nlu_fallback"))
    answer = signed_in("officer").submit("/chua-hieu", **sent)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert archive.messages()[0].state == "open"


def test_a_text_is_annotated_and_the_next_one_follows(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    text = "xe 😀 biển số mất ở chợ phường"
    archive.holds((text, "nlu_fallback"), ("abc xyz", "nlu_fallback"))
    officer = signed_in("officer")
    at = text.index("chợ phường")
    answer = officer.submit(
        "/chua-hieu/1", intent="to_giac_toi_pham", how="correct",
        start=[str(at), "", ""], words=["chợ phường", "xe", ""], entity=["dia_diem", "loai_xe", ""],
    )  # fmt: skip
    assert answer.headers["location"] == "/chua-hieu/2?xong=luu"
    row = archive.messages()[0]
    assert (row.state, row.corrected_intent) == ("corrected", "to_giac_toi_pham")
    assert row.corrected_spans == (
        Span(0, 2, "loai_xe", "xe"),
        Span(at, at + 10, "dia_diem", "chợ phường"),
    )
    officer.submit("/chua-hieu/2", how="reject")
    assert archive.messages()[1].state == "rejected"


def test_what_was_marked_is_kept_when_something_is_wrong(
    archive: Archive, signed_in: Callable[..., Browser]
) -> None:
    archive.holds(("mất xe ở hẻm 12", "nlu_fallback"))
    answer = signed_in("officer").submit(
        "/chua-hieu/1", intent="tố giác tội phạm", how="correct",
        start=[""], words=["hẻm 13"], entity=["dia_diem"],
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Trong câu không có chữ “hẻm 13”." in answer.text
    assert 'value="hẻm 13"' in answer.text
    assert archive.messages()[0].state == "open"


@pytest.mark.parametrize(
    ("marked", "found"),
    [
        ([Marked("", " tạm trú ", "thu_tuc")], (Span(8, 15, "thu_tuc", "tạm trú"),)),
        ([Marked("8", "tạm trú", "thu_tuc")], (Span(8, 15, "thu_tuc", "tạm trú"),)),
        ([Marked("", "", "thu_tuc"), Marked("", "tạm trú", "")], ()),
    ],
)
def test_entities_of_the_form_are_read(marked: list[Marked], found: tuple[Span, ...]) -> None:
    assert read_spans("đăng ký tạm trú", marked, ("thu_tuc",)) == found


@pytest.mark.parametrize(
    "marked",
    [
        [Marked("0", "tạm trú", "thu_tuc")],
        [Marked("99", "x", "thu_tuc")],
        [Marked("", "tạm trú", "khac")],
        [Marked("", "ký tạm", "thu_tuc"), Marked("", "tạm trú", "thu_tuc")],
    ],
)
def test_entities_that_do_not_fit_are_refused(marked: list[Marked]) -> None:
    with pytest.raises(NotInText):
        read_spans("đăng ký tạm trú", marked, ("thu_tuc",))


@pytest.mark.parametrize(
    "text", ["đăng ký, ở [địa chỉ]!", "xe 😀 59X1-123.45 .", "  hai  cách ", "to\u0302i mất xe", ""]
)
def test_pieces_make_up_the_text_again(text: str) -> None:
    cut = pieces(text)
    assert all(text[piece.start : piece.end] == piece.text for piece in cut)
    assert text.startswith("".join(piece.before + piece.text for piece in cut))


def test_staff_read_words_and_no_names_of_code_for_every_intent_and_entity(console: Console) -> None:
    intents, entities = console.names.intents, console.names.entities
    assert [name for name, title in intents.items() if name == title] == []
    assert [name for name in entities if review_words.entity_words(name) == name] == []
    assert len(set(intents.values())) == len(intents)
