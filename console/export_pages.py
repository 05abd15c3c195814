"""Xuất dữ liệu: reviewed conversations taken out as a folder, downloaded as one file by whoever made it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from starlette.responses import Response

from console import review_words
from console.conversation_list import day_start
from console.permissions import EXPORTS
from console.report_access import own_accounts
from console.visit import Console, NotThere, Page, Visit
from services import audit, review_export
from services.clock import VIETNAM
from services.review_records import SESSION_STATES, ReviewRefused, SessionFilter

FIELDS = ("tu", "den", "don_vi", "trang_thai")
KEPT = timedelta(days=7)
MOST_SHOWN = 30
COUNTS = {
    "sessions": "hội thoại",
    "messages": "câu",
    "examples": "câu để huấn luyện",
    "stories": "kịch bản",
    "conflicts": "câu bị ghi trái nhau (đã để riêng)",
}
_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Made:
    """One export of this viewer, as the list shows it."""

    name: str
    at: datetime
    counts: dict[str, int]
    filters: dict[str, str]


def exports(visit: Visit) -> Response:
    """Show the form and one's own exports."""
    return _shown(visit)


def make(visit: Visit) -> Response:
    """Make an export; it takes a while for many conversations."""
    asked = {name: visit.sent(name, 64) for name in FIELDS}
    wanted = SessionFilter(
        since=day_start(asked["tu"]),
        until=day_start(asked["den"], after=1),
        account_id=asked["don_vi"],
        state=asked["trang_thai"] if asked["trang_thai"] in SESSION_STATES else "",
    )
    name = f"{visit.now.astimezone(VIETNAM):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    folder = _own_folder(visit) / name
    unfinished = folder.with_name(f".{name}")
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        review_export.export(
            visit.console.database, visit.console.cipher, visit.viewer, wanted, unfinished, visit.now
        )
        unfinished.rename(folder)
    except ReviewRefused as error:
        return _shown(visit, asked, str(error))
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return visit.go("/xuat-du-lieu", "xuat")


def download(visit: Visit) -> Response:
    """Hand out an export as one ZIP file, to whoever made it."""
    name = visit.request.path_params["name"]
    folder = _own_folder(visit) / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        raise NotThere
    with visit.write() as session:
        audit.record(session, visit.actor, "review.downloaded", visit.now, detail=name)
    return Response(
        review_export.zipped(folder),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="an-ninh-{name}.zip"'},
    )


def forget_old(console: Console, now: datetime) -> int:
    """Delete exports that were not fetched in time; give how many."""
    oldest = f"{(now - KEPT).astimezone(VIETNAM):%Y%m%d-%H%M%S}"
    old = [folder for folder in _root(console).glob("*/*") if folder.name.lstrip(".") < oldest]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _shown(visit: Visit, asked: dict[str, str] | None = None, problem: str = "") -> Response:
    return visit.page(
        "exports.html",
        422 if problem else 200,
        asked=asked or {"tu": "", "den": "", "don_vi": "", "trang_thai": "reviewed"},
        problem=problem,
        made=_made(visit),
        counts=COUNTS,
        words=review_words,
        accounts=own_accounts(visit),
        kept=KEPT,
    )


def _made(visit: Visit) -> list[Made]:
    found = []
    names = [path.name for path in _own_folder(visit).glob("*") if _NAME.fullmatch(path.name)]
    for name in sorted(names, reverse=True)[:MOST_SHOWN]:
        try:
            content = json.loads((_own_folder(visit) / name / review_export.MANIFEST).read_text("utf-8"))
        except (OSError, ValueError):
            # Being deleted in this moment.
            continue
        at = datetime.fromisoformat(content["made_at"])
        found.append(Made(name, at, content["counts"], content["filters"]))
    return found


def _own_folder(visit: Visit) -> Path:
    # Sign-in names hold small letters, figures, dots and hyphens, and begin with none of the latter.
    return _root(visit.console) / visit.viewer.user_id


def _root(console: Console) -> Path:
    return console.settings.data_dir / "exports"


PAGES = (
    Page("/xuat-du-lieu", exports, EXPORTS),
    Page("/xuat-du-lieu", make, EXPORTS, posts=True),
    Page("/xuat-du-lieu/{name}", download, EXPORTS),
)
