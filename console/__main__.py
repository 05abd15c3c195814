"""`python -m console`: serve the officers' pages on CONSOLE_HOST and CONSOLE_PORT."""

from __future__ import annotations

import sys

import uvicorn
from dotenv import load_dotenv

from console.app import build_app, build_console
from services.db.migrate import upgrade
from services.errors import SettingsError
from services.logging import configure_logging
from services.settings import ROOT, load_settings


def main() -> int:
    """Serve until told to stop; 2 when the settings are wrong."""
    load_dotenv(ROOT / ".env")
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    configure_logging(settings.log_level)
    console = build_console(settings)
    upgrade(console.database)
    uvicorn.run(
        build_app(console),
        host=settings.console_host,
        port=settings.console_port,
        log_config=None,
        # Addresses hold what officers search for.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
