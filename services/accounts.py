"""The Official Accounts of one deployment: who each of them is, and which officers to tell.

One account comes from the settings. Several (a district with its wards) come from a YAML file that
`ZALO_ACCOUNTS` names; secrets are never in it, only the names of environment variables.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from services.errors import SettingsError
from services.settings import ROOT, Settings


@dataclass(frozen=True)
class Account:
    """One Official Account. `duty` is a sentence on duty hours, or empty when nobody checked it.

    `unit` is the id of its unit in the directory; empty: the directory is asked for its name.
    """

    id: str
    name: str
    greeting: str = ""
    duty: str = ""
    duty_officers: tuple[str, ...] = ()
    access_token: str = ""
    refresh_token: str = ""
    unit: str = ""

    def __repr__(self) -> str:
        return f"Account({self.id!r})"


_FIELDS = {"id", "name", "greeting", "duty", "duty_officers", "unit", "access_token_env", "refresh_token_env"}


def load_accounts(settings: Settings, environ: Mapping[str, str] | None = None) -> dict[str, Account]:
    """Give the accounts by id. Raises SettingsError that lists everything wrong in the file."""
    environ = os.environ if environ is None else environ
    if not settings.zalo_accounts:
        return {
            settings.zalo_oa_id: Account(
                id=settings.zalo_oa_id,
                name=settings.zalo_oa_name,
                access_token=settings.zalo_access_token,
                refresh_token=settings.zalo_refresh_token,
            )
        }
    path = Path(settings.zalo_accounts)
    path = path if path.is_absolute() else ROOT / path
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"ZALO_ACCOUNTS: {path.name} cannot be read: {type(error).__name__}") from error
    problems: list[str] = []
    accounts: dict[str, Account] = {}
    if not isinstance(entries, list) or not entries:
        raise SettingsError(f"ZALO_ACCOUNTS: {path.name} must be a list of accounts")
    for number, entry in enumerate(entries, start=1):
        account = _account(entry, number, environ, problems)
        if account is not None and account.id in accounts:
            problems.append(f"entry {number}: the id stands there twice")
        elif account is not None:
            accounts[account.id] = account
    if problems:
        lines = "\n".join(f"  - {line}" for line in problems)
        raise SettingsError(f"ZALO_ACCOUNTS: {path.name} is wrong:\n{lines}")
    return accounts


def _account(entry: object, number: int, environ: Mapping[str, str], problems: list[str]) -> Account | None:
    if not isinstance(entry, dict):
        problems.append(f"entry {number}: not a mapping")
        return None
    for name in sorted(set(entry) - _FIELDS):
        problems.append(f"entry {number}: unknown field {name!r}")
    account_id, name = str(entry.get("id") or ""), str(entry.get("name") or "")
    if not account_id.isdigit() or not name:
        problems.append(f"entry {number}: needs an id of digits and a name")
        return None
    officers = entry.get("duty_officers") or []
    if not isinstance(officers, list):
        problems.append(f"entry {number}: duty_officers must be a list of Zalo user ids")
        officers = []
    return Account(
        id=account_id,
        name=name,
        greeting=str(entry.get("greeting") or ""),
        duty=str(entry.get("duty") or ""),
        duty_officers=tuple(str(item) for item in officers),
        unit=str(entry.get("unit") or ""),
        access_token=environ.get(str(entry.get("access_token_env") or ""), ""),
        refresh_token=environ.get(str(entry.get("refresh_token_env") or ""), ""),
    )
