"""The Official Accounts of a deployment, from the settings or from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.accounts import Account, load_accounts
from services.errors import SettingsError
from services.settings import load_settings


def test_one_account_comes_from_the_settings(environ: dict[str, str]) -> None:
    settings = load_settings({**environ, "ZALO_OA_NAME": "Công an phường Tân Phú"})
    assert load_accounts(settings, environ) == {
        "9990001112223334445": Account(
            "9990001112223334445",
            "Công an phường Tân Phú",
            access_token="sim-access-token",
            refresh_token="sim-refresh-token",
        )
    }


def test_several_come_from_a_file_with_secrets_from_the_environment(
    environ: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.yml"
    file.write_text(
        '- {id: "11", name: A, greeting: Chào, duty: Trực 24/24, duty_officers: ["7"],'
        " access_token_env: A_ACCESS, refresh_token_env: A_REFRESH}\n"
        '- {id: "12", name: B}\n',
        encoding="utf-8",
    )
    settings = load_settings({**environ, "ZALO_ACCOUNTS": str(file)})
    assert load_accounts(settings, {"A_ACCESS": "x", "A_REFRESH": "y"}) == {
        "11": Account("11", "A", "Chào", "Trực 24/24", ("7",), "x", "y"),
        "12": Account("12", "B"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "must be a list"),
        ("- 5", "entry 1: not a mapping"),
        ("- {id: abc, name: A}", "entry 1: needs an id of digits and a name"),
        ('- {id: "1", name: A}\n- {id: "1", name: B}', "entry 2: the id stands there twice"),
        ('- {id: "1", name: A, token: geheim}', "entry 1: unknown field 'token'"),
        ('- {id: "1", name: A, duty_officers: x}', "entry 1: duty_officers must be a list"),
        ("- [", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_the_entry(
    environ: dict[str, str], tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "accounts.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="ZALO_ACCOUNTS") as refused:
        load_accounts(load_settings({**environ, "ZALO_ACCOUNTS": str(file)}), {})
    assert said in str(refused.value)
    assert "geheim" not in str(refused.value)
