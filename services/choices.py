"""What buttons stand for: a tap comes back as a plain sentence, and this finds its exact meaning.

A citizen can type the same sentence; that is welcome, because a command holds nothing that the
sentence does not say. Commands are stored by us and never travel through the platform, so nobody
can make one up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.db.models import OfferedChoice
from services.db.prepared import Prepared, places
from services.text import fold, squeeze


def offer(
    session: Session, account_id: str, citizen_id: str, commands: Mapping[str, dict[str, Any]], now: datetime
) -> None:
    """Remember what each offered sentence means; the newest meaning of a sentence wins."""
    # One row for each: Postgres refuses to change the same one twice in one statement.
    meant = {_digest(say): command for say, command in commands.items()}
    rows = [
        {
            "account_id": account_id,
            "citizen_id": citizen_id,
            "say_digest": digest,
            "command": json.dumps(command, ensure_ascii=False, sort_keys=True),
            "offered_at": now,
        }
        for digest, command in meant.items()
    ]
    if rows:
        _offer.run(session, rows)


def chosen(session: Session, account_id: str, citizen_id: str, text: str) -> dict[str, Any] | None:
    """Give the command behind a sentence that was offered to this citizen, or None."""
    asked = {"account_id": account_id, "citizen_id": citizen_id, "say_digest": _digest(text)}
    row = _command.run(session, asked).scalar()
    return json.loads(row) if row is not None else None


def _digest(say: str) -> str:
    return hashlib.sha256(squeeze(fold(say)).encode("utf-8", "replace")).hexdigest()


_choice = OfferedChoice.__table__
_KEY = ("account_id", "citizen_id", "say_digest")


def _upsert(dialect: Any) -> Any:
    statement = dialect.insert(_choice).values(places(_choice, *_KEY, "command", "offered_at"))
    return statement.on_conflict_do_update(
        index_elements=_KEY,
        set_={"command": statement.excluded.command, "offered_at": statement.excluded.offered_at},
    )


_offer = Prepared(_upsert)
_command = Prepared(
    lambda _: sa.select(_choice.c.command).where(
        *(_choice.c[name] == given for name, given in places(_choice, *_KEY).items())
    )
)
