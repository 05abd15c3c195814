"""What officers see of reports: the list with its clocks, one report, and who reported if they may.

Names are masked until an officer asks for them; every look at a report, and every look at a name with
its reason, is in the audit trail. A complaint about an officer is shown to inspectors only, a report
about children or violence at home to trained officers only. Nobody is shown a Zalo id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, report_codes, report_links, report_marks, report_states
from services.db.models import MediaItem
from services.db.report_tables import Report, ReportEvent, ReportEvidence, ReportFact, ReportMessage
from services.report_categories import Catalogue
from services.report_clocks import Deadline, ReportClocks
from services.report_history import read_row
from services.report_identity import ANONYMOUS, NAMED, kept_moment
from services.report_tracking import timed, title_of
from services.reports import CONTACT_PURPOSE
from services.secrets import Cipher

READ, CHANGE = "reports.read", "reports.change"
NAMES, SECRET_NAMES = "reports.names", "reports.secret_names"
SENSITIVE, INSPECT = "reports.sensitive", "reports.inspect"
# Never to the unit complained about.
INSPECTED_GROUP = "khieu_nai_can_bo"
# Why a name is looked at: chosen, not typed, so that nobody writes a name into the audit trail.
REASONS = {
    "goi_lai": "Gọi lại cho người báo tin",
    "xac_minh": "Xác minh tin",
    "lap_bien_ban": "Lập biên bản, vào sổ",
    "chuyen_co_quan": "Chuyển cơ quan có thẩm quyền",
    "bao_ve_nguoi_bao": "Bảo vệ người báo tin",
}
SECRET_ASKED = "Người báo tin đề nghị giữ kín tên"
ANONYMOUS_ASKED = "Người báo tin giấu tên"


class NotPermitted(Exception):
    """The officer may not do this; nothing was shown or stored."""


@dataclass(frozen=True)
class Officer:
    """Who works: an id, what they may do, and the Official Accounts they work for (None: all)."""

    id: str
    permissions: frozenset[str]
    accounts: frozenset[str] | None = None

    def needs(self, permission: str) -> None:
        """Raise NotPermitted without this permission."""
        if permission not in self.permissions:
            raise NotPermitted(permission)


@dataclass(frozen=True)
class Filter:
    """Which reports to list; empty fields do not narrow."""

    states: tuple[str, ...] = ()
    group: str = ""
    category: str = ""
    ward: str = ""
    assigned_to: str = ""
    emergency: bool | None = None
    undelivered: bool = False
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Row:
    """One line of the list; nothing sealed is opened for it. `links`: possible duplicates."""

    id: int
    code: str
    account_id: str
    category: str
    title: str
    group: str
    ward: str
    state: str
    news_state: str
    identity: str
    emergency: bool
    assigned_to: str
    received_at: datetime
    next_due: Deadline | None
    links: int


@dataclass(frozen=True)
class Counts:
    """How many reports wait; all but `new` count open ones only."""

    new: int
    emergencies: int
    mine: int
    undelivered: int
    open: int


@dataclass(frozen=True)
class StoredFact:
    """One fact in the citizen's words, its typed value, and what was doubtful."""

    fact_id: str
    said: str
    value: Any
    doubt: str


@dataclass(frozen=True)
class Evidence:
    """One thing that was sent; a missing one has a reason. `received_at` is the full hour if anonymous."""

    position: int
    kind: str
    state: str
    sha256: str | None
    size: int | None
    mime_type: str | None
    received_at: datetime
    reason: str


@dataclass(frozen=True)
class Message:
    """Words to or from the citizen, or an officer's note."""

    id: int
    direction: str
    kind: str
    author: str
    text: str
    delivery: str
    answered: bool
    at: datetime


@dataclass(frozen=True)
class Contact:
    """Who reported."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class Sheet:
    """A whole report for an officer. `contact` is masked; `reporter` says so in words."""

    row: Row
    version: int
    unit: str
    story: str
    place: str
    latitude: float | None
    longitude: float | None
    occurred_from: datetime | None
    occurred_to: datetime | None
    amount: int | None
    file_number: str
    complex_case: bool
    questionnaire_version: str
    reporter: str
    contact: Contact | None
    facts: tuple[StoredFact, ...]
    evidence: tuple[Evidence, ...]
    messages: tuple[Message, ...]
    history: tuple[Mapping[str, Any], ...]
    deadlines: tuple[Deadline, ...]
    links: tuple[Mapping[str, Any], ...] = field(default=())
    next_states: tuple[str, ...] = field(default=())


def list_reports(
    session: Session,
    catalogue: Catalogue,
    clocks: ReportClocks,
    officer: Officer,
    wanted: Filter,
    now: datetime,
    limit: int = 50,
    before_id: int | None = None,
) -> list[Row]:
    """List reports this officer may see, newest first. Raises NotPermitted without `reports.read`."""
    officer.needs(READ)
    query = sa.select(Report.__table__).where(*_visible(officer), *_narrowed(wanted))
    if before_id is not None:
        query = query.where(Report.id < before_id)
    rows = session.execute(query.order_by(Report.id.desc()).limit(limit)).all()
    links = report_links.possible_of(session, [row.id for row in rows])
    return [_line(catalogue, clocks, row, now, links[row.id]) for row in rows]


def find_by_mark(
    session: Session, cipher: Cipher, officer: Officer, kind: str, text: str, now: datetime
) -> tuple[int, ...]:
    """Give the ids of reports that hold a phone or plate (`report_marks` kinds), for a Filter.

    Looking for a reporter's phone needs the permission to see names. The search is in the audit trail,
    what was searched for is not.
    """
    officer.needs(NAMES if kind == report_marks.REPORTER_PHONE else READ)
    form = {report_marks.PLATE: report_marks.plate_form, report_marks.ACCOUNT: report_marks.account_form}
    value = form.get(kind, report_marks.phone_form)(text)
    found = report_marks.reports_with(session, cipher, kind, [value])
    audit.record(session, audit.officer(officer.id), "reports.searched", now, detail=kind)
    seen = sa.select(Report.id).where(Report.id.in_(found), *_visible(officer))
    return tuple(sorted(session.execute(seen).scalars()))


def find_by_code(session: Session, officer: Officer, text: str) -> tuple[int, ...]:
    """Give the id of the report with a code as somebody typed it, for a Filter; empty for none."""
    officer.needs(READ)
    code = report_codes.read_code(text)
    seen = sa.select(Report.id).where(Report.code == code, *_visible(officer))
    return tuple(session.execute(seen).scalars()) if code else ()


def codes(session: Session, officer: Officer, report_ids: Sequence[int]) -> dict[int, str]:
    """Give the codes of those of these reports that the officer may see, by id."""
    seen = sa.select(Report.id, Report.code).where(Report.id.in_(report_ids), *_visible(officer))
    return {row.id: row.code for row in session.execute(seen)}


def counts(session: Session, officer: Officer) -> Counts:
    """Count the reports this officer may see, for a first look at the day."""
    officer.needs(READ)
    open_states = [state for state in report_states.LABELS if state not in report_states.CLOSED]
    is_open = Report.case_state.in_(open_states)

    def number(*conditions: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            number(Report.case_state == report_states.NEW).label("new"),
            number(is_open, Report.emergency.is_(True)).label("emergencies"),
            number(is_open, Report.assigned_to == officer.id).label("mine"),
            number(is_open, Report.news_state == "undelivered").label("undelivered"),
            number(is_open).label("open"),
        ).where(*_visible(officer))
    ).one()
    return Counts(**{name: int(value) for name, value in row._mapping.items()})


def open_evidence(
    session: Session, cipher: Cipher, officer: Officer, report_id: int, position: int, now: datetime
) -> Evidence | None:
    """Show one thing that was sent with a report, and note who looked; None when there is none to see."""
    row = visible_row(session, officer, report_id)
    if row is None:
        return None
    for one in _evidence(session, cipher, row):
        if one.position == position:
            actor = audit.officer(officer.id)
            audit.record(session, actor, "report.evidence_read", now, report_id, str(position))
            return one
    return None


def open_report(
    session: Session,
    cipher: Cipher,
    catalogue: Catalogue,
    clocks: ReportClocks,
    officer: Officer,
    report_id: int,
    now: datetime,
) -> Sheet | None:
    """Show one report with names masked, and note that it was read; None when there is none to see."""
    row = visible_row(session, officer, report_id)
    if row is None:
        return None
    audit.record(session, audit.officer(officer.id), "report.read", now, report_id)
    place = json.loads(cipher.open(row.sealed_place))
    contact = _contact(cipher, row)
    return Sheet(
        row=_line(catalogue, clocks, row, now, report_links.possible_of(session, [report_id])[report_id]),
        version=row.version,
        unit=row.unit_id or "",
        story=cipher.open(row.sealed_story),
        place=place["text"],
        latitude=place["latitude"],
        longitude=place["longitude"],
        occurred_from=row.occurred_from,
        occurred_to=row.occurred_to,
        amount=row.amount,
        file_number=row.file_number or "",
        complex_case=row.complex_case,
        questionnaire_version=row.questionnaire_version,
        reporter=_reporter(row, contact),
        contact=Contact(mask_name(contact.name), mask_phone(contact.phone), "•••" if contact.address else "")
        if contact is not None and row.identity == NAMED
        else None,
        facts=_facts(session, cipher, report_id),
        evidence=_evidence(session, cipher, row),
        messages=_messages(session, cipher, report_id),
        history=tuple(
            dict(one._mapping)
            for one in session.execute(
                sa.select(
                    ReportEvent.kind,
                    ReportEvent.actor,
                    ReportEvent.old_state,
                    ReportEvent.new_state,
                    ReportEvent.at,
                )
                .where(ReportEvent.report_id == report_id)
                .order_by(ReportEvent.id)
            )
        ),
        deadlines=tuple(clocks.deadlines(timed(row, catalogue), now)),
        links=tuple(dict(one._mapping) for one in report_links.links_of(session, report_id)),
        next_states=tuple(sorted(report_states.STEPS[row.case_state])),
    )


def names(
    session: Session, cipher: Cipher, officer: Officer, report_id: int, reason: str, now: datetime
) -> Contact | None:
    """Show who reported, and note who looked and why; None for an anonymous report.

    `reason` is one of REASONS. Raises NotPermitted; a name kept secret needs a permission of its own.
    """
    row = visible_row(session, officer, report_id)
    if row is None or row.identity == ANONYMOUS:
        return None
    officer.needs(NAMES if row.identity == NAMED else SECRET_NAMES)
    if reason not in REASONS:
        raise NotPermitted("a reason")
    audit.record(session, audit.officer(officer.id), "report.names_read", now, report_id, reason)
    return _contact(cipher, row)


def visible_row(session: Session, officer: Officer, report_id: int) -> Any | None:
    """Give the row of a report that the officer may see, or None, as if there were none."""
    officer.needs(READ)
    allowed = sa.select(Report.id).where(Report.id == report_id, *_visible(officer))
    return read_row(session, report_id) if session.execute(allowed).first() else None


def mask_name(name: str) -> str:
    """Give a name as its first letters: "N. T. L."."""
    return " ".join(f"{part[0].upper()}." for part in name.split())


def mask_phone(phone: str) -> str:
    """Give a phone number as its last three digits."""
    digits = report_marks.phone_form(phone)
    return f"•••• ••• {digits[-3:]}" if digits else ("•••" if phone else "")


def _visible(officer: Officer) -> list[Any]:
    conditions = [Report.erased_at.is_(None)]
    if officer.accounts is not None:
        conditions.append(Report.account_id.in_(officer.accounts))
    if INSPECT not in officer.permissions:
        conditions.append(Report.group_id != INSPECTED_GROUP)
    if SENSITIVE not in officer.permissions:
        conditions.append(Report.discreet.is_(False))
    return conditions


def _narrowed(wanted: Filter) -> list[Any]:
    conditions = []
    if wanted.states:
        conditions.append(Report.case_state.in_(wanted.states))
    for column, value in (
        (Report.group_id, wanted.group),
        (Report.category, wanted.category),
        (Report.ward_id, wanted.ward),
        (Report.assigned_to, wanted.assigned_to),
    ):
        if value:
            conditions.append(column == value)
    if wanted.emergency is not None:
        conditions.append(Report.emergency.is_(wanted.emergency))
    if wanted.undelivered:
        conditions.append(Report.news_state == "undelivered")
    if wanted.ids is not None:
        conditions.append(Report.id.in_(wanted.ids))
    return conditions


def _line(catalogue: Catalogue, clocks: ReportClocks, row: Any, now: datetime, links: int) -> Row:
    return Row(
        id=row.id,
        code=row.code,
        account_id=row.account_id,
        category=row.category,
        title=title_of(catalogue, row.category),
        group=row.group_id,
        ward=row.ward_id or "",
        state=row.case_state,
        news_state=row.news_state,
        identity=row.identity,
        emergency=row.emergency,
        assigned_to=row.assigned_to or "",
        received_at=row.received_at,
        next_due=clocks.next_due(timed(row, catalogue), now),
        links=links,
    )


def _contact(cipher: Cipher, row: Any) -> Contact | None:
    if row.sealed_contact is None:
        return None
    return Contact(**json.loads(cipher.for_purpose(CONTACT_PURPOSE).open(row.sealed_contact)))


def _reporter(row: Any, contact: Contact | None) -> str:
    if row.identity == ANONYMOUS:
        return ANONYMOUS_ASKED
    if row.identity != NAMED:
        return SECRET_ASKED
    return "Người báo tin để lại tên" if contact and contact.name else "Người báo tin không ghi tên"


def _facts(session: Session, cipher: Cipher, report_id: int) -> tuple[StoredFact, ...]:
    rows = session.execute(
        sa.select(ReportFact.fact_id, ReportFact.sealed_fact)
        .where(ReportFact.report_id == report_id)
        .order_by(ReportFact.id)
    ).all()
    return tuple(StoredFact(row.fact_id, **json.loads(cipher.open(row.sealed_fact))) for row in rows)


def _messages(session: Session, cipher: Cipher, report_id: int) -> tuple[Message, ...]:
    rows = session.execute(
        sa.select(ReportMessage.__table__)
        .where(ReportMessage.report_id == report_id)
        .order_by(ReportMessage.id)
    ).all()
    return tuple(
        Message(
            row.id,
            row.direction,
            row.kind,
            row.author,
            cipher.open(row.sealed_text),
            row.delivery,
            row.answered,
            row.created_at,
        )
        for row in rows
    )


def _evidence(session: Session, cipher: Cipher, row: Any) -> tuple[Evidence, ...]:
    stored = session.execute(
        sa.select(ReportEvidence.__table__)
        .where(ReportEvidence.report_id == row.id)
        .order_by(ReportEvidence.position)
    ).all()
    media_ids = [json.loads(cipher.open(one.sealed_source))[2] for one in stored]
    query = sa.select(MediaItem.__table__).where(MediaItem.id.in_([one for one in media_ids if one]))
    items = {item.id: item for item in session.execute(query)}
    found = []
    for one, media_id in zip(stored, media_ids, strict=True):
        item = items.get(media_id)
        if item is None:
            gone = "máy không nhận được tệp này"
            found.append(Evidence(one.position, "", "missing", None, None, None, one.added_at, gone))
            continue
        at = kept_moment(row.identity, item.created_at)
        found.append(
            Evidence(
                one.position,
                item.kind,
                item.state,
                item.sha256,
                item.size,
                item.mime_type,
                at,
                item.last_error or "",
            )
        )
    return tuple(found)
