"""What an export holds: only what staff said, masked, and harmless in every program that opens it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import openpyxl
import pytest
import yaml
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from services import audit, plots, reviews
from services.db.engine import Database
from services.review_export import export, read_manifest, zipped
from services.review_figures import figures
from services.review_index import bring_all
from services.review_records import MessageFilter, ReviewRefused, SessionFilter
from services.review_sheets import harmless
from services.secrets import Cipher
from services.staff import Viewer
from tests.services.review_samples import START, conversation_id, opened, store, turn

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=timezone.utc)
LEADER = Viewer("minh", "leader", ("*",))
EVIL = "<script>alert(1)</script> tách hộ"
FORMULA = "=cmd|' /C calc'!A0"
YAML_LINES = "chia hộ\n- intent: khan_cap\n  examples: |\n    - cháy"


@pytest.fixture
def reviewed(database: Database, cipher: Cipher) -> Database:
    """Two sessions reviewed, one still new; hostile texts, one phone number, one misunderstanding."""
    asked = [
        *opened(START),
        *turn("đăng ký tạm trú cần gì", "hoi_dang_ky_tam_tru", START + 1, "Giấy tờ …"),
        *turn("gọi em số 0912345678 về tạm trú", "hoi_dang_ky_tam_tru", START + 20, "Giấy tờ …"),
        *turn(EVIL, "nlu_fallback", START + 40, "Chưa hiểu ạ", by="action_khong_hieu"),
        *turn("chào", "chao_hoi", START + 60, "Chào ạ", by="action_chao"),
    ]
    odd = [
        *opened(START + 500),
        *turn(FORMULA, "out_of_scope", START + 501, "Ngoài việc ạ", by="action_ngoai_pham_vi"),
        *turn(YAML_LINES, "hoi_tach_ho", START + 520, "Tách hộ …"),
    ]
    unseen = [*opened(START + 900), *turn("tạm vắng", "hoi_khai_bao_tam_vang", START + 901, "…")]
    for name, events in (("c1", asked), ("c2", odd), ("c3", unseen)):
        store(database, cipher, conversation_id(name), events)
    bring_all(database, cipher, NOW)
    with database.transaction() as session:
        rows = {
            row.text: row.id
            for group in reviews.find_messages(session, cipher, LEADER, MessageFilter()).rows
            for row in group.messages
        }
        reviews.correct(session, cipher, LEADER, [rows[EVIL]], "hoi_tach_ho", None, NOW)
        right = [number for text, number in rows.items() if text not in (EVIL, "tạm vắng", "chào")]
        reviews.accept(session, cipher, LEADER, right, NOW)
        for row in reviews.find_sessions(session, cipher, LEADER, SessionFilter()).rows[1:]:
            reviews.set_state(session, LEADER, row.id, "reviewed", NOW)
    return database


@pytest.fixture
def folder(reviewed: Database, cipher: Cipher, tmp_path: Path) -> Path:
    export(reviewed, cipher, LEADER, SessionFilter(state="reviewed"), tmp_path / "out", NOW)
    return tmp_path / "out"


def test_sentences_that_staff_accepted_or_corrected_become_training_data(folder: Path) -> None:
    found = RasaYAMLReader().read(folder / "nlu.yml").training_examples
    assert {(message.get("text"), message.get("intent")) for message in found} == {
        ("đăng ký tạm trú cần gì", "hoi_dang_ky_tam_tru"),
        ("gọi em số [điện thoại] về tạm trú", "hoi_dang_ky_tam_tru"),
        (EVIL, "hoi_tach_ho"),
        (FORMULA, "out_of_scope"),
        (YAML_LINES, "hoi_tach_ho"),
    }


def test_stories_end_where_the_assistant_misunderstood(folder: Path) -> None:
    first, second = yaml.safe_load((folder / "test_stories.yml").read_text("utf-8"))["stories"]
    assert first["steps"] == [
        {"user": "đăng ký tạm trú cần gì", "intent": "hoi_dang_ky_tam_tru"},
        {"action": "action_tra_loi_thu_tuc"},
        # What was masked, the model would not understand the same way: its intent stands for it.
        {"intent": "hoi_dang_ky_tam_tru"},
        {"action": "action_tra_loi_thu_tuc"},
    ]
    assert [step.get("user") for step in second["steps"]] == [FORMULA, None, YAML_LINES, None]
    meant = yaml.safe_load((folder / "stories.yml").read_text("utf-8"))["stories"]
    assert not any("user" in step for story in meant for step in story["steps"])


def test_a_story_ends_where_a_report_passed_a_question_on(
    database: Database, cipher: Cipher, tmp_path: Path
) -> None:
    # Rasa's story tests cannot say that the action of a running report turned a message down.
    asked = turn("làm hộ chiếu cần gì", "hoi_ho_chieu", START + 20, "Giấy tờ …")
    asked.insert(1, {"event": "action_execution_rejected", "name": "action_bao_tin", "timestamp": START + 20})
    told = turn("nhà bị trộm", "to_giac_toi_pham", START + 1, "Mất gì ạ?", by="action_bao_tin")
    told.insert(3, {"event": "active_loop", "name": "action_bao_tin", "timestamp": START + 2})
    store(database, cipher, conversation_id("c1"), [*opened(START), *told, *asked])
    bring_all(database, cipher, NOW)
    export(database, cipher, None, SessionFilter(), tmp_path / "out", NOW)
    (story,) = yaml.safe_load((tmp_path / "out" / "test_stories.yml").read_text("utf-8"))["stories"]
    assert story["steps"] == [
        {"user": "nhà bị trộm", "intent": "to_giac_toi_pham"},
        {"action": "action_bao_tin"},
        {"active_loop": "action_bao_tin"},
    ]


def test_tables_hold_text_and_never_a_formula(folder: Path) -> None:
    rows = list(csv.reader(io.StringIO((folder / "review.csv").read_text("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == [
        "đăng ký tạm trú cần gì",
        "gọi em số [điện thoại] về tạm trú",
        EVIL,
        "chào",
        f"'{FORMULA}",
        YAML_LINES,
    ]
    assert rows[3][4:10] == ["nlu_fallback", "0.3", "hoi_tach_ho", "", "đã sửa", "minh"]
    sheet = openpyxl.load_workbook(folder / "review.xlsx").active
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == [row[3] for row in rows[1:]]


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@SUM(A1)", " \t=1", "\r=1", "＝1", "|x", "%x"])
def test_a_formula_is_told_from_text(text: str) -> None:
    assert str(harmless(text)).startswith("'")
    assert harmless("a=1") == "a=1"


def test_the_page_shows_markup_as_text_and_runs_nothing(folder: Path) -> None:
    page = (folder / "conversations.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; tách hộ" in page
    assert "default-src 'none'" in page


def test_nothing_that_was_masked_leaves(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as book:
                content = b"".join(book.read(name) for name in book.namelist())
        else:
            content = file.read_bytes() if file.is_file() else b""
        assert b"0912345678" not in content, file.name


def test_the_manifest_counts_and_knows_when_a_file_was_changed(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.counts == {
        "sessions": 2,
        "messages": 6,
        "open": 1,
        "accepted": 4,
        "corrected": 1,
        "rejected": 0,
        "examples": 5,
        "conflicts": 0,
        "unknown_intents": 0,
        "stories": 2,
        "test_stories": 2,
        "sessions_on_page": 2,
    }
    assert manifest.filters == {"state": "reviewed"}
    assert {
        "nlu.yml",
        "stories.yml",
        "test_stories.yml",
        "conversations.html",
        "review.csv",
        "review.xlsx",
    } < set(manifest.files)
    (folder / "nlu.yml").write_text("nlu: []\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"nlu\.yml: missing, or changed"):
        read_manifest(folder)


def test_a_sentence_with_two_meanings_is_told_and_left_out(
    reviewed: Database, cipher: Cipher, tmp_path: Path
) -> None:
    store(
        reviewed,
        cipher,
        conversation_id("c4"),
        [*opened(START + 2000), *turn("Đăng ký tạm trú cần gì", "hoi_gia_han_tam_tru", START + 2001, "…")],
    )
    bring_all(reviewed, cipher, NOW)
    with reviewed.transaction() as session:
        group = reviews.find_messages(
            session, cipher, LEADER, MessageFilter(intent="hoi_gia_han_tam_tru")
        ).rows[0]
        reviews.accept(session, cipher, LEADER, [group.messages[0].id], NOW)
    manifest = export(reviewed, cipher, None, SessionFilter(), tmp_path / "out", NOW)
    assert manifest.conflicts == [
        {"text": "đăng ký tạm trú cần gì", "intents": ["hoi_dang_ky_tam_tru", "hoi_gia_han_tam_tru"]}
    ]
    assert "đăng ký tạm trú cần gì" not in (tmp_path / "out" / "nlu.yml").read_text("utf-8").lower()


def test_who_exports_what_is_checked_and_traced(reviewed: Database, cipher: Cipher, tmp_path: Path) -> None:
    for role in ("officer", "admin"):
        with pytest.raises(ReviewRefused):
            export(reviewed, cipher, Viewer("x", role, ("*",)), SessionFilter(), tmp_path / role, NOW)
    elsewhere = Viewer("y", "trainer", ("123",))
    assert (
        export(reviewed, cipher, elsewhere, SessionFilter(), tmp_path / "other", NOW).counts["sessions"] == 0
    )
    with pytest.raises(ReviewRefused):
        export(reviewed, cipher, LEADER, SessionFilter(), tmp_path / "other", NOW)
    with reviewed.transaction(read_only=True) as session:
        (entry,) = audit.entries(session, actor="officer:y")
    assert (entry.action, entry.detail) == ("review.exported", "0 sessions, 0 messages")


def test_the_folder_comes_as_one_file(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(folder))) as archive:
        assert json.loads(archive.read("manifest.json"))["counts"]["examples"] == 5


def test_figures_are_counted_and_drawn(reviewed: Database, cipher: Cipher) -> None:
    with reviewed.transaction(read_only=True) as session:
        found = figures(session, cipher, LEADER)
    assert (found.typed, found.fallbacks) == (7, 1)
    assert found.fallback_rate == pytest.approx(1 / 7)
    assert [(week.monday.isoformat(), week.typed, week.fallbacks) for week in found.weeks] == [
        ("2026-11-16", 7, 1)
    ]
    assert found.bins == (0, 0, 0, 1, 0, 0, 0, 0, 0, 6)
    assert found.intents[0] == ("hoi_dang_ky_tam_tru", 2)
    assert [(item.count, item.text) for item in found.unanswered] == [(1, EVIL)]
    drawn = plots.pictures(found)
    assert [title for title, _ in drawn][:2] == [
        "Tỷ lệ chưa hiểu theo tuần",
        "Độ chắc chắn trung bình theo tuần",
    ]
    assert all(picture.lstrip().startswith(b"<?xml") for _, picture in drawn)
    assert all(picture.startswith(b"\x89PNG") for _, picture in plots.pictures(found, "png"))


def test_words_that_became_common_are_found(database: Database, cipher: Cipher) -> None:
    for number in range(20):
        text = "đăng ký tạm trú" if number < 10 else "đăng ký định danh vneid"
        at = START + 100 * number
        events = [*opened(at), *turn(text, "hoi_dang_ky_tam_tru", at + 1, "…")]
        store(database, cipher, conversation_id(f"c{number}"), events)
    bring_all(database, cipher, NOW)
    with database.transaction(read_only=True) as session:
        drift = figures(session, cipher, LEADER).drift
    assert {(item.word, item.now > item.before) for item in drift} == {
        ("vneid", True), ("định", True), ("danh", True), ("tạm", False), ("trú", False),
    }  # fmt: skip
