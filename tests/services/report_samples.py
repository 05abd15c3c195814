"""Reports for tests: invented people, invented places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from services.report_submission import EvidenceRef, Submission

OA, LAN, BAY = "9990001112223334445", "5550001112223334441", "5550001112223334442"
STORY = "Tối qua nhà tôi ở hẻm 12 bị trộm dắt mất chiếc xe máy"
AT_NINE = datetime(2026, 11, 20, 14, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Stated:
    """A fact as the understanding gives it."""

    said: str
    value: Any = None
    doubt: str = ""


def theft(**changes: Any) -> Submission:
    """A whole report of a theft by a citizen who gives her name."""
    fields: dict[str, Any] = {
        "account_id": OA,
        "citizen_id": LAN,
        "draft_id": "draft-1",
        "category": "trom_cap",
        "group": "toi_pham",
        "unit": "ca-phuong-tan-phu",
        "story": STORY,
        "facts": {
            "thoi_gian": Stated("tối qua", {"start": "2026-11-20T21:00:00+07:00"}),
            "dia_diem": Stated("hẻm 12 Lũy Bán Bích", {"duong": "Lũy Bán Bích", "hem": "12"}),
            "bien_so": Stated("59x1 12345", "59X1-123.45", "no_such_plate"),
        },
        "occurred_from": AT_NINE,
        "occurred_to": AT_NINE,
        "place": "hẻm 12 Lũy Bán Bích",
        "latitude": 10.7769,
        "longitude": 106.6361,
        "ward": "tan-phu",
        "plates": ("59X1-123.45",),
        "phones": ("0987 654 321",),
        "amount": 30_000_000,
        "name": "Nguyễn Thị Lan",
        "phone": "0912.345.678",
        "address": "34/5 Lũy Bán Bích",
        "evidence": (EvidenceRef("m1", 0), EvidenceRef("m1", 1)),
        "questionnaire_version": "2026-11-21",
    }
    return Submission(**{**fields, **changes})
