"""Every setting, read once from the environment, with all that is wrong told in one error.

Names and meanings are described in `.env.example`, which a test holds against this module.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.fernet import Fernet

from services.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent

DEFAULTS: dict[str, str] = {
    "DATABASE_URL": "",
    "DATA_DIR": "var",
    "DATA_KEYS": "",
    "LOG_LEVEL": "INFO",
    "ANSWER_AS_OF": "",
    "RASA_HOST": "127.0.0.1",
    "RASA_PORT": "5005",
    "ACTIONS_PORT": "5055",
    "SIMULATOR_PORT": "8900",
    "CONSOLE_HOST": "127.0.0.1",
    "CONSOLE_PORT": "8950",
    "CONSOLE_URL": "",
    "OPERATIONS_HOST": "127.0.0.1",
    "OPERATIONS_PORT": "5090",
    "PUBLIC_URL": "",
    "ZALO_APP_ID": "1234567890123456789",
    "ZALO_APP_SECRET": "",
    "ZALO_OA_SECRET_KEY": "",
    "ZALO_OA_ID": "9990001112223334445",
    "ZALO_OA_NAME": "Công an phường",
    "ZALO_ACCOUNTS": "",
    "ZALO_ACCESS_TOKEN": "",
    "ZALO_REFRESH_TOKEN": "",
    "ZALO_OPENAPI_URL": "https://openapi.zalo.me",
    "ZALO_OAUTH_URL": "https://oauth.zaloapp.com",
    "ZALO_LIST_MESSAGES": "no",
    "MEDIA_BASE_URL": "",
    "FAST_RASA": "on",
}


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Secrets are strings here and never leave by a log or a repr."""

    database_url: str
    data_dir: Path
    data_keys: tuple[str, ...]
    log_level: str
    answer_as_of: date | None
    rasa_host: str
    rasa_port: int
    actions_port: int
    simulator_port: int
    console_host: str
    console_port: int
    console_url: str
    operations_host: str
    operations_port: int
    public_url: str
    zalo_app_id: str
    zalo_app_secret: str
    zalo_oa_secret_key: str
    zalo_oa_id: str
    zalo_oa_name: str
    zalo_accounts: str
    zalo_access_token: str
    zalo_refresh_token: str
    zalo_openapi_url: str
    zalo_oauth_url: str
    zalo_list_messages: bool
    media_base_url: str
    fast_rasa: bool

    def __repr__(self) -> str:
        return f"Settings(zalo_oa_id={self.zalo_oa_id!r}, data_dir={str(self.data_dir)!r})"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or the mapping given).

    An unset or empty variable takes its default. `DATA_KEYS` (comma separated Fernet keys, the
    first one encrypts) falls back to a key file in `DATA_DIR`, made on first use with mode 0600.
    Raises SettingsError that lists every variable that is wrong.
    """
    environ = os.environ if environ is None else environ
    raw = {name: (environ.get(name) or "").strip() or default for name, default in DEFAULTS.items()}
    problems: list[str] = []

    def port(name: str) -> int:
        try:
            value = int(raw[name])
        except ValueError:
            value = 0
        if not 0 < value < 65536:
            problems.append(f"{name}={raw[name]!r}: a port is a whole number from 1 to 65535")
        return value

    def url(name: str) -> str:
        if not raw[name].startswith(("http://", "https://")):
            problems.append(f"{name}={raw[name]!r}: must start with http:// or https://")
        return raw[name].rstrip("/")

    def digits(name: str) -> str:
        if not (raw[name].isascii() and raw[name].isdigit()):
            problems.append(f"{name}={raw[name]!r}: Zalo's ids hold digits only")
        return raw[name]

    as_of: date | None = None
    if raw["ANSWER_AS_OF"]:
        try:
            as_of = date.fromisoformat(raw["ANSWER_AS_OF"])
        except ValueError:
            problems.append(f"ANSWER_AS_OF={raw['ANSWER_AS_OF']!r}: a day is written 2026-11-21")

    if raw["LOG_LEVEL"].upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        problems.append(f"LOG_LEVEL={raw['LOG_LEVEL']!r}: one of DEBUG, INFO, WARNING, ERROR")

    if raw["FAST_RASA"].lower() not in {"on", "off"}:
        problems.append(f"FAST_RASA={raw['FAST_RASA']!r}: on or off")

    if raw["ZALO_LIST_MESSAGES"].lower() not in {"yes", "no"}:
        problems.append(f"ZALO_LIST_MESSAGES={raw['ZALO_LIST_MESSAGES']!r}: yes or no")

    data_dir = Path(raw["DATA_DIR"])
    data_dir = data_dir if data_dir.is_absolute() else ROOT / data_dir
    keys = tuple(key.strip() for key in raw["DATA_KEYS"].split(",") if key.strip())
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(f"DATA_KEYS: key number {position} is no Fernet key (32 bytes, base64url)")
    database_url = raw["DATABASE_URL"] or f"sqlite:///{data_dir / 'an-ninh.db'}"
    if not database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")):
        problems.append("DATABASE_URL: must start with sqlite:/// or postgresql://")

    settings = Settings(
        database_url=database_url,
        data_dir=data_dir,
        data_keys=keys,
        log_level=raw["LOG_LEVEL"].upper(),
        answer_as_of=as_of,
        rasa_host=raw["RASA_HOST"],
        rasa_port=port("RASA_PORT"),
        actions_port=port("ACTIONS_PORT"),
        simulator_port=port("SIMULATOR_PORT"),
        console_host=raw["CONSOLE_HOST"],
        console_port=port("CONSOLE_PORT"),
        console_url=url("CONSOLE_URL") if raw["CONSOLE_URL"] else "",
        operations_host=raw["OPERATIONS_HOST"],
        operations_port=port("OPERATIONS_PORT"),
        public_url=url("PUBLIC_URL") if raw["PUBLIC_URL"] else "",
        zalo_app_id=digits("ZALO_APP_ID"),
        zalo_app_secret=raw["ZALO_APP_SECRET"],
        zalo_oa_secret_key=raw["ZALO_OA_SECRET_KEY"],
        zalo_oa_id=digits("ZALO_OA_ID"),
        zalo_oa_name=raw["ZALO_OA_NAME"],
        zalo_accounts=raw["ZALO_ACCOUNTS"],
        zalo_access_token=raw["ZALO_ACCESS_TOKEN"],
        zalo_refresh_token=raw["ZALO_REFRESH_TOKEN"],
        zalo_openapi_url=url("ZALO_OPENAPI_URL"),
        zalo_oauth_url=url("ZALO_OAUTH_URL"),
        zalo_list_messages=raw["ZALO_LIST_MESSAGES"].lower() == "yes",
        media_base_url=url("MEDIA_BASE_URL") if raw["MEDIA_BASE_URL"] else "",
        fast_rasa=raw["FAST_RASA"].lower() == "on",
    )
    if problems:
        raise SettingsError("Wrong settings:\n" + "\n".join(f"  - {line}" for line in problems))
    return settings
