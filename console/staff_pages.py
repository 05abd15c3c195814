"""Nhân sự: accounts, roles and units, for the administrator."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from console import wording
from console.permissions import STAFF
from console.visit import NotThere, Page, Visit
from services import staff
from services.staff import ALL_UNITS, StaffMember


@dataclass(frozen=True)
class Given:
    """What was typed into the form, to show it again beside what is wrong with it."""

    login: str = ""
    display_name: str = ""
    role: str = "officer"
    units: tuple[str, ...] = ()


def everybody(visit: Visit) -> Response:
    """List the accounts."""
    with visit.read() as session:
        people = staff.everybody(session)
    return visit.page("staff.html", people=people, units=visit.console.accounts)


def new_form(visit: Visit) -> Response:
    """Show the form for a new account."""
    return _form(visit, Given(), None)


def add(visit: Visit) -> Response:
    """Make an account and show its first password, once."""
    given = _given(visit)
    try:
        with visit.write() as session:
            password = staff.add(
                session,
                visit.console.passwords,
                visit.actor,
                given.login,
                given.display_name,
                given.role,
                given.units,
                visit.now,
            )
    except staff.StaffError as error:
        return _form(visit, given, None, str(error))
    return visit.page("staff_password.html", login=given.login.lower(), password=password, fresh=True)


def edit_form(visit: Visit) -> Response:
    """Show an account."""
    person = _person(visit)
    return _form(visit, Given(person.login, person.display_name, person.role, person.units), person)


def change(visit: Visit) -> Response:
    """Store changes of an account."""
    person, given = _person(visit), _given(visit)
    try:
        with visit.write() as session:
            staff.change(
                session, visit.actor, person.login, given.display_name, given.role, given.units, visit.now
            )
    except staff.StaffError as error:
        return _form(visit, given, person, str(error))
    return visit.go("/nhan-su", "nhan-su")


def reset(visit: Visit) -> Response:
    """Give a new first password and show it, once."""
    person = _person(visit)
    with visit.write() as session:
        password = staff.reset_password(
            session, visit.console.cipher, visit.console.passwords, visit.actor, person.login, visit.now
        )
    return visit.page("staff_password.html", login=person.login, password=password, fresh=False)


def close(visit: Visit) -> Response:
    """End an account at once."""
    person = _person(visit)
    try:
        with visit.write() as session:
            staff.close(session, visit.actor, person.login, visit.now)
    except staff.StaffError as error:
        return _form(
            visit, Given(person.login, person.display_name, person.role, person.units), person, str(error)
        )
    return visit.go("/nhan-su", "khoa")


def reopen(visit: Visit) -> Response:
    """Let a closed account be used again."""
    person = _person(visit)
    with visit.write() as session:
        staff.reopen(session, visit.actor, person.login, visit.now)
    return visit.go("/nhan-su", "mo")


def _given(visit: Visit) -> Given:
    units = visit.sent_all("units")
    return Given(
        login=visit.sent("login", 64),
        display_name=visit.sent("display_name", 200),
        role=visit.sent("role", 32),
        units=(ALL_UNITS,) if ALL_UNITS in units else tuple(dict.fromkeys(units)),
    )


def _person(visit: Visit) -> StaffMember:
    with visit.read() as session:
        person = staff.find(session, visit.request.path_params["login"])
    if person is None:
        raise NotThere
    return person


def _form(visit: Visit, given: Given, person: StaffMember | None, problem: str = "") -> Response:
    return visit.page(
        "staff_form.html",
        422 if problem else 200,
        given=given,
        member=person,
        roles=tuple(wording.ROLES),
        units=visit.console.accounts,
        all_units=ALL_UNITS,
        problem=problem,
    )


PAGES = (
    Page("/nhan-su", everybody, STAFF),
    Page("/nhan-su/them", new_form, STAFF),
    Page("/nhan-su/them", add, STAFF, posts=True),
    Page("/nhan-su/sua/{login}", edit_form, STAFF),
    Page("/nhan-su/sua/{login}", change, STAFF, posts=True),
    Page("/nhan-su/sua/{login}/mat-khau", reset, STAFF, posts=True),
    Page("/nhan-su/sua/{login}/khoa", close, STAFF, posts=True),
    Page("/nhan-su/sua/{login}/mo", reopen, STAFF, posts=True),
)
