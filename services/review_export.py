"""Takes reviewed conversations out as a folder that Rasa X's users know; everything in it is masked.

`nlu.yml` holds the accepted and corrected sentences, `stories.yml` and `test_stories.yml` the sessions as
far as they went right, `conversations.html` is to read or print, `review.csv` and `.xlsx` are for the
office's own file, `manifest.json` says what was taken by which filter, with checksums.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services import audit, plots, review_page, review_sheets, review_yaml
from services.clock import VIETNAM
from services.db.engine import Database
from services.db.review_tables import ReviewMessage, ReviewSession
from services.review_access import may_export, visible
from services.review_domain import DomainNames, load_names
from services.review_figures import figures
from services.review_index import bring_all
from services.review_records import Replay, ReviewRefused, SessionFilter, Span
from services.review_replay import events_of, replay_of
from services.review_stories import Step, story_of
from services.review_texts import Body, open_body, open_spans
from services.review_yaml import Example
from services.reviews import session_conditions, session_row, tags_of
from services.secrets import Cipher
from services.staff import Viewer
from services.text import fold, squeeze

NLU, STORIES, TESTS, PAGE, CSV, XLSX, MANIFEST = (
    "nlu.yml", "stories.yml", "test_stories.yml", "conversations.html", "review.csv", "review.xlsx",
    "manifest.json",
)  # fmt: skip
FORMAT = 1
# More sessions than this make a page that no browser likes; the table and the training files hold all.
MOST_ON_PAGE = 500
_STATES = {"open": "chưa xem", "accepted": "đúng", "corrected": "đã sửa", "rejected": "bỏ qua"}
_SESSION_STATES = {
    "new": "mới", "in_review": "đang xem", "reviewed": "đã xem", "flagged": "cần chú ý", "later": "để sau",
}  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """What an export holds: when and by whom, by which filter, how much of what, and the files' SHA-256."""

    made_at: str
    made_by: str
    filters: dict[str, Any]
    counts: dict[str, int]
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


@dataclass
class _Taken:
    """What is gathered from the sessions before it is written."""

    sessions: int = 0
    messages: int = 0
    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_STATES, 0))
    unknown_intents: int = 0
    examples: list[Example] = field(default_factory=list)
    told: dict[str, tuple[str, tuple[Step, ...]]] = field(default_factory=dict)
    meant: dict[str, tuple[str, tuple[Step, ...]]] = field(default_factory=dict)
    replays: list[Replay] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)


def export(
    database: Database,
    cipher: Cipher,
    viewer: Viewer | None,
    wanted: SessionFilter,
    folder: Path,
    now: datetime,
) -> Manifest:
    """Bring the index up to date and write the folder; without a viewer (command line) for all units.

    The folder must be new or empty. Raises ReviewRefused, also for a role that may not export.
    """
    if viewer is not None:
        may_export(viewer)
    if folder.exists() and any(folder.iterdir()):
        raise ReviewRefused("Thư mục xuất phải chưa có gì bên trong.")
    bring_all(database, cipher, now)
    names = load_names()
    with database.transaction(read_only=True) as session:
        taken = _gather(session, cipher, viewer, wanted, names)
        drawn = figures(session, cipher, viewer, wanted.since, wanted.until, wanted.account_id)
    examples, conflicts = without_conflicts(taken.examples)
    files: dict[str, bytes] = {
        NLU: review_yaml.nlu_document(examples).encode("utf-8"),
        STORIES: review_yaml.story_document(taken.meant.values()).encode("utf-8"),
        TESTS: review_yaml.story_document(taken.told.values()).encode("utf-8"),
        PAGE: review_page.conversations_page(taken.replays, plots.pictures(drawn), now).encode("utf-8"),
        CSV: review_sheets.as_csv(taken.rows),
        XLSX: review_sheets.as_xlsx(taken.rows),
        **{
            f"figures/{place}.png": picture
            for place, (_, picture) in enumerate(plots.pictures(drawn, "png"), 1)
        },
    }
    manifest = Manifest(
        made_at=now.isoformat(),
        made_by=viewer.user_id if viewer is not None else audit.SYSTEM,
        filters={key: str(value) for key, value in asdict(wanted).items() if value not in (None, "")},
        counts={
            "sessions": taken.sessions,
            "messages": taken.messages,
            **taken.states,
            "examples": len(examples),
            "conflicts": len(conflicts),
            "unknown_intents": taken.unknown_intents,
            "stories": len(taken.meant),
            "test_stories": len(taken.told),
            "sessions_on_page": len(taken.replays),
        },
        conflicts=conflicts,
        files={name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    )
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    told = json.dumps(asdict(manifest), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(told + "\n", encoding="utf-8")
    with database.transaction() as session:
        actor = audit.officer(viewer.user_id) if viewer is not None else audit.SYSTEM
        detail = f"{taken.sessions} sessions, {taken.messages} messages"
        audit.record(session, actor, "review.exported", now, detail=detail)
    return manifest


def zipped(folder: Path) -> bytes:
    """Give an exported folder as one ZIP file, to be downloaded."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(folder).as_posix())
    return written.getvalue()


def read_manifest(folder: Path, checked: bool = True) -> Manifest:
    """Read an export's manifest and, if checked, hold the files against it. Raises ValueError."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**content)
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{MANIFEST}: not the manifest of an export") from error
    for name, digest in manifest.files.items() if checked else ():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise ValueError(f"{name}: missing, or changed since it was exported")
    return manifest


def without_conflicts(examples: Sequence[Example]) -> tuple[list[Example], list[dict[str, Any]]]:
    """Leave out sentences that staff gave different intents; tell which. Equal sentences count once."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(squeeze(fold(example.text)), []).append(example)
    kept: list[Example] = []
    conflicts = []
    for group in groups.values():
        intents = sorted({example.intent for example in group})
        if len(intents) > 1:
            conflicts.append({"text": group[0].text, "intents": intents})
        else:
            kept += dict.fromkeys(group)
    return kept, conflicts


def _gather(
    session: Session, cipher: Cipher, viewer: Viewer | None, wanted: SessionFilter, names: DomainNames
) -> _Taken:
    conditions = session_conditions(wanted)
    if viewer is not None:
        conditions.append(visible(viewer, ReviewSession.account_id))
    taken = _Taken()
    sessions = (
        session.execute(
            sa.select(ReviewSession).where(*conditions).order_by(ReviewSession.started_at, ReviewSession.id)
        )
        .scalars()
        .all()
    )
    tags: dict[int, tuple[str, ...]] = {}
    for at in range(0, len(sessions), 500):
        tags.update(tags_of(session, [row.id for row in sessions[at : at + 500]]))
    for kept in sessions:
        messages = session.execute(
            sa.select(ReviewMessage.__table__)
            .where(ReviewMessage.session_id == kept.id)
            .order_by(ReviewMessage.event_id)
        ).all()
        taken.sessions += 1
        for message in messages:
            _take(taken, cipher, kept, message, tags.get(kept.id, ()), names)
        story = story_of(cipher, events_of(session, kept), {row.event_id: row for row in messages}, names)
        if story.told:
            # Two sessions that went the same way are one story.
            name = f"phiên {kept.id}"
            taken.told.setdefault(repr(story.told), (name, story.told))
            taken.meant.setdefault(repr(story.meant), (name, story.meant))
        if len(taken.replays) < MOST_ON_PAGE:
            row = session_row(cipher, kept, tags.get(kept.id, ()))
            taken.replays.append(replay_of(session, cipher, kept, row))
    return taken


def _take(
    taken: _Taken, cipher: Cipher, kept: Any, message: Any, tags: tuple[str, ...], names: DomainNames
) -> None:
    body = open_body(cipher, message.sealed_body)
    spans = open_spans(cipher, message.sealed_spans) if message.sealed_spans else _spans(body)
    meant = message.corrected_intent or message.intent
    taken.messages += 1
    taken.states[message.state] += 1
    judged = message.state in ("accepted", "corrected")
    if judged and message.typed:
        if meant in names.intents:
            known = tuple(span for span in spans if span.entity in names.entities)
            taken.examples.append(Example(body.text, meant, known))
        else:
            taken.unknown_intents += 1
    marked = [f"{span.entity}: {body.text[span.start : span.end]}" for span in spans]
    taken.rows.append(
        (
            kept.id,
            kept.account_id,
            _local(message.at),
            body.text,
            message.intent,
            round(message.confidence, 3) if message.confidence is not None else "",
            meant if judged else "",
            "; ".join(marked) if judged else "",
            _STATES[message.state],
            message.decided_by,
            _local(message.decided_at) if message.decided_at is not None else "",
            _SESSION_STATES[kept.state],
            ", ".join(tags),
        )
    )


def _spans(body: Body) -> tuple[Span, ...]:
    """Give the entities as found; for a value that is no text (a time, a sum) its words stand."""
    return tuple(
        Span(e.start, e.end, e.entity, e.value if isinstance(e.value, str) else "", e.role)
        for e in body.entities
    )


def _local(moment: datetime) -> str:
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")
