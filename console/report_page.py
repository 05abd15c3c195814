"""One report: what was told, evidence, who reported if one may know, history, and the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from console import report_words
from console.permissions import REPORTS
from console.report_access import colleagues, officer_for
from console.visit import NotThere, Page, Visit
from services import report_desk, report_work
from services.report_desk import Contact, NotPermitted, Officer
from services.report_history import ReportChanged
from services.report_work import StepRefused

CHANGED = "Người khác vừa sửa tin này. Anh/chị xem lại bên dưới rồi làm tiếp; việc vừa rồi chưa được lưu."
NO_RIGHT = "Anh/chị không có quyền làm việc này với tin này."
NO_REASON = "Anh/chị chọn lý do xem tên."


def report(visit: Visit) -> Response:
    """Show a report, names masked."""
    return _shown(visit)


def contact(visit: Visit) -> Response:
    """Show who reported, for a reason that is kept."""
    try:
        with visit.write() as session:
            found = report_desk.names(
                session, visit.console.cipher, _officer(visit), _id(visit), visit.sent("reason"), visit.now
            )
    except NotPermitted as error:
        return _shown(visit, problem=NO_REASON if str(error) == "a reason" else NO_RIGHT, status=403)
    if found is None:
        raise NotThere
    return _shown(visit, contact=found)


def _change(work: Callable[[Visit, Session, Officer], Any], box: str = "") -> Callable[[Visit], Response]:
    """Make a page of a change: store it and show the report again, or say why not.

    What was typed is shown again in the `box` it comes from.
    """

    def changed(visit: Visit) -> Response:
        typed = {box: visit.sent("words", 5_000), "state": visit.sent("state", 32)}
        try:
            with visit.write() as session:
                work(visit, session, _officer(visit))
        except StepRefused as error:
            return _shown(visit, problem=str(error), typed=typed, status=422)
        except NotPermitted:
            return _shown(visit, problem=NO_RIGHT, typed=typed, status=403)
        except ReportChanged:
            return _shown(visit, problem=CHANGED, typed=typed, status=409)
        return visit.go(f"/tin-bao/{_id(visit)}", "luu")

    return changed


def _state(visit: Visit, session: Session, officer: Officer) -> None:
    report_work.change_state(
        session, visit.console.cipher, officer, _id(visit), _version(visit),
        visit.sent("state", 32), visit.sent("words", 5_000), visit.now,
    )  # fmt: skip


def _write(visit: Visit, session: Session, officer: Officer) -> None:
    cipher, words = visit.console.cipher, visit.sent("words", 5_000)
    how = visit.sent("how", 16)
    if how == "ask":
        report_work.ask(session, cipher, officer, _id(visit), words, visit.now, _version(visit))
    elif how == "tell":
        report_work.tell(session, cipher, officer, _id(visit), words, visit.now, _version(visit))
    elif words:
        report_work.write_note(session, cipher, officer, _id(visit), words, visit.now)
    else:
        raise StepRefused("Ghi chú chưa có chữ nào.")


def _assign(visit: Visit, session: Session, officer: Officer) -> None:
    asked = visit.sent("to", 64)
    to = {"me": officer.id, "nobody": None}.get(asked, asked)
    if to not in (officer.id, None) and to not in colleagues(session, visit.viewer, _id(visit), visit.now):
        raise StepRefused("Không giao được cho người này. Anh/chị chọn lại trong danh sách.")
    report_work.assign(session, officer, _id(visit), _version(visit), to, visit.now)


def _complex(visit: Visit, session: Session, officer: Officer) -> None:
    complex_case = visit.sent("complex") == "yes"
    report_work.mark_complex(session, officer, _id(visit), _version(visit), complex_case, visit.now)


def _file_number(visit: Visit, session: Session, officer: Officer) -> None:
    report_work.set_file_number(
        session, officer, _id(visit), _version(visit), visit.sent("number", 64), visit.now
    )


def _resend(visit: Visit, session: Session, officer: Officer) -> None:
    message = _number(visit.sent("message", 18))
    if not report_work.resend(session, visit.console.cipher, officer, _id(visit), message, visit.now):
        raise StepRefused("Tin nhắn này đã được gửi hoặc không còn.")


def _link(visit: Visit, session: Session, officer: Officer) -> None:
    link = _number(visit.sent("link", 18))
    report_work.decide_link(session, officer, link, visit.sent("same") == "yes", visit.now)


def _shown(
    visit: Visit,
    contact: Contact | None = None,
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    console = visit.console
    with visit.write() as session:
        sheet = report_desk.open_report(
            session, console.cipher, console.catalogue, console.clocks, _officer(visit), _id(visit), visit.now
        )
    if sheet is None:
        raise NotThere
    others = tuple(link["other_id"] for link in sheet.links)
    with visit.read() as session:
        link_codes = report_desk.codes(session, _officer(visit), others)
        others_at_work = colleagues(session, visit.viewer, sheet.row.id, visit.now)
    return visit.page(
        "report.html",
        status,
        sheet=sheet,
        row=sheet.row,
        contact=contact,
        problem=problem,
        typed=typed or {},
        words=report_words,
        fact_names=console.catalogue.facts,
        reasons=report_desk.REASONS,
        link_codes=link_codes,
        colleagues=others_at_work,
        base=f"/tin-bao/{sheet.row.id}",
    )


def _officer(visit: Visit) -> Officer:
    return officer_for(visit.viewer)


def _id(visit: Visit) -> int:
    return _number(visit.request.path_params["report_id"])


def _version(visit: Visit) -> int:
    return _number(visit.sent("version", 18))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise NotThere
    return int(text)


_AT = "/tin-bao/{report_id}"
PAGES = (
    Page(_AT, report, REPORTS),
    Page(f"{_AT}/nguoi-bao", contact, REPORTS, posts=True),
    Page(f"{_AT}/trang-thai", _change(_state, "state-words"), REPORTS, posts=True),
    Page(f"{_AT}/nhan-tin", _change(_write, "words"), REPORTS, posts=True),
    Page(f"{_AT}/nhan-viec", _change(_assign), REPORTS, posts=True),
    Page(f"{_AT}/phuc-tap", _change(_complex), REPORTS, posts=True),
    Page(f"{_AT}/so-ho-so", _change(_file_number), REPORTS, posts=True),
    Page(f"{_AT}/gui-lai", _change(_resend), REPORTS, posts=True),
    Page(f"{_AT}/trung", _change(_link), REPORTS, posts=True),
)
