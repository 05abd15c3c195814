"""What an operator does with Zalo in a terminal: authorise an account, and see how all of them are."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.table import Table

from connectors.zalo.client import ZaloClient, ZaloError
from connectors.zalo.newsdesk import digest_app, news_app
from connectors.zalo.oauth import (
    IssuedTokens,
    RefreshRefused,
    RefreshUnreachable,
    RefreshUnsure,
    ZaloOAuth,
)
from services import handover, inbox, outbox, tokens
from services.accounts import Account, load_accounts
from services.clock import VIETNAM, utc_now
from services.db import Database, open_database
from services.db.migrate import upgrade
from services.dead_letters import list_dead
from services.errors import SettingsError
from services.secrets import Cipher, cipher_for
from services.settings import ROOT, Settings, load_settings

app = typer.Typer(add_completion=False, help="Authorise Official Accounts, see their state, publish news.")
app.add_typer(news_app, name="news")
app.add_typer(digest_app, name="digest")
console = Console()

EXPLORER_SECONDS = 90_000
MOST_DEAD = 50


def challenge_of(verifier: str) -> str:
    """Give the PKCE challenge of a verifier: base64url of the raw SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def consent_link(settings: Settings, redirect_uri: str, verifier: str, state: str) -> str:
    """Give the page on which an administrator of the account agrees."""
    query = urlencode(
        {
            "app_id": settings.zalo_app_id,
            "redirect_uri": redirect_uri,
            "code_challenge": challenge_of(verifier),
            "state": state,
        }
    )
    return f"{settings.zalo_oauth_url}/v4/oa/permission?{query}"


def read_callback(address: str) -> tuple[str, str, str]:
    """Read code, account and state from the address that the browser was sent to.

    Raises ValueError when the code or the account is missing.
    """
    query = parse_qs(urlsplit(address.strip()).query)
    code, oa_id = query.get("code", [""])[0], query.get("oa_id", [""])[0]
    if not code or not oa_id:
        raise ValueError("the address holds no code and oa_id")
    return code, oa_id, query.get("state", [""])[0]


@app.command()
def login(
    redirect_uri: str = typer.Option("", help="The callback address registered in Zalo's console."),
    verifier: str = typer.Option("", envvar="ZALO_CODE_VERIFIER", help="A fixed PKCE verifier, if any."),
    explorer: bool = typer.Option(False, help="Type in a token pair from Zalo's API Explorer instead."),
) -> None:
    """Authorise one account: by the consent page, or with a pair of tokens from the API Explorer."""
    settings, database, cipher, accounts = open_all()
    if explorer:
        oa_id = typer.prompt("OA id").strip()
        issued = IssuedTokens(
            typer.prompt("Access token", hide_input=True).strip(),
            typer.prompt("Refresh token", hide_input=True).strip(),
            EXPLORER_SECONDS,
        )
    else:
        if not redirect_uri:
            redirect_uri = typer.prompt("Callback address, as registered in Zalo's console")
        verifier = verifier or secrets.token_urlsafe(32)[:43]
        state = secrets.token_urlsafe(12)
        console.print("\n1. As an administrator of the account, open this page and agree:\n")
        console.print(consent_link(settings, redirect_uri, verifier, state), soft_wrap=True, markup=False)
        console.print("\n2. The browser then goes to the callback address. Copy that whole address.")
        console.print("   The code in it works once and for ten minutes.\n")
        try:
            code, oa_id, returned = read_callback(typer.prompt("Address"))
        except ValueError as error:
            raise _failure(str(error)) from None
        if returned and returned != state:
            raise _failure("that address belongs to another log-in; begin again")
        oauth = ZaloOAuth(settings.zalo_oauth_url, settings.zalo_app_id, settings.zalo_app_secret)
        try:
            issued = asyncio.run(oauth.exchange(code, verifier))
        except RefreshRefused as error:
            raise _failure(f"Zalo refused: {error}. Check callback, app secret and verifier.") from None
        except (RefreshUnsure, RefreshUnreachable) as error:
            raise _failure(f"no clear answer from Zalo ({error}); begin again with a new code") from None
    if oa_id not in accounts:
        raise _failure(f"account {oa_id} is not among the configured ones; nothing was stored")
    now = utc_now()
    with database.transaction() as session:
        tokens.save(
            session,
            cipher,
            oa_id,
            issued.access,
            issued.refresh,
            now,
            now + timedelta(seconds=issued.expires_in),
        )
    console.print(f"[green]Stored.[/green] {accounts[oa_id].name} is authorised.")
    console.print("Use these tokens in no other program: a refresh token works only once.")


@app.command()
def status(
    check: bool = typer.Option(False, help="Ask Zalo with each token, too."),
    dead: bool = typer.Option(False, help="List what could not be worked or sent, with reasons."),
) -> None:
    """Show each account's authorisation, what is waiting, and what needs somebody."""
    settings, database, cipher, accounts = open_all()
    now = utc_now()
    table = Table("Account", "Authorisation", "Token until", "What to do")
    healthy = True
    with database.transaction() as session:
        pairs = {account_id: tokens.read(session, cipher, account_id) for account_id in accounts}
        waiting, sending = inbox.counts(session), outbox.counts(session)
        asked = handover.waiting(session, now)
    for account in accounts.values():
        word, until, todo = _describe(pairs[account.id])
        pair = pairs[account.id]
        if check and pair is not None and not todo:
            word, todo = asyncio.run(_ask_zalo(settings, pair.access))
        healthy = healthy and not todo
        table.add_row(f"{account.name}\n{account.id}", word, until, todo or "nothing")
    console.print(table)
    console.print(f"Inbox:  {_counted(waiting)}")
    console.print(f"Outbox: {_counted(sending)}")
    console.print(f"Waiting for an officer: {len(asked)}")
    if dead:
        _list_dead(database)
    if not healthy:
        raise typer.Exit(1)


def open_all() -> tuple[Settings, Database, Cipher, dict[str, Account]]:
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
        accounts = load_accounts(settings)
    except SettingsError as error:
        raise _failure(str(error)) from None
    database = open_database(settings.database_url)
    upgrade(database)
    return settings, database, cipher_for(settings), accounts


def _describe(pair: tokens.TokenPair | None) -> tuple[str, str, str]:
    todo = "scripts/zalo login"
    if pair is None:
        return "never", "–", todo
    until = f"{pair.expires_at.astimezone(VIETNAM):%d/%m/%Y %H:%M}"
    if pair.broken:
        return f"dead: {pair.last_error or 'refused'}", until, todo
    return "works", until, ""


async def _ask_zalo(settings: Settings, access: str) -> tuple[str, str]:
    client = ZaloClient(settings.zalo_openapi_url)
    try:
        await client.account(access)
    except ZaloError as error:
        return f"{type(error).__name__}: {error.reason}", "see docs/zalo.md"
    finally:
        await client.close()
    return "works, Zalo agrees", ""


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "empty"


def _list_dead(database: Database) -> None:
    table = Table("Direction", "Id", "Account", "When", "Reason")
    with database.transaction() as session:
        letters = list_dead(session, MOST_DEAD)
    for letter in letters:
        at = f"{letter.at.astimezone(VIETNAM):%d/%m %H:%M}"
        table.add_row(letter.direction, str(letter.id), letter.account_id, at, letter.reason)
    console.print(table)


def _failure(text: str) -> typer.Exit:
    console.print(text, style="red", markup=False)
    return typer.Exit(1)
