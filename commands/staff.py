"""Accounts of the console from a terminal: the first administrator, a lost password, who is there.

`python -m commands.staff first-admin`, `reset`, `list`. Nobody has to be signed in for it: who runs
commands on the machine holds the database anyway. Each of them is in the audit trail as "system".
"""

from __future__ import annotations

from datetime import datetime, timedelta

import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.table import Table

from services import audit, staff
from services.clock import VIETNAM, utc_now
from services.db import Database, open_database
from services.db.migrate import upgrade
from services.errors import SettingsError
from services.passwords import Passwords, readable
from services.secrets import Cipher, cipher_for
from services.settings import ROOT, Settings, load_settings
from services.staff import ADMIN, ALL_UNITS, LEADER, OFFICER, TRAINER, StaffError

app = typer.Typer(add_completion=False, help=__doc__)
console = Console()

TRIAL_TIME = timedelta(days=1)
TRIAL = {
    "thu-canbo": (OFFICER, "Cán bộ chạy thử"),
    "thu-huanluyen": (TRAINER, "Người huấn luyện chạy thử"),
    "thu-lanhdao": (LEADER, "Lãnh đạo chạy thử"),
    "thu-quantri": (ADMIN, "Quản trị chạy thử"),
}


@app.command()
def first_admin(
    login: str = typer.Argument(help="sign-in name: small letters without marks, figures, dots, hyphens"),
    name: str = typer.Option(..., help="full name"),
) -> None:
    """Make an administrator and print the first password, which has to be changed at the first sign-in."""
    database, _ = _open()
    with _told_plainly(), database.transaction() as session:
        password = staff.add(session, Passwords(), audit.SYSTEM, login, name, ADMIN, (ALL_UNITS,), utc_now())
    _show_password(login, password)


@app.command()
def reset(login: str) -> None:
    """Give a new first password, forget the phone's codes and wrong tries, sign out everywhere."""
    database, cipher = _open()
    with _told_plainly(), database.transaction() as session:
        password = staff.reset_password(session, cipher, Passwords(), audit.SYSTEM, login, utc_now())
    _show_password(login, password)


@app.command(name="list")
def list_accounts() -> None:
    """List the accounts with role, units, and when they were last used."""
    database, _ = _open()
    with database.transaction(read_only=True) as session:
        people = staff.everybody(session)
    table = Table("sign-in name", "name", "role", "units", "phone code", "last signed in", "open")
    now = utc_now()
    for one in people:
        last = one.last_signed_in_at
        table.add_row(
            one.login,
            one.display_name,
            one.role,
            ", ".join(one.units),
            "on" if one.has_totp else "off",
            last.astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M") if last else "never",
            "yes" if one.is_open(now) else "closed",
        )
    console.print(table)


def make_trial_accounts(settings: Settings, now: datetime) -> str:
    """Make one account per role for a local trial, all with one fresh password; give that password.

    They end by themselves after a day. Those of an earlier trial are opened again with the new password.
    """
    database, password, passwords = open_database(settings.database_url), readable(), Passwords()
    for login, (role, name) in TRIAL.items():
        with database.transaction() as session:
            staff.set_trial_account(session, passwords, login, name, role, password, now, now + TRIAL_TIME)
    return password


def close_trial_accounts(settings: Settings, now: datetime) -> int:
    """Close the trial's accounts, where this database ever had them; give how many were open."""
    closed = 0
    with open_database(settings.database_url).transaction() as session:
        for login in TRIAL:
            person = staff.find(session, login)
            if person is not None and person.is_open(now):
                staff.end_trial_account(session, login, now)
                closed += 1
    return closed


def _open() -> tuple[Database, Cipher]:
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
    except SettingsError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    database = open_database(settings.database_url)
    upgrade(database)
    return database, cipher_for(settings)


class _told_plainly:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, StaffError):
            console.print(str(error), style="red", markup=False)
            raise typer.Exit(1)


def _show_password(login: str, password: str) -> None:
    console.print(f"sign-in name:   {login}", markup=False)
    console.print(f"first password: {password}", markup=False)
    console.print("It is shown once and has to be changed at the first sign-in.", style="dim")


if __name__ == "__main__":
    app()
