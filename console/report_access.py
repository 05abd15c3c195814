"""What a member of staff may do with reports, as the services ask for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from console.visit import Visit
from services import report_desk, staff
from services.report_desk import Officer
from services.staff import ALL_UNITS, LEADER, OFFICER, Viewer

_OFFICER = frozenset({report_desk.READ, report_desk.CHANGE, report_desk.NAMES})
_LEADER = _OFFICER | {report_desk.SECRET_NAMES, report_desk.SENSITIVE}


def officer_for(viewer: Viewer, account: str = "") -> Officer:
    """Give the rights of an officer or leader over the reports of their units, or of one of these.

    A complaint about an officer never goes to the unit complained about: only a leader who stands above
    all units sees it.
    """
    everywhere = ALL_UNITS in viewer.units
    permissions = _LEADER if viewer.role == LEADER else _OFFICER
    if viewer.role == LEADER and everywhere:
        permissions |= {report_desk.INSPECT}
    accounts: frozenset[str] | None = None if everywhere else frozenset(viewer.units)
    if account:
        accounts = frozenset({account}) if accounts is None or account in accounts else frozenset()
    return Officer(viewer.user_id, permissions, accounts)


def colleagues(session: Session, viewer: Viewer, report_id: int, now: datetime) -> dict[str, str]:
    """Give to whom a leader may hand a report, by login, with their names: only who may see that report.

    Empty for everybody but a leader.
    """
    if viewer.role != LEADER:
        return {}
    return {
        one.login: one.display_name
        for one in staff.everybody(session)
        if one.role in (OFFICER, LEADER)
        and one.is_open(now)
        and report_desk.visible_row(session, officer_for(one.viewer), report_id) is not None
    }


def own_accounts(visit: Visit) -> dict[str, str]:
    """Give the Official Accounts this viewer may see, by id, with their names."""
    return {id: name for id, name in visit.console.accounts.items() if visit.viewer.sees(id)}
