"""How uvicorn serves the console."""

from __future__ import annotations

import uvicorn

from console.app import build_app
from console.visit import Console


def server_for(console: Console, host: str, port: int) -> uvicorn.Server:
    """Give the server; port 0 takes a free one."""
    return uvicorn.Server(
        uvicorn.Config(
            build_app(console),
            host=host,
            port=port,
            log_config=None,
            # Addresses hold what officers search for.
            access_log=False,
            server_header=False,
            # Nothing of ours uses them, and the version that Rasa pins does not fit.
            ws="none",
            timeout_graceful_shutdown=5,
        )
    )
