"""The database that actions write to, and who the citizen of a conversation is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rasa_sdk import Tracker

from services.accounts import Account, load_accounts
from services.db import Database, open_database
from services.secrets import Cipher, cipher_for
from services.settings import load_settings


@dataclass(frozen=True)
class Storage:
    """What an action needs to store something."""

    database: Database
    cipher: Cipher
    accounts: dict[str, Account]


@dataclass(frozen=True)
class Citizen:
    """Who wrote, on which Official Account; None of it is shown to anybody."""

    account_id: str
    citizen_id: str


@lru_cache(maxsize=1)
def storage() -> Storage:
    """Open what the settings name, once per process."""
    settings = load_settings()
    return Storage(open_database(settings.database_url), cipher_for(settings), load_accounts(settings))


def citizen_of(tracker: Tracker) -> Citizen | None:
    """Give the citizen of the last message; None in a terminal or over another channel."""
    metadata = tracker.latest_message.get("metadata") or {}
    account_id, citizen_id = metadata.get("oa_id"), metadata.get("user_id")
    if not account_id or not citizen_id:
        return None
    return Citizen(str(account_id), str(citizen_id))


def account_of(tracker: Tracker) -> Account | None:
    """Give the Official Account that the citizen wrote to, if it is one of ours."""
    citizen = citizen_of(tracker)
    return storage().accounts.get(citizen.account_id) if citizen else None
