"""Settings: every wrong variable is named in one error, and no secret leaves by a repr."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.errors import SettingsError
from services.settings import DEFAULTS, ROOT, load_settings

EXAMPLE = ROOT / ".env.example"


def test_an_empty_environment_gives_a_deployment_on_this_machine() -> None:
    settings = load_settings({})
    assert settings.__dict__ == {
        "database_url": f"sqlite:///{ROOT / 'var' / 'an-ninh.db'}",
        "data_dir": ROOT / "var",
        "data_keys": (),
        "log_level": "INFO",
        "answer_as_of": None,
        "rasa_host": "127.0.0.1",
        "rasa_port": 5005,
        "actions_port": 5055,
        "simulator_port": 8900,
        "zalo_app_id": "1234567890123456789",
        "zalo_app_secret": "",
        "zalo_oa_secret_key": "",
        "zalo_oa_id": "9990001112223334445",
        "zalo_oa_name": "Công an phường",
        "zalo_access_token": "",
        "zalo_refresh_token": "",
        "zalo_openapi_url": "https://openapi.zalo.me",
        "zalo_oauth_url": "https://oauth.zaloapp.com",
    }


def test_every_variable_is_read(data_key: str, tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://db/an_ninh",
        "DATA_DIR": str(tmp_path),
        "DATA_KEYS": f" {data_key} , {data_key},",
        "LOG_LEVEL": "debug",
        "ANSWER_AS_OF": "2026-11-21",
        "RASA_HOST": "0.0.0.0",
        "RASA_PORT": "1",
        "ACTIONS_PORT": "2",
        "SIMULATOR_PORT": "65535",
        "ZALO_APP_ID": "11",
        "ZALO_APP_SECRET": "s1",
        "ZALO_OA_SECRET_KEY": "s2",
        "ZALO_OA_ID": "22",
        "ZALO_OA_NAME": "Công an xã",
        "ZALO_ACCESS_TOKEN": "a",
        "ZALO_REFRESH_TOKEN": "r",
        "ZALO_OPENAPI_URL": "http://127.0.0.1:1/",
        "ZALO_OAUTH_URL": "http://127.0.0.1:2",
    }
    assert set(given) == set(DEFAULTS)
    assert list(load_settings(given).__dict__.values()) == [
        "postgresql://db/an_ninh", tmp_path, (data_key, data_key), "DEBUG", date(2026, 11, 21), "0.0.0.0",
        1, 2, 65535, "11", "s1", "s2", "22", "Công an xã", "a", "r", "http://127.0.0.1:1",
        "http://127.0.0.1:2",
    ]  # fmt: skip


def test_an_empty_variable_takes_its_default() -> None:
    assert load_settings(dict.fromkeys(DEFAULTS, "  ")) == load_settings({})


def test_a_relative_data_folder_lies_in_the_project() -> None:
    assert load_settings({"DATA_DIR": "elsewhere"}).data_dir == ROOT / "elsewhere"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RASA_PORT", "abc", "RASA_PORT='abc': a port is a whole number from 1 to 65535"),
        ("ACTIONS_PORT", "0", "ACTIONS_PORT='0': a port is a whole number from 1 to 65535"),
        ("SIMULATOR_PORT", "65536", "SIMULATOR_PORT='65536': a port is a whole number from 1 to 65535"),
        ("ZALO_OPENAPI_URL", "openapi", "ZALO_OPENAPI_URL='openapi': must start with http:// or https://"),
        ("ZALO_OAUTH_URL", "ftp://x", "ZALO_OAUTH_URL='ftp://x': must start with http:// or https://"),
        ("ZALO_APP_ID", "abc", "ZALO_APP_ID='abc': Zalo's ids hold digits only"),
        ("ZALO_OA_ID", "12 34", "ZALO_OA_ID='12 34': Zalo's ids hold digits only"),
        ("ZALO_OA_ID", "²", "ZALO_OA_ID='²': Zalo's ids hold digits only"),
        ("ANSWER_AS_OF", "21/11/2026", "ANSWER_AS_OF='21/11/2026': a day is written 2026-11-21"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL='LOUD': one of DEBUG, INFO, WARNING, ERROR"),
        ("DATABASE_URL", "mysql://u:pw@h/d", "DATABASE_URL: must start with sqlite:/// or postgresql://"),
        ("DATA_KEYS", "short", "DATA_KEYS: key number 1 is no Fernet key (32 bytes, base64url)"),
    ],
)
def test_a_wrong_variable_is_named_with_what_to_do(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({name: value})
    assert str(error.value) == f"Wrong settings:\n  - {told}"


def test_all_that_is_wrong_is_told_at_once_and_no_secret_with_it() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(
            {"RASA_PORT": "x", "LOG_LEVEL": "x", "DATA_KEYS": "hidden-key", "DATABASE_URL": "h://u:pw"}
        )
    text = str(error.value)
    assert [name in text for name in ("RASA_PORT", "LOG_LEVEL", "DATA_KEYS", "DATABASE_URL")] == [True] * 4
    assert ("hidden-key" in text, "pw" in text) == (False, False)


def test_a_repr_holds_no_secret(environ: dict[str, str]) -> None:
    shown = repr(load_settings(environ))
    secrets = [
        value for name, value in environ.items() if "SECRET" in name or "KEY" in name or "TOKEN" in name
    ]
    assert [value for value in secrets if value in shown] == []
    assert "9990001112223334445" in shown


@pytest.mark.skipif(not EXAMPLE.exists(), reason=".env.example is not there yet")
def test_the_example_file_names_every_variable() -> None:
    lines: list[Any] = [line.lstrip("# ") for line in EXAMPLE.read_text("utf-8").splitlines()]
    named = {
        line.partition("=")[0] for line in lines if "=" in line and line.partition("=")[0].isidentifier()
    }
    assert set(DEFAULTS) - named == set()
