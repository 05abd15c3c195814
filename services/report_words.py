"""The sentences of a report: short, plain, warm, right for a child and for a grandmother.

What is law or a fact (advice, notice, clocks, questions) comes from `content/report_categories.yml`;
here stands only what holds the conversation together.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.clock import VIETNAM
from services.report_categories import Catalogue, Category
from services.report_parts import Advice, Question
from services.report_step import Say, call, choice

SKIP, UNKNOWN = choice("Bỏ qua", "skip"), choice("Không biết", "unknown")
SAFE = choice("Tôi an toàn, báo tiếp", "safe")
CALL_113 = call("113")
SOME_UNIT = "Cơ quan Công an"

STILL_DANGER = "Anh/chị đã an toàn chưa ạ? Chưa an toàn thì gọi ngay, đừng chờ tin nhắn ở đây."
TELL_IT = Say(
    "Dạ, anh/chị kể giúp: chuyện gì xảy ra, ở đâu, lúc nào. Cứ kể bằng lời của mình, có dấu hay không dấu "
    "đều được; có hình, clip thì gửi luôn vào đây.\nĐang nguy hiểm thì gọi ngay 113.",
    (CALL_113,),
)
TELL_MORE = Say("Dạ, em đang nghe. Anh/chị kể rõ hơn giúp em: chuyện gì, ở đâu, lúc nào ạ?", (CALL_113,))
NOT_A_STORY = Say(
    "Dạ, em chưa rõ anh/chị muốn báo việc gì. Anh/chị kể ngắn gọn một câu, ví dụ: “Tối qua tôi bị mất xe máy "
    "ở chợ”. Không muốn báo nữa thì bấm Thôi.",
    (choice("Thôi, không báo nữa", "stop:drop"), CALL_113),
)
WHICH_OF = "Dạ, em hỏi lại cho chắc: chuyện này là việc nào ạ?"
OTHER_CATEGORY = choice("Việc khác", "category:")
STILL_NO_CATEGORY = Say(
    "Dạ, anh/chị nói thêm một câu giúp: ai làm gì, mất gì hay hư gì, để em chuyển đúng nơi."
)
STOPPING = Say(
    "Dạ, anh/chị muốn bỏ hẳn tin này, hay để đó lúc khác làm tiếp?",
    (
        choice("Bỏ hẳn tin này", "stop:drop"),
        choice("Để đó, làm sau", "stop:later"),
        choice("Báo tiếp", "stop:on"),
    ),
)
DROPPED = Say("Dạ, tin này đã bỏ, không có gì được gửi đi. Khi nào cần, anh/chị cứ nhắn lại.")
LEFT = Say(
    "Dạ, em giữ lại những gì anh/chị đã kể, chưa gửi cho ai. Muốn làm tiếp, anh/chị nhắn “báo tin tiếp”. "
    "Sau {days} ngày không làm tiếp thì phần này tự xóa."
)
GO_ON = "Mình nói tiếp tin đang báo nhé."
NOTED_TIRED = "Dạ không sao, mình để trống câu này."
AS_IT_IS = choice("Ghi đúng như vậy", "keep")
GIVE_WORDS = "Anh/chị nhắn lại “{title}” cho đúng giúp em nhé."
WHICH_ITEM = "Anh/chị muốn sửa mục nào ạ? Bấm vào mục đó, hoặc nhắn luôn cho đúng."
CORRECTED = "Dạ, em đã sửa lại."
ADDED = "Dạ, em đã ghi thêm."
WHO_TELLS = "Anh/chị muốn để tên thế nào ạ?"
IDENTITIES = (
    choice("Để lại tên", "identity:named"),
    choice("Giữ kín tên", "identity:secret"),
    choice("Giấu tên", "identity:anonymous"),
)
ASK_CONTACT = (
    "Anh/chị cho em xin họ tên và số điện thoại, nhắn chung một tin, ví dụ: Nguyễn Văn An 0900 000 000. "
    "Muốn ghi thêm địa chỉ thì ghi ở dòng dưới."
)
NOT_A_PHONE = "Số điện thoại này chưa đúng, anh/chị xem lại giúp (10 số, bắt đầu bằng số 0)."
ANONYMOUS_NOW = "Dạ, tin này sẽ để ẩn danh."
CLIP_WORDS = ("clip_goc", "clip_mot_nam")
EVIDENCE_SAFE = "Bản gốc được giữ nguyên làm bằng chứng, anh/chị đừng xóa bản trong máy."
SEND_IT = "Gửi tin này cho công an nhé?"
CONFIRM = (
    choice("Gửi tin", "send"),
    choice("Cán bộ sẽ thấy gì?", "preview"),
    choice("Không gửi nữa", "stop"),
)
CONFIRM_CHANGE = (
    choice("Gửi tin", "send"),
    choice("Sửa mục khác", "fix"),
    choice("Đọc lại cả tin", "review"),
    choice("Không gửi nữa", "stop"),
)
NOT_REACHABLE = choice("Đừng giữ địa chỉ nhắn lại", "unreachable")
RESUME = (choice("Tiếp tục tin báo", "resume:yes"), choice("Bỏ tin này", "stop:drop"))
NEW_OR_OLD = (
    choice("Làm tiếp tin cũ", "resume:yes"),
    choice("Báo tin mới", "new:yes"),
)
ALREADY_SENT = "Tin này đã gửi rồi, mã của tin là {code}. Anh/chị không phải gửi lại."
SENT_MEANWHILE = "Em đã kèm {got} anh/chị gửi lúc nãy vào tin đang báo."
ENOUGH = "Dạ, em hỏi tới đây thôi."
NAME_FIRST = "Dạ, anh/chị chọn một cách để tên nữa là gửi được ạ."
CONTACT_NOTED = "Dạ, em đã ghi để công an liên hệ với anh/chị."
SENT_A_MOMENT_AGO = Say(
    "Dạ, tin của anh/chị đã gửi cho công an rồi. Em là trợ lý tự động, không biết cán bộ đang ở đâu: đang "
    "nguy hiểm hay cần người tới ngay thì gọi 113. Muốn xem tin đến đâu, anh/chị bấm nút dưới.",
    (choice("Xem tin đến đâu", "status:look"), CALL_113, choice("Tôi báo việc khác", "begin")),
)
NOTHING_OPEN = Say(
    "Dạ, hiện không có tin báo nào đang làm dở. Anh/chị muốn báo việc gì thì kể ngay ở đây giúp em."
)
NOT_STORED = Say(
    "Xin lỗi anh/chị, hệ thống đang trục trặc nên CHƯA gửi được tin. Những gì anh/chị kể vẫn còn đây. "
    "Anh/chị bấm Gửi tin lại sau ít phút. Việc gấp xin gọi 113.",
    (choice("Gửi tin", "send"), CALL_113),
)
DOUBTS = {
    "future": "Ngày giờ này chưa tới. Anh/chị xem lại giúp em, việc xảy ra lúc nào ạ?",
    "no_such_time": "Ngày giờ này không có trên lịch. Anh/chị ghi lại giúp em, ví dụ: 9 giờ tối hôm qua.",
    "older_than_a_year": (
        "Việc này đã hơn một năm. Anh/chị xem lại ngày giúp; đúng vậy thì bấm nút bên dưới, em vẫn ghi nhận."
    ),
    "no_such_plate": "Biển số này chưa giống biển số xe. Anh/chị xem lại giúp em; nhớ đâu ghi đó.",
    "not_a_phone": NOT_A_PHONE,
    "too_much": "Số tiền này lớn quá, em sợ đọc nhầm. Anh/chị ghi lại giúp em là bao nhiêu đồng ạ?",
}
UNCLEAR = {
    "no_time": "Em chưa rõ lúc nào. Anh/chị ghi áng chừng giúp, ví dụ: 9 giờ tối hôm qua, sáng thứ hai.",
    "no_place": "Em chưa rõ chỗ nào. Anh/chị ghi tên đường, số nhà, hẻm hoặc phường; gửi vị trí cũng được.",
    "no_plate": "Em chưa thấy biển số. Anh/chị ghi giúp, ví dụ 59X1-123.45; không có thì tả loại xe, màu.",
    "no_money": "Em chưa rõ bao nhiêu. Anh/chị ghi giúp, ví dụ: 5 triệu đồng.",
    "money_unit": "Số đó là bao nhiêu đồng ạ? Anh/chị ghi rõ giúp, ví dụ: 5 triệu đồng.",
    "no_number": "Em chưa rõ mấy người. Anh/chị ghi áng chừng giúp, ví dụ: khoảng 5 người.",
    "no_account": "Anh/chị ghi giúp số tài khoản, số máy hoặc đường link; nhớ phần nào ghi phần đó.",
    "no_contact": "Anh/chị ghi giúp số điện thoại và giờ nào gọi thì tiện.",
    "which_choice": "Anh/chị chọn giúp một nút bên dưới, hoặc nhắn lại ngắn gọn.",
}
DIDNT_CATCH = "Dạ, em chưa hiểu ý anh/chị."


def category_title(category: Category) -> str:
    """Give a category's title as it stands inside a sentence."""
    return category.title[0].lower() + category.title[1:]


def heard_as(category: Category) -> str:
    """Say that the story was understood, and as what."""
    if category.sensitive:
        return "Dạ, em nghe anh/chị đây. Anh/chị không phải kể chi tiết, em chỉ hỏi vài điều để giúp đúng."
    if category.group == "kien_nghi":
        return "Dạ, em xin ghi lại lời của anh/chị."
    if category.group == "khieu_nai_can_bo":
        return "Dạ, em ghi lại phản ánh này. Chỉ bộ phận Thanh tra xem, không gửi cho đơn vị bị phản ánh."
    return f"Dạ, em hiểu đây là việc: {category_title(category)}."


def ask(question: Question) -> Say:
    """Ask one question, with its choices and the way past it."""
    if question.choices:
        buttons = [choice(title, f"answer:{question.id}:{n}") for n, title in enumerate(question.choices)]
        return Say(question.ask, (*buttons, SKIP)[:5])
    return Say(question.ask, (UNKNOWN, SKIP))


def ask_again(question: Question, reason: str) -> Say:
    """Ask a question that got no usable answer again, saying what would help."""
    return Say(reason or question.ask, ask(question).buttons)


def which_category(categories: Iterable[Category]) -> Say:
    """Ask which kind of report it is, with two or three buttons."""
    buttons = [choice(one.title, f"category:{one.id}") for one in categories]
    return Say(WHICH_OF, (*buttons[:3], OTHER_CATEGORY))


def notice(catalogue: Catalogue, unit: str) -> str:
    """Give what is told about personal data before the first personal question, once."""
    return catalogue.notice.text.replace("Công an [đơn vị]", unit or SOME_UNIT)


def advice_lines(items: Iterable[Advice], kinds: Iterable[str], most: int) -> str:
    """Give the first lines of advice of some kinds."""
    wanted = [item for kind in kinds for item in items if item.kind == kind]
    return "\n".join(f"• {item.text}" for item in wanted[:most])


def moment(at: datetime) -> str:
    """Give a moment as people say it: "9:05 ngày 21/11"."""
    local = at.astimezone(VIETNAM)
    return f"{local.hour}:{local.minute:02d} ngày {local.day}/{local.month}"


def resume(title: str, at: datetime) -> Say:
    """Offer to go on with what was left unfinished."""
    about = f" về {title}" if title else ""
    return Say(f"Anh/chị còn một tin báo dở dang{about} (lúc {moment(at)}). Mình làm tiếp không ạ?", RESUME)


def new_or_old(title: str) -> Say:
    """Ask whether new words belong to the unfinished report or begin a new one."""
    about = f" về {title}" if title else ""
    return Say(f"Anh/chị đang có tin báo dở dang{about}. Việc vừa kể là tin mới hay tin đó ạ?", NEW_OR_OLD)


def evidence_got(kinds: Iterable[str]) -> str:
    """Say how much evidence there is now, from the kinds of its pieces."""
    listed = list(kinds)
    pictures = sum(kind in {"image", "photo", "gif"} for kind in listed)
    clips = sum(kind == "video" for kind in listed)
    voices = sum(kind in {"audio", "voice"} for kind in listed)
    rest = len(listed) - pictures - clips - voices
    parts = [
        f"{number} {what}"
        for number, what in (
            (pictures, "ảnh"),
            (clips, "đoạn phim"),
            (voices, "đoạn ghi âm"),
            (rest, "tệp"),
        )
        if number
    ]
    return " và ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def sent(code: str, secret: str, category: Category, unit: str, by_when: Iterable[str]) -> tuple[Say, ...]:
    """Tell the code and the secret, what happens next and by when (whole sentences with days)."""
    first = (
        f"{unit or SOME_UNIT} đã nhận tin của anh/chị.\nMã tin: {code}\nMã riêng: {secret}\n"
        "Anh/chị chụp lại màn hình này; có hai mã mới xem được tin đến đâu. Đừng đưa mã riêng cho ai."
    )
    following = [category.route.say, *by_when]
    more = "Có thêm hình, clip thì anh/chị gửi luôn vào đây; nhớ ra thêm điều gì thì bấm nút dưới."
    buttons = (choice("Xem tin đến đâu", "status:look"), choice("Gửi thêm thông tin", "status:add"))
    return (
        Say(first),
        Say("Việc tiếp theo:\n" + "\n".join(f"• {one}" for one in following) + f"\n{more}", buttons),
    )
