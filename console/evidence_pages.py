"""What citizens sent, shown safely: only to who may see the report, as what its bytes are, never run.

Pictures and clips of the kinds a browser shows by itself are shown; everything else is handed out as
a download that opens nothing. Names are ours, never the sender's.
"""

from __future__ import annotations

from starlette.responses import Response

from console.permissions import REPORTS
from console.report_access import officer_for
from console.visit import NotThere, Page, Visit
from services import report_desk
from services.evidence_store import EvidenceLost, EvidenceStore
from services.file_types import EXTENSIONS, UNKNOWN

SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm"})
LOST = "Tệp này đã mất hoặc bị thay đổi trên máy chủ, không dùng làm bằng chứng được. Xin báo người quản trị."
# Nothing inside a picture may run, whatever a browser takes it for.
POLICY = "default-src 'none'; sandbox"


def evidence(visit: Visit) -> Response:
    """Hand out one thing that was sent with a report, and note who looked at it."""
    report_id, position = (visit.request.path_params[name] for name in ("report_id", "position"))
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in (report_id, position)):
        raise NotThere
    with visit.write() as session:
        found = report_desk.open_evidence(
            session, visit.console.cipher, officer_for(visit.viewer), int(report_id), int(position), visit.now
        )
    if found is None or found.sha256 is None:
        raise NotThere
    try:
        data = EvidenceStore(visit.console.settings.data_dir).read(found.sha256)
    except EvidenceLost:
        return visit.page("error.html", 410, title="Tệp bị mất", text=LOST)
    kind = found.mime_type or UNKNOWN
    name = f"tin-{report_id}-bang-chung-{position}.{EXTENSIONS.get(kind, 'bin')}"
    wanted = visit.asked("tai") == "1"
    shown = kind in SHOWN and not wanted
    return Response(
        data,
        media_type=kind if shown else UNKNOWN,
        headers={
            "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
            "Content-Security-Policy": POLICY,
        },
    )


PAGES = (Page("/tin-bao/{report_id}/bang-chung/{position}", evidence, REPORTS),)
