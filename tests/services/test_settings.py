"""Settings: every wrong variable is named in one error, and no secret leaves by a repr."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from services.errors import SettingsError
from services.settings import DEFAULTS, ROOT, load_settings

KEY = Fernet.generate_key().decode("ascii")
EXAMPLE = ROOT / ".env.example"


# Variable: what is given, what is read, and what is read when nothing is given.
TABLE: dict[str, tuple[str, Any, Any]] = {
    "DATABASE_URL": ("postgresql://db/x", "postgresql://db/x", f"sqlite:///{ROOT / 'var' / 'an-ninh.db'}"),
    "DATA_DIR": ("/srv/data", Path("/srv/data"), ROOT / "var"),
    "DATA_KEYS": (f" {KEY} , {KEY},", (KEY, KEY), ()),
    "LOG_LEVEL": ("debug", "DEBUG", "INFO"),
    "ANSWER_AS_OF": ("2026-11-21", date(2026, 11, 21), None),
    "RASA_HOST": ("0.0.0.0", "0.0.0.0", "127.0.0.1"),
    "RASA_PORT": ("1", 1, 5005),
    "ACTIONS_PORT": ("2", 2, 5055),
    "SIMULATOR_PORT": ("65535", 65535, 8900),
    "CONSOLE_HOST": ("0.0.0.0", "0.0.0.0", "127.0.0.1"),
    "CONSOLE_PORT": ("3", 3, 8950),
    "CONSOLE_URL": ("https://canbo.example.vn/", "https://canbo.example.vn", ""),
    "ZALO_APP_ID": ("11", "11", "1234567890123456789"),
    "ZALO_APP_SECRET": ("s1", "s1", ""),
    "ZALO_OA_SECRET_KEY": ("s2", "s2", ""),
    "ZALO_OA_ID": ("22", "22", "9990001112223334445"),
    "ZALO_OA_NAME": (" Công an xã ", "Công an xã", "Công an phường"),
    "ZALO_ACCESS_TOKEN": ("a", "a", ""),
    "ZALO_REFRESH_TOKEN": ("r", "r", ""),
    "ZALO_OPENAPI_URL": ("http://127.0.0.1:1/", "http://127.0.0.1:1", "https://openapi.zalo.me"),
    "ZALO_OAUTH_URL": ("http://127.0.0.1:2", "http://127.0.0.1:2", "https://oauth.zaloapp.com"),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_variable_is_read_and_has_a_default(name: str) -> None:
    given, read, default = TABLE[name]
    field = name.lower()
    assert [getattr(load_settings({name: given}), field), getattr(load_settings({}), field)] == [
        read,
        default,
    ]


def test_every_variable_has_a_field_of_its_name() -> None:
    assert {name.lower() for name in DEFAULTS} == set(load_settings({}).__dict__)


def test_an_empty_variable_takes_its_default() -> None:
    assert load_settings(dict.fromkeys(DEFAULTS, "  ")) == load_settings({})


def test_a_relative_data_folder_lies_in_the_project() -> None:
    assert load_settings({"DATA_DIR": "elsewhere"}).data_dir == ROOT / "elsewhere"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RASA_PORT", "abc", "RASA_PORT='abc': a port is a whole number from 1 to 65535"),
        ("ACTIONS_PORT", "0", "ACTIONS_PORT='0': a port is a whole number from 1 to 65535"),
        (
            "CONSOLE_URL",
            "canbo.example.vn",
            "CONSOLE_URL='canbo.example.vn': must start with http:// or https://",
        ),
        ("SIMULATOR_PORT", "65536", "SIMULATOR_PORT='65536': a port is a whole number from 1 to 65535"),
        ("ZALO_OPENAPI_URL", "openapi", "ZALO_OPENAPI_URL='openapi': must start with http:// or https://"),
        ("ZALO_OAUTH_URL", "ftp://x", "ZALO_OAUTH_URL='ftp://x': must start with http:// or https://"),
        ("MEDIA_BASE_URL", "x", "MEDIA_BASE_URL='x': must start with http:// or https://"),
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


def test_the_example_file_names_every_variable() -> None:
    lines: list[Any] = [line.lstrip("# ") for line in EXAMPLE.read_text("utf-8").splitlines()]
    named = {
        line.partition("=")[0] for line in lines if "=" in line and line.partition("=")[0].isidentifier()
    }
    assert set(DEFAULTS) - named == set()
