"""`python -m simulator`: read the environment and serve until interrupted."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import sys

import structlog
from aiohttp import web

from simulator.app import make_app
from simulator.settings import Settings, SettingsError, read_settings


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; raises OSError when the port cannot be had."""
    runner = web.AppRunner(make_app(settings), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
        await site.start()
        port = runner.addresses[0][1]
        where = f"http://{settings.host}:{port}/"
        print(f"Zalo simulator: chat page {where} webhook {settings.webhook_url}", flush=True)
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        await stopped.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    """Read the settings and serve; returns the exit code. 2 means a setting or the port cannot be used."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(settings))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {settings.port} is already in use; set SIMULATOR_PORT to a free port"
        else:
            reason = (
                f"cannot listen on {settings.host} port {settings.port} ({error.strerror or error}); "
                "check SIMULATOR_HOST and SIMULATOR_PORT"
            )
        print(f"simulator: {reason}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
