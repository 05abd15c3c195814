"""Telling the police: what is asked, what is never asked, what is said, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import report_words as words
from services.report_dialogue import begin
from services.report_draft import Stage
from services.report_heard import Heard
from services.report_reading import StoryReader
from services.report_step import Outcome
from tests.services.report_talk import Telling, catalogue

THEFT = "Tối qua nhà tôi bị trộm mất chiếc xe máy Vision biển số 59X1 123.45 ở hẻm 12 Lê Lợi"


def to_confirmation(talk: Telling, **answers: str) -> None:
    """Pass every question over until the read-back."""
    for _ in range(12):
        assert talk.draft is not None
        if talk.draft.stage is Stage.CONFIRMATION:
            return
        if talk.draft.stage is Stage.IDENTITY:
            talk.tap("Giấu tên")
        elif talk.draft.stage is Stage.DANGER:
            talk.tap("Tôi an toàn, báo tiếp")
        else:
            talk.say("bỏ qua")
    raise AssertionError(f"never confirmed: {talk.said}")


def test_what_was_said_is_not_asked_and_the_story_is_read_back() -> None:
    talk = Telling()
    first = talk.tell(THEFT)
    assert "mất trộm" in first
    assert "trông thế nào" in first
    talk.say("ko bik")
    assert talk.draft is not None
    assert talk.draft.stage is Stage.IDENTITY
    read = talk.tap("Giấu tên")
    for line in (
        "• Việc: Mất trộm",
        "• Thời gian: Tối qua (khoảng 18:00 đến 23:00 thứ sáu 20/11/2026)",
        "• Nơi xảy ra: hẻm 12 Lê Lợi",
        "• Biển số, loại xe: 59X1 123.45 (59X1-123.45)",
        "• Người báo: Giấu tên",
    ):
        assert line in read
    assert talk.tap("Gửi tin") == ""
    assert talk.outcome is Outcome.SUBMIT


KINDS = [one for one in catalogue().categories if one.report and one.id != "khan_cap"]


@pytest.mark.parametrize("category", KINDS, ids=lambda one: one.id)
def test_no_category_asks_more_than_five_questions_and_each_reaches_its_end(category: Any) -> None:
    talk = Telling()
    talk.tell("tôi muốn báo tin")
    assert talk.draft is not None
    talk.draft = talk.draft.with_(category=category.id, story="Chuyện cần báo cho công an xem giúp.")
    talk.say("Chuyện xảy ra như vậy đó, mong công an xem giúp cho bà con")
    asked = 0
    for _ in range(12):
        if talk.draft.stage is Stage.CONFIRMATION:
            break
        asked += 1
        if talk.draft.stage is Stage.IDENTITY:
            talk.tap("Giấu tên")
        else:
            talk.say("bỏ qua")
    assert talk.draft.stage is Stage.CONFIRMATION
    assert asked <= 5
    if category.sensitive:
        kinds = {catalogue_question(one).fact for one in talk.draft.asked}
        assert kinds <= {"thoi_gian", "dia_diem", "an_toan", "lien_he"}
    assert talk.say("gửi") == ""
    assert talk.outcome is Outcome.SUBMIT


def catalogue_question(question_id: str) -> Any:
    return next(q for one in catalogue().categories for q in one.questions if q.id == question_id)


def test_the_notice_comes_before_the_first_personal_question_and_the_truth_last_each_once() -> None:
    talk = Telling()
    heard = [talk.tell(THEFT), talk.say("không biết"), talk.tap("Giữ kín tên")]
    heard += [talk.say("Nguyễn Văn An 0912345678"), talk.tap("Sửa: Người báo"), talk.tap("Để lại tên")]
    heard.append(talk.say("Nguyễn Văn Bê 0912345679"))
    notices = ["Tin nhắn đi qua Zalo" in said for said in heard]
    truths = ["kể đúng sự thật" in said for said in heard]
    assert (notices.index(True), sum(notices)) == (1, 1)
    assert (truths.index(True), sum(truths)) == (3, 1)
    assert "Công an phường Tân Phú dùng thông tin" in heard[1]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("chồng em hay đánh em mỗi khi say", "bao_luc_gia_dinh"),
        ("tuần trước em bị sàm sỡ trên xe buýt", "xam_hai_tinh_duc_nguoi_lon"),
    ],
)
def test_nobody_hurt_at_home_is_frightened_or_asked_for_details(text: str, category: str) -> None:
    talk = Telling()
    said = talk.tell(text)
    assert "không phải kể chi tiết" in said
    to_confirmation(talk)
    assert talk.draft is not None
    assert talk.draft.category == category
    everything = "\n".join(say.text for say in talk.said)
    assert "Cố ý báo tin giả" not in everything
    assert "không chắc thì cứ nói là không chắc" in everything


# -- danger --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first_number"),
    [
        ("cứu em với, nó đang phá cửa nhà em", "Gọi 113"),
        ("cháy nhà rồi, có người kẹt bên trong", "Gọi 114"),
        ("đang có người cầm mã tấu rượt chém nhau ngoài đường", "Gọi 113"),
        ("con tôi bị bắt cóc rồi cứu với", "Gọi 113"),
        ("cô giáo đang đánh bé, cứu bé với", "Gọi 111"),
        ("tôi muốn chết, không muốn sống nữa", "Gọi 115"),
    ],
)
def test_danger_now_is_answered_with_the_numbers_and_the_officers_are_told(
    text: str, first_number: str
) -> None:
    talk = Telling()
    said = talk.tell(text, "khan_cap")
    assert first_number == talk.buttons[0]
    assert talk.buttons[-1] == "Tôi an toàn, báo tiếp"
    assert len(talk.buttons) <= 5
    assert [alert.text for alert in talk.alerts] == [text]
    assert "báo cán bộ trực" in said


@pytest.mark.parametrize(
    "text",
    [
        "tối qua tôi bị giật điện thoại ở ngã tư",
        "hôm qua có đánh nhau ở quán nhậu đầu hẻm",
        "tuần trước nhà kế bên cháy, giờ tôi muốn báo nguy cơ cháy nổ",
        "không có ai bị thương, chỉ mất xe thôi, mất hồi tối qua",
        "năm ngoái tôi bị cướp tiệm vàng",
    ],
)
@pytest.mark.parametrize("intent", ["to_giac_toi_pham", "khan_cap"])
def test_what_is_past_or_denied_does_not_interrupt(text: str, intent: str) -> None:
    talk = Telling()
    talk.say(text, intent, 0.7)
    assert talk.alerts == []
    assert "Tôi an toàn, báo tiếp" not in talk.buttons


def test_danger_breaks_into_a_running_report_once_and_it_goes_on_after() -> None:
    talk = Telling()
    talk.tell("hàng xóm mở karaoke ồn quá ở hẻm 3 Lê Lai", "phan_anh_trat_tu_cong_cong")
    talk.say("trời ơi nó đang cầm dao đòi chém tôi, cứu tôi với", "khan_cap", 0.9)
    talk.say("cứu tôi với", "khan_cap", 0.95)
    assert len(talk.alerts) == 1
    talk.pin(10.79, 106.63)
    assert [alert.first for alert in talk.alerts] == [True]
    talk.tap("Tôi an toàn, báo tiếp")
    to_confirmation(talk)
    assert talk.draft is not None
    assert talk.draft.emergency
    assert "cầm dao đòi chém" in talk.draft.story


def test_a_place_that_comes_after_the_cry_is_passed_on() -> None:
    talk = Telling()
    talk.tell("cứu em với", "khan_cap")
    talk.pin(10.79, 106.63)
    assert [(alert.first, alert.place) for alert in talk.alerts] == [
        (True, ""),
        (False, "https://www.google.com/maps?q=10.790000,106.630000"),
    ]


def test_a_choice_that_means_danger_now_interrupts_the_questions() -> None:
    talk = Telling()
    talk.tell("có người trộm đồ ở chung cư hẻm 8 đường Âu Cơ")
    said = talk.tap("Đang diễn ra")
    assert "GỌI NGAY: 113" in said
    assert len(talk.alerts) == 1
    talk.tap("Tôi an toàn, báo tiếp")
    assert talk.value("dang_dien_ra") == "Đang diễn ra"


def test_without_anybody_on_duty_nobody_is_said_to_have_been_told() -> None:
    talk = Telling(officers=False)
    assert "báo cán bộ trực" not in talk.tell("cứu em với", "khan_cap")


# -- fraud ---------------------------------------------------------------------


def test_money_just_sent_means_the_bank_first() -> None:
    talk = Telling()
    said = talk.tell(
        "em vừa chuyển khoản 20 triệu cho tụi lừa đảo làm nhiệm vụ online", "to_giac_lua_dao_mang"
    )
    assert said.index("gọi ngay ngân hàng") < said.index("Anh/chị đã gọi ngân hàng")
    assert "Tiền chuyển đi lúc nào" not in said


def test_money_sent_long_ago_is_asked_without_haste_and_just_now_answers_with_the_bank() -> None:
    talk = Telling()
    assert "gọi ngay ngân hàng" not in talk.tell(
        "tháng trước tôi bị lừa chuyển khoản 5 triệu mua hàng online", "to_giac_lua_dao_mang"
    )
    talk = Telling()
    talk.tell("tôi bị lừa chuyển khoản 5 triệu mua hàng online rồi nó chặn", "to_giac_lua_dao_mang")
    assert "gọi ngay ngân hàng" in talk.say("9 giờ sáng nay")


# -- answers -------------------------------------------------------------------


def test_an_answer_that_says_more_is_taken_whole() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy")
    talk.tap("Đã lâu hơn")
    talk.say("hẻm 12 Lê Lợi")
    assert talk.draft is not None
    assert talk.draft.facts["dia_diem"].said == "hẻm 12 Lê Lợi"


def test_an_old_button_changes_its_own_answer_and_the_question_stays() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy Vision")
    old = talk.said
    talk.tap("Đã lâu hơn")
    question = talk.said[-1].text
    now = talk.said
    talk.said = old
    again = talk.tap("Vừa xong dưới 1 giờ")
    assert talk.value("dang_dien_ra") == "Vừa xong dưới 1 giờ"
    assert question.split("\n")[-1] in again
    assert now


def test_a_time_that_has_not_come_is_asked_again_once_and_then_taken_with_its_doubt() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy ở hẻm 12 Lê Lợi")
    talk.tap("Đã lâu hơn")
    for _ in range(3):
        if "ngày nào, khoảng mấy giờ" in talk.said[-1].text:
            break
        talk.tap("Bỏ qua")
    again = talk.say("9 giờ tối ngày 30/12/2026")
    assert "chưa tới" in again
    talk.tap("Ghi đúng như vậy")
    assert talk.draft is not None
    assert talk.draft.facts["thoi_gian"].doubt == "future"


@pytest.mark.parametrize("typed", ["bỏ qua", "bo qua", "skip", "qua câu khác đi"])
def test_every_question_may_be_passed_over(typed: str) -> None:
    talk = Telling()
    talk.tell(THEFT)
    before = talk.said[-1].text
    assert talk.say(typed) != before
    assert talk.draft is not None
    assert talk.draft.stage is Stage.IDENTITY


def test_answers_that_make_no_sense_are_asked_again_once_and_then_kept_as_words() -> None:
    talk = Telling()
    talk.tell("xe 59X1-123.45 vượt đèn đỏ ở ngã tư Âu Cơ", "phan_anh_giao_thong")
    talk.say("haha")
    assert words.UNCLEAR["no_time"] in talk.said[-1].text
    talk.say("haha")
    assert talk.draft is not None
    kept = talk.draft.facts["thoi_gian"]
    assert (kept.said, kept.value, kept.doubt) == ("haha", None, "vague")


# -- corrections and confirmation ------------------------------------------------


def test_a_correction_in_free_words_changes_one_item() -> None:
    talk = Telling()
    talk.tell(THEFT)
    to_confirmation(talk)
    said = talk.say("không, 8 giờ tối chứ không phải 6 giờ")
    assert "• Thời gian: 8 giờ tối (20:00 thứ sáu 20/11/2026)" in said
    assert talk.value("bien_so") == "59X1-123.45"
    assert talk.say("ok gửi đi") == ""
    assert talk.outcome is Outcome.SUBMIT


def test_each_item_has_its_button_and_can_be_told_anew() -> None:
    talk = Telling()
    talk.tell(THEFT)
    to_confirmation(talk)
    assert {"Sửa: Việc", "Sửa: Lời kể", "Sửa: Thời gian", "Sửa: Nơi xảy ra", "Sửa: Người báo"} <= set(
        talk.buttons
    )
    talk.tap("Sửa: Nơi xảy ra")
    said = talk.say("số 5 đường Âu Cơ")
    assert "• Nơi xảy ra: số 5 đường Âu Cơ" in said
    talk.tap("Sửa mục khác")
    talk.tap("Sửa: Lời kể")
    assert "Lời kể: Xe để trước nhà bị lấy mất" in talk.say("Xe để trước nhà bị lấy mất")


def test_what_is_missing_is_named_with_its_reason() -> None:
    talk = Telling()
    talk.tell("xe chạy vượt đèn đỏ", "phan_anh_giao_thong")
    to_confirmation(talk)
    read = "\n".join(say.text for say in talk.said)
    assert "• Biển số, loại xe. Không có biển số thì khó tìm ra chủ xe." in read
    assert "Thêm: Biển số, loại xe" in talk.buttons


def test_more_words_before_sending_are_added_to_the_story() -> None:
    talk = Telling()
    talk.tell(THEFT)
    to_confirmation(talk)
    talk.say("à quên, nó còn lấy thêm cái laptop để trên bàn nữa")
    assert talk.draft is not None
    assert talk.draft.story.endswith("nó còn lấy thêm cái laptop để trên bàn nữa")
    assert talk.draft.stage is Stage.CONFIRMATION


# -- who tells -------------------------------------------------------------------


def test_the_preview_says_what_the_officer_sees() -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say("không biết")
    assert "Cán bộ sẽ không thấy:" in talk.tap("Giấu tên")
    assert "không hiện" not in talk.tap("Cán bộ sẽ thấy gì?")
    talk.tap("Đừng giữ địa chỉ nhắn lại")
    assert talk.draft is not None
    assert not talk.draft.reachable


@pytest.mark.parametrize(
    ("typed", "name", "phone"),
    [
        ("Nguyễn Văn An 0912345678", "Nguyễn Văn An", "0912345678"),
        ("tôi tên Trần Thị Bé, sđt 091 234 5678", "Trần Thị Bé", "0912345678"),
        ("ten toi la le van tam so dien thoai 0987.654.321", "le van tam", "0987654321"),
        ("+84 912 345 678 Lý Thị Mười", "Lý Thị Mười", "0912345678"),
        ("0912345678", "", "0912345678"),
    ],
)
def test_name_and_phone_are_read_from_one_message(typed: str, name: str, phone: str) -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say("không biết")
    talk.tap("Để lại tên")
    talk.say(typed)
    assert talk.draft is not None
    assert (talk.draft.name, talk.draft.phone) == (name, phone)
    assert talk.draft.stage is Stage.CONFIRMATION


def test_a_phone_with_letters_is_asked_again_once() -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say("không biết")
    talk.tap("Giữ kín tên")
    assert words.NOT_A_PHONE in talk.say("Nguyễn Văn An 09I23456AB")
    talk.say("0912345678")
    assert talk.draft is not None
    assert (talk.draft.name, talk.draft.phone, talk.draft.identity) == (
        "Nguyễn Văn An",
        "0912345678",
        "secret",
    )


@pytest.mark.parametrize("typed", ["em sợ nó trả thù lắm, cho em giấu tên", "ẩn danh", "an danh nha"])
def test_anonymous_may_be_said_at_any_moment(typed: str) -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy")
    talk.say(typed, "an_danh", 0.9)
    assert talk.draft is not None
    assert talk.draft.identity == "anonymous"
    assert talk.draft.stage is Stage.ANSWER


# -- evidence --------------------------------------------------------------------


def test_thirty_pictures_are_all_attached_and_the_questions_go_on() -> None:
    talk = Telling()
    talk.tell("Xe 51G-678.90 vượt đèn đỏ ngã tư Âu Cơ lúc 7h30 sáng hôm qua", "phan_anh_giao_thong")
    first = talk.send()
    assert "chưa cắt ghép" in first
    assert "1 năm" in first
    for _ in range(29):
        assert "chưa cắt ghép" not in talk.send()
    assert talk.draft is not None
    assert len(talk.draft.evidence) == 30
    assert "tất cả 30 ảnh" in talk.said[0].text
    to_confirmation(talk)
    assert "30 ảnh" in "\n".join(say.text for say in talk.said)


def test_pictures_without_a_story_ask_for_the_story() -> None:
    talk = Telling()
    assert "kể giúp" in talk.send("video")
    talk.say("xe này vượt đèn đỏ ở ngã tư Bốn Xã hôm qua", "phan_anh_giao_thong", 0.9)
    assert talk.draft is not None
    assert len(talk.draft.evidence) == 1


def test_a_position_answers_the_question_for_the_place() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy Vision tối qua")
    assert "ở đâu" in talk.said[-1].text
    talk.pin(10.79, 106.63)
    assert talk.draft is not None
    assert talk.draft.place == (10.79, 106.63)
    assert "ở đâu" not in talk.said[-1].text


# -- interruptions ----------------------------------------------------------------


def test_a_question_about_papers_is_answered_beside_and_the_report_goes_on() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy")
    waiting = talk.draft
    talk.say("làm lại căn cước cần giấy tờ gì", "hoi_can_cuoc_cap_lai", 0.8)
    assert talk.outcome is Outcome.BESIDE
    talk.draft = waiting
    said = talk.come_back()
    assert words.GO_ON in said
    assert "Đang diễn ra" in talk.buttons


@pytest.mark.parametrize("typed", ["thôi", "hủy", "huy", "thôi không báo nữa", "dừng lại"])
def test_stopping_has_a_defined_end(typed: str) -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say(typed)
    assert talk.buttons == ["Bỏ hẳn tin này", "Để đó, làm sau", "Báo tiếp"]
    talk.tap("Báo tiếp")
    assert "trông thế nào" in talk.said[-1].text
    talk.say(typed)
    talk.say("hủy luôn")
    assert talk.outcome is Outcome.DROPPED


def test_left_for_later_it_is_offered_again() -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say("thôi")
    assert "3 ngày" in talk.tap("Để đó, làm sau")
    assert talk.outcome is Outcome.LEFT
    talk.wait(600)
    said = talk.say("chào em", "chao_hoi", 0.9)
    assert talk.outcome is Outcome.BESIDE
    said = talk.come_back()
    assert "tin báo dở dang về mất trộm" in said
    talk.tap("Tiếp tục tin báo")
    assert "trông thế nào" in talk.said[-1].text


def test_after_hours_an_answer_simply_goes_on() -> None:
    talk = Telling()
    talk.tell("nhà tôi bị trộm mất xe máy Vision tối qua")
    talk.wait(180)
    talk.say("ở hẻm 12 đường Lê Lợi phường Tân Phú")
    assert talk.draft is not None
    assert talk.draft.facts["dia_diem"].said


def test_after_hours_a_new_matter_is_not_mixed_into_the_old_one() -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.wait(600)
    talk.say("hàng xóm hát karaoke ồn ào quá", "phan_anh_trat_tu_cong_cong", 0.9)
    assert talk.buttons == ["Làm tiếp tin cũ", "Báo tin mới"]
    talk.tap("Báo tin mới")
    assert talk.draft is not None
    assert (talk.draft.id, talk.draft.category) == ("d2", "tieng_on")
    assert "trộm" not in talk.draft.story


def test_thanks_are_no_answer() -> None:
    talk = Telling()
    talk.tell(THEFT)
    talk.say("cảm ơn em nhiều", "cam_on_tam_biet", 0.95)
    assert talk.outcome is Outcome.BESIDE


# -- elsewhere -------------------------------------------------------------------


def test_a_broken_street_light_is_told_where_to_go_and_nothing_is_kept() -> None:
    talk = Telling()
    said = talk.tell("cột đèn tín hiệu ở ngã tư Âu Cơ hỏng mấy bữa nay", "phan_anh_giao_thong")
    assert "1022" in said
    assert talk.outcome is Outcome.ELSEWHERE


def test_a_civil_quarrel_is_a_report_only_with_violence_or_fraud() -> None:
    talk = Telling()
    talk.tell("hàng xóm lấn đất nhà tôi 50cm, tranh chấp mãi không xong", "kien_nghi_phan_anh")
    talk.tap("Không có")
    assert talk.outcome is Outcome.ELSEWHERE
    assert "tổ hòa giải" in talk.said[-1].text
    talk = Telling()
    talk.tell("hàng xóm lấn đất nhà tôi 50cm, tranh chấp mãi không xong", "kien_nghi_phan_anh")
    talk.tap("Có đánh, đe dọa")
    assert talk.draft is not None
    assert talk.draft.category == "co_y_gay_thuong_tich"


def test_a_complaint_goes_to_the_inspection_only() -> None:
    talk = Telling()
    said = talk.tell("cán bộ phường vòi tiền bồi dưỡng 500 ngàn mới làm giấy", "khieu_nai_can_bo")
    assert "Thanh tra" in said
    assert "chữ ký" in said
    assert talk.draft is not None
    assert talk.draft.category == "phan_anh_can_bo"


def test_an_unsure_category_is_asked_with_two_or_three_buttons() -> None:
    class InTwoMinds(StoryReader):
        def story(self, text: str, sent_at: Any, ranking: Any) -> Any:
            unsure = (("trom_cap", 0.3), ("cuop_cuop_giat", 0.28), ("nghi_van_khac", 0.2))
            return replace(super().story(text, sent_at, ranking), categories=unsure)

    talk = Telling()
    around = replace(talk.around(), reader=InTwoMinds(catalogue()))
    heard = Heard("m1", "tụi nó lấy đồ của tôi rồi bỏ đi mất tiêu", talk.now, "to_giac_toi_pham", 0.9)
    talk.took(begin(heard, around, "d1"))
    assert words.WHICH_OF in talk.said[-1].text
    assert talk.buttons == ["Mất trộm", "Cướp, cướp giật", "Người, việc đáng nghi", "Việc khác"]
    talk.tap("Cướp, cướp giật")
    assert talk.draft is not None
    assert talk.draft.category == "cuop_cuop_giat"


def test_what_nobody_can_tell_apart_is_a_report_all_the_same() -> None:
    talk = Telling()
    talk.tell("hmm zzz qqq www eee", "to_giac_toi_pham")
    talk.say("xyz xyz xyz abc abc", "to_giac_toi_pham", 0.9)
    assert 3 <= len(talk.buttons) <= 4
    talk.tap("Việc khác")
    assert talk.draft is not None
    assert talk.draft.category == "nghi_van_khac"


# -- bad input -------------------------------------------------------------------

HOSTILE = [
    "'; DROP TABLE report; --",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "{{7*7}} ${jndi:ldap://x}",
    "\u202eabc",
    "đồ ngu, đồ chó, bot rác",
    "a" * 5000,
    "🙂" * 50,
    "/restart",
    "%00%0d%0aSet-Cookie: a=b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words_in_every_field(text: str) -> None:
    talk = Telling()
    talk.tell(f"nhà tôi bị trộm mất xe máy {text}")
    for _ in range(14):
        assert talk.draft is not None
        if talk.draft.stage is Stage.CONFIRMATION:
            break
        if talk.draft.stage is Stage.IDENTITY:
            talk.tap("Để lại tên")
        else:
            talk.say(text)
        assert talk.outcome is Outcome.GOES_ON
    assert talk.draft is not None
    assert talk.draft.stage is Stage.CONFIRMATION
    assert all(len(say.text) < 2000 for say in talk.said)


TEXTS = [
    THEFT, "cứu em với", "chưa", "có", "không", "thôi", "bỏ qua", "không biết", "9h tối hôm qua", "ok",
    "hẻm 12 Lê Lợi", "5 triệu", "0912345678", "Nguyễn Văn An 0987654321", "ẩn danh", "haha", "",
    "làm căn cước cần gì", "không, 8 giờ chứ", "xe 59X1-123.45", *HOSTILE[:4],
]  # fmt: skip
INTENTS = [
    "to_giac_toi_pham", "khan_cap", "cung_cap_thong_tin", "hoi_can_cuoc_cap_lai", "dung_lai", "nlu_fallback",
    "dong_y", "chao_hoi", "an_danh", "sua_thong_tin",
]  # fmt: skip
MOVES = st.one_of(
    st.tuples(
        st.just("say"), st.sampled_from(TEXTS), st.sampled_from(INTENTS), st.sampled_from([0.3, 0.7, 1.0])
    ),
    st.tuples(st.just("tap"), st.integers(0, 9)),
    st.tuples(st.just("send"), st.integers(1, 3)),
    st.tuples(st.just("pin"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(10, 200)),
)


@settings(max_examples=120)
@given(st.lists(MOVES, min_size=1, max_size=14))
def test_whatever_comes_in_whatever_order_the_dialogue_holds(moves: list[tuple[Any, ...]]) -> None:
    talk = Telling()
    for move in moves:
        before = talk.draft
        if move[0] == "say":
            talk.say(move[1], move[2], move[3])
        elif move[0] == "tap":
            titles = [one.title for say in talk.said for one in say.buttons if one.choose]
            if not titles:
                continue
            talk.tap(titles[move[1] % len(titles)])
        elif move[0] == "send":
            talk.send(count=move[1])
        elif move[0] == "pin":
            talk.pin(10.0, 106.0)
        else:
            talk.wait(move[1])
            continue
        assert talk.draft is not None
        assert all(len(say.buttons) <= 5 and 0 < len(say.text) < 2000 for say in talk.said)
        if talk.outcome is Outcome.BESIDE:
            assert not any(move[0] == kind for kind in ("tap", "send", "pin"))
            talk.draft = before
            if before is not None:
                talk.come_back()
            continue
        if talk.outcome is Outcome.SUBMIT:
            assert before is not None
            assert before.category
            return
        if talk.outcome in (Outcome.DROPPED, Outcome.ELSEWHERE):
            return
        assert talk.said or talk.outcome is Outcome.LEFT
        assert len(set(talk.draft.asked)) <= 10
        assert sum(alert.first for alert in talk.alerts) <= 1 + moves.count(("tap", 1))


# -- what frightened and angry people did to the dialogue -----------------------------------------------


def test_who_took_it_back_is_asked_whether_to_drop_it_and_nobody_is_alarmed() -> None:
    talk = Telling()
    talk.tell("tôi bị mất xe máy")
    assert "Đang diễn ra" in talk.buttons
    talk.say("thôi khỏi đi, tôi tìm thấy rồi")
    assert talk.buttons == ["Bỏ hẳn tin này", "Để đó, làm sau", "Báo tiếp"]
    assert talk.alerts == []


@pytest.mark.parametrize("typed", ["không nhớ chỗ nào", "ko nhớ lúc nào", "không biết ở đâu", "đéo biết"])
def test_not_knowing_is_no_no(typed: str) -> None:
    talk = Telling()
    talk.tell("tôi bị mất xe máy")
    talk.say(typed)
    assert talk.draft is not None
    assert "dang_dien_ra" not in talk.draft.facts
    assert talk.draft.pending != "dang_dien_ra"


def test_the_words_of_a_choice_where_another_question_waits_are_no_cry() -> None:
    talk = Telling()
    talk.tell("hàng xóm hát karaoke ầm ầm không chịu nghỉ ở hẻm 5 Tân Sơn Nhì", "phan_anh_trat_tu_cong_cong")
    talk.say("Đang diễn ra", "khan_cap", 0.9)
    assert talk.alerts == []
    assert talk.draft is not None
    assert talk.draft.stage is not Stage.DANGER


def test_send_it_while_questions_wait_leaves_them_out_and_says_what_is_missing() -> None:
    talk = Telling()
    talk.tell("tôi bị mất xe máy")
    said = talk.say("gửi luôn đi")
    assert words.ENOUGH in said
    assert talk.buttons == ["Để lại tên", "Giữ kín tên", "Giấu tên"]
    assert words.NAME_FIRST in talk.say("gửi đi")
    said = talk.tap("Giấu tên")
    assert "Còn thiếu:" in said
    assert talk.buttons[-3] == "Gửi tin"


@pytest.mark.parametrize(
    ("typed", "identity", "name"),
    [
        ("để tên: Trần Thị Hoa 0912345678", "named", "Trần Thị Hoa"),
        ("gọi tôi số 0912 345 678 lúc nào cũng được", "named", ""),
        ("giữ kín tên giúp, Hoa 0912345678", "secret", None),
    ],
)
def test_a_contact_in_the_place_of_an_answer_is_kept_and_the_question_stays(
    typed: str, identity: str, name: str | None
) -> None:
    talk = Telling()
    talk.tell("tôi bị mất xe máy")
    waiting = talk.draft.pending if talk.draft is not None else ""
    assert words.CONTACT_NOTED in talk.say(typed)
    assert talk.draft is not None
    assert (talk.draft.identity, talk.draft.phone, talk.draft.pending) == (identity, "0912345678", waiting)
    if name is not None:
        assert talk.draft.name == name


def test_words_that_answer_no_question_stand_in_the_story() -> None:
    talk = Telling()
    talk.tell("tôi bị thằng hàng xóm đánh hôm qua ở hẻm 12 Lê Lợi")
    talk.say("nó đánh vào mặt, nam khoảng 40 tuổi")
    assert talk.draft is not None
    assert "nam khoảng 40 tuổi" in talk.draft.story
    while talk.draft.stage is not Stage.IDENTITY:
        talk.say("bỏ qua")
    talk.say("iphone 13 màu xanh")
    assert "iphone 13 màu xanh" in talk.draft.story


def test_who_is_robbed_now_is_not_asked_when() -> None:
    talk = Telling()
    talk.tell("có thằng đang giật túi xách của tôi cứu", "khan_cap")
    assert talk.draft is not None
    assert talk.draft.stage is Stage.DANGER
    assert talk.draft.facts["thoi_gian"].value["end"] == talk.draft.touched_at.isoformat(timespec="minutes")
    talk.say("đường Cách Mạng Tháng Tám gần chợ Hòa Hưng")
    assert talk.alerts[-1].place == "đường Cách Mạng Tháng Tám"
    talk.say("nó chạy mất rồi")
    assert "thoi_gian" in talk.draft.facts
    assert "ngày nào" not in " ".join(one.text for one in talk.said)


def test_a_wish_to_be_anonymous_or_to_send_during_danger_is_no_part_of_the_story() -> None:
    talk = Telling()
    talk.tell("có thằng đang giật túi xách của tôi cứu", "khan_cap")
    talk.say("ẩn danh")
    talk.say("gửi tin")
    assert talk.draft is not None
    assert talk.draft.story == "có thằng đang giật túi xách của tôi cứu"
    assert talk.draft.identity == "anonymous"


def test_money_that_left_minutes_ago_hears_of_the_bank_before_any_question() -> None:
    talk = Telling()
    said = talk.say(
        "mới chuyển 20 triệu cho nó 20 phút trước giờ nó chặn zalo em rồi làm sao đây trời ơi",
        "to_giac_lua_dao_mang",
        0.6,
        ranking=(("lua_dao_mang", 0.4), ("de_doa_tong_tien_cuong_doat", 0.3), ("vay_nang_lai", 0.2)),
    )
    assert "Tiền vừa chuyển đi thì làm ngay" in said
    assert words.WHICH_OF not in said


@pytest.mark.parametrize(
    "text", ["help me please someone is following me with a knife", "my wife is bleeding please come"]
)
def test_a_cry_in_english_is_answered_with_the_numbers_in_english_too(text: str) -> None:
    talk = Telling()
    said = talk.say(text, "kien_nghi_phan_anh", 0.7)
    assert "CALL NOW: 113 (police)" in said
    assert talk.buttons[0].startswith("Gọi 11")
    assert len(talk.alerts) == 1
    assert "nói tiếp" in talk.say("I am safe now")


def test_what_happened_yesterday_in_english_is_no_alarm() -> None:
    talk = Telling()
    talk.say("someone stole my motorbike yesterday near Ben Thanh market", "to_giac_toi_pham", 0.7)
    assert talk.alerts == []


def test_what_a_missing_child_wears_describes_the_child_and_no_suspect() -> None:
    talk = Telling()
    talk.tell("con tôi mất tích từ chiều tới giờ chưa về", "khan_cap")
    talk.say("cháu 7 tuổi mặc áo trắng đi học ở trường Lê Lai")
    talk.tap("Tôi an toàn, báo tiếp")
    assert talk.draft is not None
    assert talk.draft.category == "mat_tich"
    assert "doi_tuong" not in talk.draft.facts
    assert "áo trắng" in talk.draft.facts["nhan_dang"].said


def test_that_the_danger_is_over_and_what_was_taken_answer_no_question_about_the_robber() -> None:
    talk = Telling()
    talk.tell("có thằng đang giật túi xách của tôi cứu", "khan_cap")
    talk.say("đường Cách Mạng Tháng Tám gần chợ Hòa Hưng")
    talk.say("nó cầm dao")
    assert talk.draft is not None
    waiting = talk.draft.pending
    talk.say("tôi an toàn rồi nó chạy mất rồi")
    assert (talk.draft.pending, talk.draft.stage) == (waiting, Stage.ANSWER)
    while talk.draft.pending != "xe_ho_di":
        talk.say("bỏ qua")
    talk.say("nó lấy túi có 5 triệu với điện thoại")
    assert talk.draft.pending == "xe_ho_di"
    assert "bien_so" not in talk.draft.facts
    assert "5 triệu" in talk.draft.story


def test_who_cried_for_help_makes_no_suggestion() -> None:
    talk = Telling()
    talk.say(
        "help me please someone is following me with a knife",
        "kien_nghi_phan_anh",
        0.7,
        ranking=(("gop_y_khen", 0.9),),
    )
    assert words.TELL_MORE.text in talk.say("I am safe now")


def test_who_said_that_she_is_safe_is_not_asked_whether_she_is_and_her_number_is_kept() -> None:
    talk = Telling()
    talk.tell("chồng tôi đánh tôi")
    assert talk.draft is not None
    assert "Chưa an toàn" in talk.buttons
    said = talk.say("0901234567 nhắn tin đừng gọi")
    assert words.CONTACT_NOTED in said
    assert (talk.draft.phone, talk.draft.identity) == ("0901234567", "secret")
    assert talk.draft.facts["lien_he"].said == "0901234567 nhắn tin đừng gọi"
    talk.tap("Chưa an toàn")
    assert talk.draft.stage is Stage.DANGER
    said = talk.say("tôi an toàn rồi")
    assert "chỗ an toàn chưa" not in said
    assert talk.draft.facts["an_toan"].value == "Đã an toàn"


def test_a_moment_ago_is_read_back_as_some_hours() -> None:
    talk = Telling()
    talk.tell("lúc nãy tôi bị trộm mất chiếc xe máy Vision ở hẻm 12 Lê Lợi")
    to_confirmation(talk)
    read = " ".join(one.text for one in talk.said)
    assert "• Thời gian: lúc nãy (khoảng 6:01 đến 10:01 thứ bảy 21/11/2026)" in read
