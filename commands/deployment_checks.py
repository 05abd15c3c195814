"""What is checked of a deployment, one function for each matter: facts in, findings out.

Nothing here reads the environment or the network: whoever calls hands in what was found (see
commands.doctor). Each finding says what is wrong in plain words, and what to do about it.
"""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from services.accounts import Account
from services.evidence_store import KEEP_FREE_BYTES
from services.health import Health, TokenHealth
from services.settings import DEFAULTS, Settings

OK, WARNING, ERROR = "ok", "warning", "error"

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Zalo's events are refused when they come from more than ten minutes in the future.
SKEW_ERROR = timedelta(minutes=5)
# The sender compares Zalo's clock with ours when it looks for a message, with five seconds to spare.
SKEW_WARNING = timedelta(seconds=5)
LITTLE_ROOM = 5 * 1024**3
OLDEST_SECONDS = 300.0
TOKEN_SOON = timedelta(hours=4)
RETENTION_EVERY = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One matter: how it is, what was found, and what to do (empty when nothing is to be done)."""

    level: str
    matter: str
    found: str
    todo: str = ""


def check_settings(settings: Settings) -> list[Finding]:
    """Look at settings that are valid each, and wrong for a deployment that citizens use."""
    found: list[Finding] = []

    def wrong(text: str, todo: str, level: str = ERROR) -> None:
        found.append(Finding(level, "settings", text, todo))

    for name, value in (
        ("ZALO_APP_SECRET", settings.zalo_app_secret),
        ("ZALO_OA_SECRET_KEY", settings.zalo_oa_secret_key),
    ):
        if not value:
            wrong(f"{name} is not set", "copy it from developers.zalo.me into .env (docs/zalo.md)")
    if settings.zalo_app_secret and settings.zalo_app_secret == settings.zalo_oa_secret_key:
        wrong(
            "ZALO_APP_SECRET and ZALO_OA_SECRET_KEY are the same",
            "the OA Secret Key stands on the app's Webhook page; it is not the App Secret",
        )
    if settings.zalo_app_id == DEFAULTS["ZALO_APP_ID"]:
        wrong("ZALO_APP_ID is the example's", "set the id of your app on developers.zalo.me")
    if not settings.zalo_accounts and settings.zalo_oa_id == DEFAULTS["ZALO_OA_ID"]:
        wrong("ZALO_OA_ID is the example's", "set the id of your Official Account")
    if settings.answer_as_of is not None:
        wrong(
            f"citizens are answered as of {settings.answer_as_of}, not as of today",
            "take ANSWER_AS_OF out of the environment: it is for rehearsals",
        )
    for name, value in (
        ("ZALO_OPENAPI_URL", settings.zalo_openapi_url),
        ("ZALO_OAUTH_URL", settings.zalo_oauth_url),
    ):
        if urlsplit(value).scheme != "https":
            wrong(f"{name} is not https", f"unset it: Zalo's own address is {DEFAULTS[name]}")
    if settings.media_base_url:
        wrong(
            "MEDIA_BASE_URL lets files be fetched from another address than Zalo's",
            "unset it: it is for the local Zalo only",
        )
    if settings.log_level == "DEBUG":
        wrong(
            "LOG_LEVEL is DEBUG",
            "set it to INFO: logs grow fast, and Rasa's own say more than they should",
            WARNING,
        )
    if settings.console_host not in LOOPBACK and not settings.console_url.startswith("https://"):
        wrong(
            f"the console listens on {settings.console_host} without HTTPS: passwords travel in the clear",
            "put it behind the reverse proxy and set CONSOLE_URL=https://…",
        )
    return found or [Finding(OK, "settings", "complete")]


def check_ports(settings: Settings) -> list[Finding]:
    """Find two processes that would listen on one port."""
    users: dict[int, list[str]] = defaultdict(list)
    for name, port in (
        ("RASA_PORT", settings.rasa_port),
        ("ACTIONS_PORT", settings.actions_port),
        ("SIMULATOR_PORT", settings.simulator_port),
        ("CONSOLE_PORT", settings.console_port),
        ("OPERATIONS_PORT", settings.operations_port),
    ):
        users[port].append(name)
    found = [
        Finding(
            ERROR, "ports", f"{' and '.join(names)} are both {port}", "give each process a port of its own"
        )
        for port, names in sorted(users.items())
        if len(names) > 1
    ]
    return found or [Finding(OK, "ports", "all different")]


def check_keys(settings: Settings, key_file: Path) -> list[Finding]:
    """Look after the keys, without which nothing that citizens wrote can be read again."""
    if settings.data_keys:
        return [Finding(OK, "keys", f"{len(settings.data_keys)} in DATA_KEYS")]
    if not key_file.exists():
        return [
            Finding(
                WARNING,
                "keys",
                "DATA_KEYS is not set and there is no key file yet: one is made at the first start",
                "set DATA_KEYS from your secret store, or copy the key file away after the first start",
            )
        ]
    mode = stat.S_IMODE(key_file.stat().st_mode)
    if mode & 0o077:
        return [
            Finding(
                ERROR,
                "keys",
                f"others than its owner may read the key file (mode {mode:04o})",
                f"chmod 600 {key_file.name} in DATA_DIR; if it may have been read, rotate the key",
            )
        ]
    return [Finding(OK, "keys", "a key file for its owner only; keep a copy elsewhere")]


def check_database(problem: str, is_postgres: bool) -> list[Finding]:
    """Say what is wrong with the database."""
    kind = "Postgres" if is_postgres else "SQLite"
    if not problem:
        return [Finding(OK, "database", f"{kind}, newest schema")]
    if "migrations" in problem:
        todo = "start Rasa once: it brings the schema up by itself; an older program must not run beside it"
    elif is_postgres:
        todo = "look at DATABASE_URL (host, port, name, password), and whether the server runs and lets us in"
    else:
        todo = "look at DATABASE_URL, and whether the folder is writable and the disk has room"
    return [Finding(ERROR, "database", problem, todo)]


def check_clock(name: str, ours: datetime, theirs: datetime | None) -> list[Finding]:
    """Compare our clock with somebody's; None when theirs could not be read."""
    if theirs is None:
        return [
            Finding(WARNING, "clock", f"{name} could not be asked for the time", "see the other findings")
        ]
    skew = abs(ours - theirs)
    if skew <= SKEW_WARNING:
        return [Finding(OK, "clock", f"within {SKEW_WARNING.seconds} s of {name}")]
    ahead = "ahead of" if ours > theirs else "behind"
    return [
        Finding(
            ERROR if skew > SKEW_ERROR else WARNING,
            "clock",
            f"this machine is {skew.total_seconds():.0f} s {ahead} {name}",
            "switch time synchronisation on (timedatectl set-ntp true): events with a wrong time are refused",
        )
    ]


def check_disk(free: int, total: int) -> list[Finding]:
    """Look at the room for the database, for pictures and for the spool; bytes."""
    told = f"{free / 1024**3:.1f} of {total / 1024**3:.0f} GB free in DATA_DIR"
    if free < KEEP_FREE_BYTES:
        return [
            Finding(ERROR, "disk", told, "make room now: pictures are not kept any more, soon nothing is")
        ]
    if free < LITTLE_ROOM:
        return [
            Finding(WARNING, "disk", told, "make room: old backups, logs; look at the growth of evidence/")
        ]
    return [Finding(OK, "disk", told)]


def check_evidence(problem: str, unreadable: int, waiting: int) -> list[Finding]:
    """Look at the folders of pictures and of what the database did not take."""
    found = []
    if problem:
        found.append(
            Finding(
                ERROR,
                "evidence",
                f"pictures and files of citizens cannot be written: {problem}",
                "give the user of the processes the right to write in DATA_DIR/evidence",
            )
        )
    if unreadable:
        found.append(
            Finding(
                ERROR,
                "spool",
                f"{unreadable} events in DATA_DIR/spool cannot be read with the present keys",
                "put the former key back into DATA_KEYS, behind the new one; rename them to *.sealed",
            )
        )
    if waiting:
        found.append(
            Finding(
                WARNING,
                "spool",
                f"{waiting} events wait in DATA_DIR/spool for the database",
                "they are stored by themselves once Rasa runs and the database answers",
            )
        )
    return found or [Finding(OK, "evidence", "writable, nothing waits")]


def check_tokens(accounts: Mapping[str, Account], tokens: Iterable[TokenHealth]) -> list[Finding]:
    """Look at the authorisation of each account."""
    known = {token.account_id: token for token in tokens}
    found = []
    for account in accounts.values():
        token = known.get(account.id)
        who = f"{account.name} ({account.id})"
        login = "scripts/zalo login"
        if token is None:
            seeded = bool(account.access_token and account.refresh_token)
            if seeded:
                found.append(Finding(OK, "token", f"{who}: the first pair is in the environment"))
            else:
                found.append(
                    Finding(ERROR, "token", f"{who} was never authorised: nobody is answered", login)
                )
        elif token.broken:
            found.append(Finding(ERROR, "token", f"{who}: Zalo refused to renew it", login))
        elif token.seconds_left <= 0:
            found.append(
                Finding(
                    ERROR,
                    "token",
                    f"{who}: it ended {-token.seconds_left / 3600:.0f} hours ago",
                    f"start Rasa, which renews it; if that fails: {login}",
                )
            )
        elif token.seconds_left < TOKEN_SOON.total_seconds():
            found.append(
                Finding(
                    WARNING,
                    "token",
                    f"{who}: {token.seconds_left / 3600:.1f} hours left, it should have been renewed",
                    "look for zalo.token.renewal.failed in Rasa's log",
                )
            )
        else:
            found.append(Finding(OK, "token", f"{who}: {token.seconds_left / 3600:.0f} hours left"))
    return found


def check_duty(accounts: Mapping[str, Account]) -> list[Finding]:
    """See that somebody is told when a citizen asks for an officer."""
    silent = [account.name for account in accounts.values() if not account.duty_officers]
    if not silent:
        return [Finding(OK, "duty officers", "named for every account")]
    return [
        Finding(
            WARNING,
            "duty officers",
            f"nobody is told when a citizen of {', '.join(silent)} asks for an officer",
            "list duty_officers in the file of ZALO_ACCOUNTS (docs/zalo.md)",
        )
    ]


def check_content(problems: Iterable[str], overdue: Iterable[tuple[date, str]]) -> list[Finding]:
    """Look at what citizens are told: files that are wrong, facts that should have been checked again."""
    found = [
        Finding(ERROR, "content", problem, "correct the file; make check-content") for problem in problems
    ]
    late = sorted(overdue)
    if late:
        names = ", ".join(name for _, name in late[:5]) + (" …" if len(late) > 5 else "")
        found.append(
            Finding(
                WARNING,
                "content",
                f"{len(late)} files are past their review_by ({names}): citizens are told to ask again",
                "make content-report; check each against its source, then move verified_on and review_by",
            )
        )
    return found or [Finding(OK, "content", "valid and within its dates")]


def check_model(path: Path, problem: str | None) -> list[Finding]:
    """See that the model of the present data is there and loads; None when loading was not tried."""
    if not path.exists():
        return [
            Finding(
                ERROR,
                "model",
                f"{path.name} is missing: no model was trained for the present data",
                "make train (two minutes), then restart Rasa",
            )
        ]
    if problem:
        return [Finding(ERROR, "model", f"{path.name} does not load: {problem}", "delete it, make train")]
    return [Finding(OK, "model", f"{path.name} {'is there' if problem is None else 'loads and understands'}")]


def check_queues(health: Health) -> list[Finding]:
    """Look at what waits and at what was given up."""
    found = []
    for name, queue, todo in (
        ("inbox", health.inbox, "look at /readyz and at the logs of Rasa and the action server"),
        ("outbox", health.outbox, "look at an_ninh_zalo_errors_total and scripts/zalo status --check"),
        ("media", health.media, "look for media.* in Rasa's log, and at the disk"),
    ):
        if queue.oldest_seconds > OLDEST_SECONDS:
            found.append(
                Finding(
                    ERROR,
                    name,
                    f"{queue.open} wait, the oldest for {queue.oldest_seconds / 60:.0f} minutes",
                    todo,
                )
            )
        if queue.dead:
            found.append(
                Finding(WARNING, name, f"{queue.dead} were given up", "scripts/zalo status --dead lists why")
            )
    return found or [Finding(OK, "queues", "nothing waits long, nothing was given up")]


def check_retention(last_run: datetime | None, now: datetime) -> list[Finding]:
    """See that what is past its time is deleted each day."""
    if last_run is not None and now - last_run <= RETENTION_EVERY:
        return [Finding(OK, "retention", "ran within two days")]
    told = "never ran" if last_run is None else f"last ran on {last_run:%d/%m/%Y}"
    return [
        Finding(
            WARNING,
            "retention",
            f"deletion by age {told}",
            "run python -m commands.reports retention each day (deploy/ has a timer)",
        )
    ]


def check_webhook(local: str, public: str, public_url: str, shown: Iterable[str]) -> list[Finding]:
    """Judge the ways to the webhook: each is "" when it answered as ours does, else what happened.

    `shown` are paths that answer in public and must not.
    """
    found = []
    if local:
        found.append(
            Finding(ERROR, "webhook", f"Rasa does not answer here: {local}", "start it, or read its log")
        )
    if not public_url:
        found.append(
            Finding(
                WARNING,
                "webhook",
                "the way from outside was not tried",
                "set PUBLIC_URL to the address that Zalo's Webhook page names",
            )
        )
    elif public:
        found.append(
            Finding(
                ERROR,
                "webhook",
                f"it does not answer from outside: {public}",
                "look at DNS, certificate, firewall and reverse proxy; the path is /webhooks/zalo/webhook",
            )
        )
    if public_url and not public_url.startswith("https://"):
        found.append(
            Finding(ERROR, "webhook", "PUBLIC_URL is not https", "Zalo wants a certificate: deploy/Caddyfile")
        )
    found += [
        Finding(
            ERROR,
            "webhook",
            f"{path} answers from outside",
            "let the reverse proxy pass on /webhooks/zalo/webhook and nothing else",
        )
        for path in shown
    ]
    return found or [Finding(OK, "webhook", "answers here and from outside, and nothing else does")]


def check_readiness(problems: Mapping[str, str] | None) -> list[Finding]:
    """Judge what /readyz says; None when it did not answer."""
    if problems is None:
        return [
            Finding(
                WARNING,
                "readiness",
                "/readyz does not answer",
                "start Rasa; look at OPERATIONS_HOST and OPERATIONS_PORT",
            )
        ]
    return [
        Finding(ERROR, "readiness", f"{name}: {problem}", "docs/operations.md says what to do about each")
        for name, problem in sorted(problems.items())
        if problem != "ok"
    ] or [Finding(OK, "readiness", "/readyz says yes")]
