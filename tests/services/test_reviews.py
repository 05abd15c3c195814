"""What members of staff see of conversations and decide about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, reviews
from services.conversations import delete_conversation
from services.db.engine import Database
from services.db.models import ConversationEvent
from services.db.review_tables import ReviewMessage, ReviewSession
from services.review_index import bring_all, bring_up_to_date
from services.review_records import MessageFilter, ReviewRefused, SessionFilter, Span
from services.secrets import Cipher
from services.staff import Viewer
from tests.services.review_samples import (
    OA,
    OTHER_OA,
    START,
    action,
    answered,
    conversation_id,
    opened,
    said,
    store,
    turn,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=timezone.utc)
TRAINER = Viewer("lan", "trainer", ("*",))
OFFICER = Viewer("tam", "officer", (OA,))


def first_talk() -> list[dict[str, object]]:
    """Somebody who tells their name and number, is not understood once, and asks for an officer."""
    return [
        *opened(START),
        *turn(
            "tôi tên Nguyễn Văn Tám, số 0912345678, đăng ký tạm trú ở phường Tân Phú cần gì",
            "hoi_dang_ky_tam_tru",
            START + 1,
            "Giấy tờ đăng ký tạm trú: …",
            entities=[
                {"entity": "so_dien_thoai", "start": 27, "end": 37, "value": "0912345678"},
                {"entity": "dia_diem", "start": 57, "end": 71, "value": "phường Tân Phú"},
            ],
        ),
        {"event": "slot", "timestamp": START + 4, "name": "thu_tuc", "value": "dang_ky_tam_tru"},
        *turn("chia hộ ra dùm bà", "nlu_fallback", START + 60, "Chưa hiểu ạ", by="action_khong_hieu"),
        *turn("cho gặp cán bộ", "gap_can_bo", START + 90, "Dạ ạ", by="action_gap_can_bo", certain=True),
    ]


@pytest.fixture
def talked(database: Database, cipher: Cipher) -> Database:
    store(database, cipher, conversation_id(), first_talk())
    store(
        database,
        cipher,
        conversation_id("c2", OTHER_OA),
        [*opened(START + 500), *turn("chia ho ra dum ba a", "nlu_fallback", START + 501, "Chưa hiểu ạ")],
    )
    bring_all(database, cipher, NOW)
    return database


@pytest.fixture
def session(talked: Database) -> Iterator[Session]:
    with talked.transaction() as session:
        yield session


def ids(session: Session, cipher: Cipher, viewer: Viewer, wanted: MessageFilter) -> list[list[int]]:
    page = reviews.find_messages(session, cipher, viewer, wanted)
    return [[row.id for row in group.messages] for group in page.rows]


def test_a_session_is_listed_with_its_figures_and_masked(session: Session, cipher: Cipher) -> None:
    newest, first = reviews.find_sessions(session, cipher, TRAINER, SessionFilter()).rows
    assert newest.account_id == OTHER_OA
    assert first.opening == "tôi tên [tên], số [điện thoại], đăng ký tạm trú ở phường Tân Phú cần gì"
    assert (first.messages, first.fallbacks, first.handovers, first.reports) == (3, 1, 1, 0)
    assert first.lowest_confidence == pytest.approx(0.3)
    assert first.answer_seconds == pytest.approx(2.0)
    assert first.started_at == datetime.fromtimestamp(START, tz=timezone.utc)
    assert (first.state, first.channel, first.tags) == ("new", "zalo", ())


def test_a_report_counts_once_however_often_its_code_is_said(database: Database, cipher: Cipher) -> None:
    sent = "Công an phường đã nhận tin của anh/chị.\nMã tin: TP-26-7K4M-9QXD\nMã riêng: 482913"
    store(
        database,
        cipher,
        conversation_id(),
        [
            *opened(START),
            *turn("Gửi tin", "cung_cap_thong_tin", START + 1, sent, by="action_bao_tin", certain=True),
            *turn("Gửi tin", "cung_cap_thong_tin", START + 5, sent, by="action_bao_tin", certain=True),
        ],
    )
    bring_all(database, cipher, NOW)
    with database.transaction() as session:
        (row,) = reviews.find_sessions(session, cipher, TRAINER, SessionFilter(with_report=True)).rows
        assert row.reports == 1
        replay = reviews.replay(session, cipher, TRAINER, row.id, NOW)
        assert replay is not None
        assert (
            replay.turns[1].text
            == "Công an phường đã nhận tin của anh/chị.\nMã tin: [mã tin]\nMã riêng: [mã riêng]"
        )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SessionFilter(), 2),
        (SessionFilter(account_id=OA), 1),
        (SessionFilter(intent="gap_can_bo"), 1),
        (SessionFilter(confidence_below=0.2), 0),
        (SessionFilter(confidence_below=0.5), 2),
        (SessionFilter(fallback=True), 2),
        (SessionFilter(fallback=False), 0),
        (SessionFilter(handover=True), 1),
        (SessionFilter(with_report=True), 0),
        (SessionFilter(state="reviewed"), 0),
        (SessionFilter(channel="zalo"), 2),
        (SessionFilter(tag="hay"), 0),
        (SessionFilter(since=datetime.fromtimestamp(START + 400, tz=timezone.utc)), 1),
        (SessionFilter(until=datetime.fromtimestamp(START + 400, tz=timezone.utc)), 1),
    ],
)
def test_sessions_are_narrowed_as_rasa_x_did(
    session: Session, cipher: Cipher, wanted: SessionFilter, found: int
) -> None:
    page = reviews.find_sessions(session, cipher, TRAINER, wanted)
    assert (len(page.rows), page.total, page.more) == (found, found, False)


def test_a_replay_shows_bubbles_slots_and_reasons(session: Session, cipher: Cipher) -> None:
    row = reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).rows[0]
    replay = reviews.replay(session, cipher, OFFICER, row.id, NOW)
    assert replay is not None
    assert [turn.speaker for turn in replay.turns] == ["citizen", "assistant"] * 3
    asked, told, unclear, sorry, tap, _ = replay.turns
    assert asked.text == row.opening
    assert [(span.entity, asked.text[span.start : span.end], span.value) for span in asked.spans] == [
        ("so_dien_thoai", "[điện thoại]", "[điện thoại]"),
        ("dia_diem", "phường Tân Phú", "phường Tân Phú"),
    ]
    assert (told.action, told.why) == (
        "action_tra_loi_thu_tuc",
        "Theo quy tắc viết sẵn cho ý định “hoi_dang_ky_tam_tru”.",
    )
    assert unclear.is_fallback
    assert unclear.slots == {"thu_tuc": "dang_ky_tam_tru"}
    assert sorry.why == "Chưa hiểu câu này, nên theo quy tắc hỏi lại."
    assert tap.confidence == 1.0
    assert audit.entries(session, actor="officer:tam")[0].action == "review.read"


def test_the_inbox_groups_what_says_the_same_and_leaves_taps_out(session: Session, cipher: Cipher) -> None:
    inbox = MessageFilter(state="open", doubtful=True)
    (group,) = reviews.find_messages(session, cipher, TRAINER, inbox).rows
    assert [row.text for row in group.messages] == ["chia hộ ra dùm bà", "chia ho ra dum ba a"]
    assert {row.guess for row in group.messages} == {"hoi_tach_ho"}
    assert len(ids(session, cipher, OFFICER, inbox)[0]) == 1


def test_many_are_corrected_at_once_and_the_original_stays(session: Session, cipher: Cipher) -> None:
    (group,) = ids(session, cipher, TRAINER, MessageFilter(state="open", doubtful=True))
    assert reviews.correct(session, cipher, TRAINER, group, "hoi_tach_ho", None, NOW) == 2
    row = reviews.find_message(session, cipher, TRAINER, group[0])
    assert row is not None
    assert (row.intent, row.corrected_intent, row.state) == ("nlu_fallback", "hoi_tach_ho", "corrected")
    assert (row.decided_by, row.decided_at) == ("lan", NOW)
    assert ids(session, cipher, TRAINER, MessageFilter(state="open", doubtful=True)) == []
    assert reviews.reopen(session, cipher, TRAINER, group, NOW) == 2
    assert len(ids(session, cipher, TRAINER, MessageFilter(state="open", doubtful=True))[0]) == 2
    assert [entry.action for entry in audit.entries(session)] == ["review.reopened", "review.corrected"]


def test_entities_are_marked_with_true_offsets(session: Session, cipher: Cipher) -> None:
    (found,) = ids(session, cipher, TRAINER, MessageFilter(words="tam tru"))
    spans = [Span(33, 48, "dia_diem")]
    row = reviews.find_message(session, cipher, TRAINER, found[0])
    assert row is not None
    start = row.text.index("phường Tân Phú")
    spans = [Span(start, start + 14, "dia_diem")]
    reviews.correct(session, cipher, TRAINER, found, "hoi_gia_han_tam_tru", spans, NOW)
    row = reviews.find_message(session, cipher, TRAINER, found[0])
    assert row is not None
    assert row.corrected_spans == (Span(start, start + 14, "dia_diem", "phường Tân Phú"),)


@pytest.mark.parametrize(
    ("intent", "spans"),
    [
        ("khong_co_y_dinh_nay", None),
        ("hoi_tach_ho", [Span(0, 3, "khong_co")]),
        ("hoi_tach_ho", [Span(0, 300, "dia_diem")]),
        ("hoi_tach_ho", [Span(0, 5, "dia_diem"), Span(4, 8, "don_vi")]),
        ("hoi_tach_ho", [Span(8, 12, "dia_diem")]),
    ],
    ids=["intent", "entity", "outside", "overlap", "half a mask"],
)
def test_what_the_model_cannot_learn_is_refused(
    session: Session, cipher: Cipher, intent: str, spans: list[Span] | None
) -> None:
    (found,) = ids(session, cipher, TRAINER, MessageFilter(words="tam tru"))
    with pytest.raises(ReviewRefused):
        reviews.correct(session, cipher, TRAINER, found, intent, spans, NOW)


def test_what_was_not_understood_cannot_be_accepted_unseen(session: Session, cipher: Cipher) -> None:
    (group,) = ids(session, cipher, TRAINER, MessageFilter(state="open", doubtful=True))
    with pytest.raises(ReviewRefused, match="chọn ý định"):
        reviews.accept(session, cipher, TRAINER, group, NOW)


def test_states_tags_and_notes_are_kept_and_traced(session: Session, cipher: Cipher) -> None:
    row = reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).rows[0]
    reviews.set_state(session, OFFICER, row.id, "reviewed", NOW)
    reviews.add_tag(session, OFFICER, row.id, " Tạm Trú ", NOW)
    reviews.add_tag(session, OFFICER, row.id, "tạm trú", NOW)
    reviews.add_note(session, cipher, OFFICER, row.id, "Hỏi lại phường <b>", NOW)
    (found,) = reviews.find_sessions(
        session, cipher, OFFICER, SessionFilter(state="reviewed", tag="tạm trú")
    ).rows
    assert (found.state, found.reviewer, found.tags) == ("reviewed", "tam", ("tạm trú",))
    replay = reviews.replay(session, cipher, OFFICER, row.id, NOW)
    assert replay is not None
    assert [(note.author, note.text) for note in replay.notes] == [("tam", "Hỏi lại phường <b>")]
    reviews.remove_tag(session, OFFICER, row.id, "tạm trú", NOW)
    assert reviews.tags_in_use(session, OFFICER) == []
    traced = [entry.action for entry in audit.entries(session, actor="officer:tam")]
    assert traced == ["review.untagged", "review.read", "review.noted", "review.tagged", "review.state"]


def test_each_role_sees_only_its_own(session: Session, cipher: Cipher) -> None:
    elsewhere = reviews.find_sessions(session, cipher, TRAINER, SessionFilter(account_id=OTHER_OA)).rows[0]
    assert len(reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).rows) == 1
    assert reviews.replay(session, cipher, OFFICER, elsewhere.id, NOW) is None
    with pytest.raises(ReviewRefused):
        reviews.set_state(session, OFFICER, elsewhere.id, "reviewed", NOW)
    (group,) = ids(session, cipher, TRAINER, MessageFilter(account_id=OTHER_OA))
    with pytest.raises(ReviewRefused):
        reviews.reject(session, cipher, OFFICER, group, NOW)
    assert reviews.find_message(session, cipher, OFFICER, group[0]) is None
    for call in (
        lambda who: reviews.find_sessions(session, cipher, who, SessionFilter()),
        lambda who: reviews.find_messages(session, cipher, who, MessageFilter()),
        lambda who: reviews.tags_in_use(session, who),
        lambda who: reviews.replay(session, cipher, who, elsewhere.id, NOW),
        lambda who: reviews.find_message(session, cipher, who, group[0]),
    ):
        with pytest.raises(ReviewRefused):
            call(Viewer("root", "admin", ("*",)))


def test_unmasking_needs_a_role_and_a_reason_and_is_traced(session: Session, cipher: Cipher) -> None:
    (found,) = ids(session, cipher, TRAINER, MessageFilter(words="tam tru"))
    with pytest.raises(ReviewRefused):
        reviews.unmask(session, cipher, TRAINER, found[0], "tin_bao", NOW)
    with pytest.raises(ReviewRefused):
        reviews.unmask(session, cipher, OFFICER, found[0], "tò mò", NOW)
    text = reviews.unmask(session, cipher, OFFICER, found[0], "tin_bao", NOW)
    assert text is not None
    assert "0912345678" in text
    (entry,) = audit.entries(session, actor="officer:tam")
    assert (entry.action, entry.detail) == ("review.unmasked", f"message {found[0]}: tin_bao")


def test_reading_again_changes_nothing_and_new_events_are_found(talked: Database, cipher: Cipher) -> None:
    assert bring_up_to_date(talked, cipher, NOW) == 0
    with talked.transaction() as session:
        (group, *_) = ids(session, cipher, TRAINER, MessageFilter(state="open", doubtful=True))
        reviews.reject(session, cipher, TRAINER, group, NOW)
    store(talked, cipher, conversation_id(), turn("lệ phí?", "hoi_khia_canh", START + 120, "Không ạ"))
    assert bring_up_to_date(talked, cipher, NOW) == 1
    with talked.transaction() as session:
        row = reviews.find_sessions(session, cipher, TRAINER, SessionFilter(account_id=OA)).rows[0]
        assert row.messages == 4
        assert reviews.find_message(session, cipher, TRAINER, group[0]).state == "rejected"  # type: ignore[union-attr]


def test_the_index_goes_on_where_a_limit_ended_it(database: Database, cipher: Cipher) -> None:
    for number in range(7):
        store(
            database,
            cipher,
            conversation_id(f"c{number}"),
            [*opened(START + number), *turn("tạm trú", "hoi_dang_ky_tam_tru", START + number, "…")],
        )
    rounds = 0
    while bring_up_to_date(database, cipher, NOW, limit=10):
        rounds += 1
    assert rounds > 2
    with database.transaction() as session:
        assert reviews.find_sessions(session, cipher, TRAINER, SessionFilter()).total == 7


def test_a_second_session_of_a_citizen_is_a_row_of_its_own(talked: Database, cipher: Cipher) -> None:
    later = START + 9_000
    store(talked, cipher, conversation_id(), [*opened(later), *turn("chào", "chao_hoi", later, "Chào ạ")])
    bring_all(talked, cipher, NOW)
    with talked.transaction() as session:
        assert reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).total == 2


def test_a_deleted_conversation_leaves_no_review(talked: Database, cipher: Cipher) -> None:
    with talked.transaction() as session:
        row = reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).rows[0]
        reviews.add_note(session, cipher, OFFICER, row.id, "nhớ", NOW)
        delete_conversation(session, conversation_id())
        left = session.execute(sa.select(ReviewMessage.id).where(ReviewMessage.session_id == row.id)).all()
        assert left == []
        assert session.get(ReviewSession, row.id) is None
    bring_all(talked, cipher, NOW)
    with talked.transaction() as session:
        assert reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).total == 0


def test_nothing_that_names_a_citizen_is_readable_in_the_tables(talked: Database, cipher: Cipher) -> None:
    with talked.transaction(read_only=True) as session:
        rows = [
            *session.execute(sa.select(ReviewMessage.__table__)),
            *session.execute(sa.select(ReviewSession.__table__)),
        ]
        events = session.execute(sa.select(ConversationEvent.id)).all()
    assert events
    written = repr(rows)
    for word in ("Tám", "0912345678", "tạm trú", "chia hộ"):
        assert word not in written


def test_the_same_on_postgres(each_database: Database, cipher: Cipher) -> None:
    store(each_database, cipher, conversation_id(), first_talk())
    bring_all(each_database, cipher, NOW)
    assert bring_up_to_date(each_database, cipher, NOW + timedelta(minutes=1)) == 0
    with each_database.transaction() as session:
        wanted = SessionFilter(fallback=True, handover=True, intent="gap_can_bo", confidence_below=0.5)
        row = reviews.find_sessions(session, cipher, OFFICER, wanted).rows[0]
        reviews.add_tag(session, OFFICER, row.id, "hay", NOW)
        (group,) = ids(session, cipher, OFFICER, MessageFilter(state="open", doubtful=True))
        assert reviews.correct(session, cipher, OFFICER, group, "hoi_tach_ho", None, NOW) == 1
        assert reviews.replay(session, cipher, OFFICER, row.id, NOW) is not None


def test_words_that_no_policy_chose_are_told_so(database: Database, cipher: Cipher) -> None:
    store(
        database,
        cipher,
        conversation_id(),
        [
            *opened(START),
            said("[Hình ảnh]", "gui_tep", START + 1, certain=True),
            action("action_nhan_tep", START + 1),
            {"event": "followup", "timestamp": START + 1, "name": "action_bao_tin"},
            action("action_bao_tin", START + 2, None),
            answered("Đã nhận hình", START + 2, buttons=["Gửi tin"]),
        ],
    )
    bring_all(database, cipher, NOW)
    with database.transaction() as session:
        row = reviews.find_sessions(session, cipher, OFFICER, SessionFilter()).rows[0]
        replay = reviews.replay(session, cipher, OFFICER, row.id, NOW)
    assert replay is not None
    assert replay.turns[1].why == "Bước trước yêu cầu làm tiếp việc này."
    assert replay.turns[1].buttons == ("Gửi tin",)
