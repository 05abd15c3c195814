"""Every finding of `make doctor`: what an operator reads, and what they are told to do about it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from datetime import date, timedelta
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from commands import deployment_checks as checks
from commands import doctor as doctor_module
from commands.deployment_checks import ERROR, OK, WARNING, Finding
from commands.doctor import Doctor, app, load_model, overdue
from services import audit, inbox, tokens
from services.accounts import Account
from services.db.engine import Database
from services.evidence_store import EvidenceStore
from services.health import Health, QueueHealth, TokenHealth
from services.inbox import NewEvent
from services.library import Library
from services.secrets import Cipher
from services.settings import ROOT, Settings, load_settings
from services.spool import Spool

OA = "2468013579246801357"
PUBLIC = "https://bot.example.vn"
LOCAL = "http://127.0.0.1:5005"
READY = "http://127.0.0.1:5090/readyz"


# Reading all content takes longer than everything else that a doctor does.
read_once = lru_cache(Library.load)


class Answer:
    """What a server said."""

    def __init__(self, text: str = "", status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.text, self.status_code, self.headers = text, status, headers or {}

    def json(self) -> Any:
        return requests.models.complexjson.loads(self.text)


class Web:
    """Every address that answers; all others cannot be reached."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers

    def get(self, address: str, **_: Any) -> Answer:
        if address not in self.answers:
            raise requests.ConnectionError
        return self.answers[address]


@pytest.fixture
def settings(environ: dict[str, str], database_file: Path) -> Settings:
    more = {
        "ZALO_APP_ID": "1357913579135791357",
        "ZALO_OA_ID": OA,
        "PUBLIC_URL": PUBLIC,
        "DATABASE_URL": f"sqlite:///{database_file}",
    }
    return load_settings({**environ, **more})


@pytest.fixture
def accounts() -> dict[str, Account]:
    return {OA: Account(OA, "Công an phường Tân Phú", duty_officers=("1",))}


@pytest.fixture
def web(clock: Any) -> Web:
    return Web(
        {
            "https://openapi.zalo.me": Answer(headers={"Date": format_datetime(clock(), usegmt=True)}),
            f"{LOCAL}/webhooks/zalo/webhook": Answer("ok"),
            f"{PUBLIC}/webhooks/zalo/webhook": Answer("ok"),
            f"{PUBLIC}/": Answer("Trang của phường"),
            READY: Answer('{"ready": true, "checks": {"model": "ok"}}'),
        }
    )


@pytest.fixture
def patient(
    settings: Settings,
    accounts: dict[str, Account],
    web: Web,
    clock: Any,
    database: Database,
    cipher: Cipher,
    tmp_path: Path,
) -> Doctor:
    """A deployment in which everything is in order."""
    with database.transaction() as session:
        tokens.save(session, cipher, OA, "a", "r", clock(), clock() + timedelta(hours=25))
        audit.record(session, audit.SYSTEM, "retention.ran", clock())
    model = tmp_path / "an-ninh.tar.gz"
    model.touch()
    return Doctor(settings, accounts, clock, web, lambda _: "", model, read=read_once)


def wrong(doctor: Doctor) -> list[tuple[str, str, str]]:
    return [(one.level, one.matter, one.found) for one in doctor.findings() if one.level != OK]


def test_a_deployment_in_order_gets_no_advice(patient: Doctor) -> None:
    found = list(patient.findings())
    assert [one for one in found if one.level != OK or one.todo] == [
        one for one in found if one.matter == "disk" and one.level == WARNING
    ]
    assert {one.matter for one in found} == {
        "settings", "ports", "keys", "database", "token", "queues", "retention", "duty officers", "disk",
        "evidence", "content", "clock", "webhook", "readiness", "model",
    }  # fmt: skip


def change(settings: Settings, **changes: Any) -> Settings:
    return dataclasses.replace(settings, **changes)


@pytest.mark.parametrize(
    ("changes", "said", "level"),
    [
        ({"zalo_app_secret": ""}, "ZALO_APP_SECRET is not set", ERROR),
        ({"zalo_oa_secret_key": ""}, "ZALO_OA_SECRET_KEY is not set", ERROR),
        ({"zalo_oa_secret_key": "TestAppSecret"}, "are the same", ERROR),
        ({"zalo_app_id": "1234567890123456789"}, "ZALO_APP_ID is the example's", ERROR),
        ({"zalo_oa_id": "9990001112223334445"}, "ZALO_OA_ID is the example's", ERROR),
        ({"answer_as_of": date(2027, 3, 1)}, "as of 2027-03-01", ERROR),
        ({"zalo_openapi_url": "http://127.0.0.1:8900"}, "ZALO_OPENAPI_URL is not https", ERROR),
        ({"zalo_oauth_url": "http://127.0.0.1:8900"}, "ZALO_OAUTH_URL is not https", ERROR),
        ({"media_base_url": "http://127.0.0.1:8900"}, "MEDIA_BASE_URL", ERROR),
        ({"log_level": "DEBUG"}, "LOG_LEVEL is DEBUG", WARNING),
        ({"console_host": "0.0.0.0"}, "without HTTPS", ERROR),
    ],
)
def test_settings(settings: Settings, changes: dict[str, Any], said: str, level: str) -> None:
    [finding] = checks.check_settings(change(settings, **changes))
    assert (finding.level, said in finding.found, bool(finding.todo)) == (level, True, True)


def test_two_processes_on_one_port(settings: Settings) -> None:
    [finding] = checks.check_ports(change(settings, console_port=5005))
    assert finding.found == "RASA_PORT and CONSOLE_PORT are both 5005"


def test_keys(settings: Settings, tmp_path: Path) -> None:
    without, file = change(settings, data_keys=()), tmp_path / "data.key"
    assert [one.level for one in checks.check_keys(without, file)] == [WARNING]
    file.write_text("k")
    os.chmod(file, 0o640)
    [finding] = checks.check_keys(without, file)
    assert (finding.level, "mode 0640" in finding.found) == (ERROR, True)
    os.chmod(file, 0o600)
    assert [one.level for one in checks.check_keys(without, file)] == [OK]


def test_keys_that_do_not_open_what_is_stored(patient: Doctor, settings: Settings) -> None:
    patient.settings = change(settings, data_keys=(Fernet.generate_key().decode(),))
    assert wrong(patient)[0] == (ERROR, "keys", "the present keys do not open what is stored")


@pytest.mark.parametrize(
    ("problem", "todo"),
    [
        ("the schema is not the newest: migrations are missing", "start Rasa once"),
        ("the database does not answer: database: OperationalError", "look at DATABASE_URL"),
    ],
)
def test_database(problem: str, todo: str) -> None:
    for is_postgres in (True, False):
        [finding] = checks.check_database(problem, is_postgres)
        assert (finding.level, finding.found, todo in finding.todo) == (ERROR, problem, True)


def test_a_database_that_is_not_there_is_not_made(
    patient: Doctor, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "none" / "an-ninh.db"
    patient.settings = change(settings, database_url=f"sqlite:///{file}")
    assert wrong(patient)[0] == (ERROR, "database", "there is no database file yet")
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("seconds", "level", "said"),
    [
        (3, OK, "within 5 s of Zalo"),
        (-20, WARNING, "20 s behind Zalo"),
        (3600, ERROR, "3600 s ahead of Zalo"),
    ],
)
def test_clock(clock: Any, seconds: int, level: str, said: str) -> None:
    [finding] = checks.check_clock("Zalo", clock() + timedelta(seconds=seconds), clock())
    assert (finding.level, said in finding.found) == (level, True)


def test_zalos_clock_that_cannot_be_read(patient: Doctor, web: Web) -> None:
    web.answers["https://openapi.zalo.me"] = Answer(headers={"Date": "soon"})
    assert (WARNING, "clock", "Zalo could not be asked for the time") in wrong(patient)


@pytest.mark.parametrize(("free", "level"), [(100 * 1024**2, ERROR), (1024**3, WARNING), (50 * 1024**3, OK)])
def test_disk(free: int, level: str) -> None:
    assert [one.level for one in checks.check_disk(free, 100 * 1024**3)] == [level]


def test_pictures_that_cannot_be_written_and_events_that_cannot_be_read(
    patient: Doctor, settings: Settings, cipher: Cipher
) -> None:
    # A file where the folder should be: root, who runs the tests, may write into everything else.
    (settings.data_dir).mkdir(parents=True)
    (settings.data_dir / "evidence").write_text("")
    Spool(settings.data_dir / "spool", cipher).append("{}")
    (settings.data_dir / "spool" / "1.unreadable").write_text("x")
    found = [(level, matter) for level, matter, _ in wrong(patient)]
    assert found[-3:] == [(ERROR, "evidence"), (ERROR, "spool"), (WARNING, "spool")]
    assert Spool(settings.data_dir / "spool", cipher).is_empty is False


def test_the_doctor_leaves_no_file_behind(patient: Doctor, settings: Settings) -> None:
    list(patient.findings())
    assert EvidenceStore(settings.data_dir).kept(0) == set()
    assert [path for path in settings.data_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("token", "level", "said"),
    [
        (None, ERROR, "was never authorised"),
        (TokenHealth(OA, 100, 80_000, broken=True), ERROR, "Zalo refused to renew it"),
        (TokenHealth(OA, 97_200, -7200, broken=False), ERROR, "it ended 2 hours ago"),
        (TokenHealth(OA, 80_000, 3600, broken=False), WARNING, "1.0 hours left"),
        (TokenHealth(OA, 10_000, 80_000, broken=False), OK, "22 hours left"),
    ],
)
def test_tokens(accounts: dict[str, Account], token: TokenHealth | None, level: str, said: str) -> None:
    [finding] = checks.check_tokens(accounts, [token] if token else [])
    assert (finding.level, said in finding.found, "Tân Phú" in finding.found) == (level, True, True)


def test_a_first_pair_in_the_environment_is_enough() -> None:
    account = Account(OA, "Phường", access_token="a", refresh_token="r")
    assert [one.level for one in checks.check_tokens({OA: account}, [])] == [OK]


def test_nobody_on_duty() -> None:
    [finding] = checks.check_duty({OA: Account(OA, "Phường A"), "2": Account("2", "B", duty_officers=("1",))})
    assert (finding.level, "of Phường A asks" in finding.found) == (WARNING, True)


def test_content_past_its_day_and_content_that_is_wrong(patient: Doctor, tmp_path: Path) -> None:
    library = read_once(ROOT / "content")
    assert len(overdue(library, date(2100, 1, 1))) >= len(library.catalogue)
    assert overdue(library, date(2020, 1, 1)) == []
    [finding] = checks.check_content([], [(date(2026, 1, 1), "tam_tru.yml")])
    assert (finding.level, "1 files are past" in finding.found) == (WARNING, True)
    patient.content = tmp_path / "nothing"
    assert {one[0] for one in wrong(patient) if one[1] == "content"} == {ERROR}


def test_model(patient: Doctor, tmp_path: Path) -> None:
    patient.load = lambda _: "ModelNotFound: no"
    assert wrong(patient)[-1] == (ERROR, "model", "an-ninh.tar.gz does not load: ModelNotFound: no")
    patient.model = tmp_path / "missing.tar.gz"
    assert wrong(patient)[-1][2].startswith("missing.tar.gz is missing")
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not a model")
    assert load_model(broken).startswith("ModelNotFound")


def queue(oldest: float = 0.0, **counts: int) -> QueueHealth:
    return QueueHealth(counts, oldest)


def test_queues() -> None:
    found = checks.check_queues(
        Health(queue(720.0, new=3), queue(0.0, queued=1, dead=2), queue(0.0), tokens=())
    )
    assert [(one.level, one.matter, one.found) for one in found] == [
        (ERROR, "inbox", "3 wait, the oldest for 12 minutes"),
        (WARNING, "outbox", "2 were given up"),
    ]


def test_an_event_that_waits_is_found_in_the_database(
    patient: Doctor, database: Database, cipher: Cipher, clock: Any
) -> None:
    with database.transaction() as session:
        inbox.store(session, cipher, [NewEvent(OA, "c", "m", "user_send_text", "{}", clock())], clock())
    clock.forward(600)
    assert (ERROR, "inbox", "1 wait, the oldest for 10 minutes") in wrong(patient)


def test_retention(clock: Any) -> None:
    assert checks.check_retention(None, clock())[0].found == "deletion by age never ran"
    [finding] = checks.check_retention(clock() - timedelta(days=3), clock())
    assert (finding.level, finding.found) == (WARNING, "deletion by age last ran on 18/11/2026")


@pytest.mark.parametrize(
    ("ruin", "said"),
    [
        (lambda web: web.pop(f"{LOCAL}/webhooks/zalo/webhook"), "Rasa does not answer here: ConnectionError"),
        (
            lambda web: web.update({f"{PUBLIC}/webhooks/zalo/webhook": Answer("<html>", 502)}),
            "it does not answer from outside: http 502, and not our answer",
        ),
        (
            lambda web: web.update({f"{PUBLIC}/metrics": Answer("an_ninh_ready 1")}),
            "/metrics answers from outside",
        ),
        (lambda web: web.update({f"{PUBLIC}/": Answer("Hello from Rasa: 3.6.21")}), "/ answers from outside"),
    ],
)
def test_webhook(patient: Doctor, web: Web, ruin: Callable[[dict[str, Answer]], Any], said: str) -> None:
    ruin(web.answers)
    assert wrong(patient)[-1] == (ERROR, "webhook", said)


def test_the_way_from_outside_was_not_tried_or_is_not_https() -> None:
    assert checks.check_webhook("", "", "", [])[0].found == "the way from outside was not tried"
    assert checks.check_webhook("", "", "http://bot.vn", [])[0].found == "PUBLIC_URL is not https"


def test_readiness(patient: Doctor, web: Web) -> None:
    web.answers[READY] = Answer('{"checks": {"model": "no model is loaded", "inbox": "ok"}}', 503)
    assert wrong(patient)[-1] == (ERROR, "readiness", "model: no model is loaded")
    del web.answers[READY]
    assert wrong(patient)[-1] == (WARNING, "readiness", "/readyz does not answer")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> Callable[..., Any]:
    """Runs the command with these findings, in an environment of a deployment."""
    monkeypatch.setattr(doctor_module, "load_dotenv", lambda _: None)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*found: Finding, arguments: tuple[str, ...] = ()) -> Any:
        monkeypatch.setattr(Doctor, "findings", lambda self: iter(found))
        return CliRunner().invoke(app, ["--no-model", *arguments])

    return run


def test_what_is_printed_and_how_it_ends(shell: Callable[..., Any]) -> None:
    fine, late = Finding(OK, "ports", "all different"), Finding(WARNING, "disk", "1 GB", "make room")
    bad = Finding(ERROR, "token", "[OA] it ended", "scripts/zalo login")
    assert (shell(fine).exit_code, shell(fine, late).exit_code, shell(fine, bad).exit_code) == (0, 0, 1)
    assert shell(fine, late, arguments=("--strict",)).exit_code == 1
    lines = shell(fine, late, bad).stdout.splitlines()
    assert lines == [
        "✓ ports: all different",
        "! disk: 1 GB",
        "   → make room",
        "✗ token: [OA] it ended",
        "   → scripts/zalo login",
        "1 wrong, 1 to look at, 1 in order",
    ]


def test_wrong_settings_end_it_at_once(shell: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_PORT", "many")
    found = shell()
    assert found.exit_code == 1
    assert "RASA_PORT='many': a port is a whole number" in found.stdout
