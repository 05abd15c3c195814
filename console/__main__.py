"""`python -m console`: serve the officers' pages on CONSOLE_HOST and CONSOLE_PORT."""

from __future__ import annotations

import sys

from dotenv import load_dotenv

from console.app import build_console
from console.serving import server_for
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
    server_for(console, settings.console_host, settings.console_port).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
