"""What the simulator is told from outside: the environment and, for several OAs, one YAML or JSON file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

DEFAULT_OA_NAME = "Công an phường Tân Phú (mô phỏng)"
DEFAULT_COLOUR = "#0068ff"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_OA_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class SettingsError(Exception):
    """A setting cannot be used; the text names the variable and says what is expected."""


@dataclass(frozen=True, slots=True)
class OaSettings:
    """One Official Account and the token pair it starts with."""

    oa_id: str
    name: str
    colour: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything fixed for the life of the process."""

    host: str = "127.0.0.1"
    port: int = 8900
    webhook_url: str = "http://127.0.0.1:5005/webhooks/zalo/webhook"
    clock_factor: float = 1.0
    app_id: str = "1234567890123456789"
    app_secret: str = "TestAppSecret"
    oa_secret_key: str = "TestOaSecretKey0"
    public_url: str = ""
    oas: tuple[OaSettings, ...] = (
        OaSettings(
            "9990001112223334445", DEFAULT_OA_NAME, DEFAULT_COLOUR, "sim-access-token", "sim-refresh-token"
        ),
    )


def is_http_url(value: object) -> bool:
    """Tell whether a value is an absolute http(s) URL with a host, at most 2,000 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= 2000 or any(c.isspace() for c in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; an empty variable counts as unset.

    Raises SettingsError with a sentence for the person at the keyboard.
    """

    def text(name: str, default: str) -> str:
        return environ.get(name, "").strip() or default

    default = Settings()
    first = default.oas[0]
    try:
        port = int(text("SIMULATOR_PORT", str(default.port)))
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise SettingsError("SIMULATOR_PORT must be a number from 0 to 65535")
    try:
        factor = float(text("SIMULATOR_CLOCK_FACTOR", "1"))
    except ValueError:
        factor = 0.0
    if not 0 < factor <= 1_000_000:
        raise SettingsError("SIMULATOR_CLOCK_FACTOR must be a number above 0 and at most 1000000")
    webhook_url = text("SIMULATOR_WEBHOOK_URL", default.webhook_url)
    if not is_http_url(webhook_url):
        raise SettingsError("SIMULATOR_WEBHOOK_URL must be an absolute http:// or https:// address")
    public_url = text("SIMULATOR_PUBLIC_URL", "").rstrip("/")
    if public_url and not is_http_url(public_url):
        raise SettingsError("SIMULATOR_PUBLIC_URL must be an absolute http:// or https:// address")
    oas_file = text("SIMULATOR_OAS", "")
    oas: tuple[OaSettings, ...]
    if oas_file:
        oas = read_oas(Path(oas_file))
    else:
        oas = (
            OaSettings(
                text("ZALO_OA_ID", first.oa_id),
                first.name,
                first.colour,
                text("ZALO_ACCESS_TOKEN", first.access_token),
                text("ZALO_REFRESH_TOKEN", first.refresh_token),
            ),
        )
        if not _OA_ID.fullmatch(oas[0].oa_id):
            raise SettingsError("ZALO_OA_ID must be 1 to 64 letters or digits")
    return Settings(
        host=text("SIMULATOR_HOST", default.host),
        port=port,
        webhook_url=webhook_url,
        clock_factor=factor,
        app_id=text("ZALO_APP_ID", default.app_id),
        app_secret=text("ZALO_APP_SECRET", default.app_secret),
        oa_secret_key=text("ZALO_OA_SECRET_KEY", default.oa_secret_key),
        public_url=public_url,
        oas=oas,
    )


def read_oas(path: Path) -> tuple[OaSettings, ...]:
    """Read the OA file: a list of `id`, `name`, and optional `colour`, `access_token`, `refresh_token`.

    The list may also stand under the key `oas`. Missing tokens become `sim-access-<id>` and
    `sim-refresh-<id>`.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"SIMULATOR_OAS: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"SIMULATOR_OAS: {path} is not valid YAML or JSON in UTF-8") from error
    rows = loaded.get("oas") if isinstance(loaded, dict) else loaded
    if not isinstance(rows, list) or not rows:
        raise SettingsError(f"SIMULATOR_OAS: {path} must hold a list with at least one OA")
    oas = tuple(_read_oa(row, number, path) for number, row in enumerate(rows, 1))
    for field in ("oa_id", "access_token", "refresh_token"):
        if len({getattr(oa, field) for oa in oas}) != len(oas):
            raise SettingsError(f"SIMULATOR_OAS: {path} uses one {field} for two OAs")
    return oas


def _read_oa(row: object, number: int, path: Path) -> OaSettings:
    if not isinstance(row, dict):
        raise SettingsError(f"SIMULATOR_OAS: entry {number} of {path} must be a mapping")
    # An unquoted 19 digit id is read as a number by YAML; nothing is lost by turning it back into text.
    oa_id = str(row.get("id", "")).strip()
    name = str(row.get("name", "")).strip()
    colour = str(row.get("colour") or row.get("color") or DEFAULT_COLOUR)
    if not _OA_ID.fullmatch(oa_id):
        raise SettingsError(f"SIMULATOR_OAS: entry {number} of {path} needs an id of letters and digits")
    if not name:
        raise SettingsError(f"SIMULATOR_OAS: entry {number} of {path} needs a name")
    if not _COLOUR.fullmatch(colour):
        raise SettingsError(f"SIMULATOR_OAS: entry {number} of {path} needs a colour like {DEFAULT_COLOUR}")
    return OaSettings(
        oa_id,
        name,
        colour,
        str(row.get("access_token") or f"sim-access-{oa_id}"),
        str(row.get("refresh_token") or f"sim-refresh-{oa_id}"),
    )
