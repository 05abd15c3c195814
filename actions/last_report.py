"""The report that was sent a moment ago: what comes right after it belongs to it, without typing its codes.

Only while its draft is still kept (an hour), and never for a discreet one: somebody else may hold the
phone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actions.report_turn import categories
from actions.storage import Citizen, Storage
from services import report_access, report_drafts, reports
from services.report_access import Found
from services.report_draft import from_json
from services.report_handing_over import submission_of


def pass_to_last(session: Any, store: Storage, citizen: Citizen, now: datetime) -> Found | None:
    """Give the pass to the citizen's report of the last hour, None when there is none."""
    stored = report_drafts.load(session, store.cipher, citizen.account_id, citizen.citizen_id, now)
    if stored is None or not stored.submitted:
        return None
    draft = from_json(stored.body)
    submission = submission_of(
        draft, citizen.account_id, citizen.citizen_id, categories(), draft.questionnaire
    )
    if submission.discreet:
        return None
    # The same draft gives the code and the secret that it has; nothing is stored again.
    receipt = reports.submit(session, store.cipher, submission, now)
    found = report_access.look_up(
        session,
        store.cipher,
        citizen.account_id,
        citizen.citizen_id,
        receipt.code,
        receipt.secret,
        now,
    )
    return found if isinstance(found, Found) else None
