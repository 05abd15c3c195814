"""A Postgres server of our own for a measurement: real syncs, loopback only, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import sqlalchemy as sa

from benchmarks.channel.processes import DidNotStart, free_ports


def program(name: str) -> str | None:
    """Find a program of the server, which Debian keeps off the PATH."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def seconds_of(process: int, with_ended: bool = False) -> float:
    """Give the seconds of a processor that a process used, and its ended children's with it if asked for."""
    try:
        # The name, which may hold anything, ends with the last bracket; behind it the third field begins.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if with_ended else 13]) / os.sysconf("SC_CLK_TCK")


class Postgres:
    """One server; `sync` off makes tests quick, and is no measurement."""

    def __init__(self, sync: bool = True) -> None:
        # A short path of its own: the name of a socket may hold about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="an-ninh-bench-"))
        self._port = free_ports(1)[0]
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            # Postgres refuses to run as root.
            shutil.chown(self._folder, "postgres")
            self._as_user = ["runuser", "-u", "postgres", "--"]
        self._options = (
            f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
            f" -c fsync={'on' if sync else 'off'}"
        )

    @staticmethod
    def is_installed() -> bool:
        """Tell whether this machine has the server's programs."""
        return program("initdb") is not None and program("pg_ctl") is not None

    def start(self) -> None:
        """Make the cluster and start it. Raises DidNotStart."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8")
        self.resume()

    def resume(self) -> None:
        """Start it on what it holds."""
        self._run("pg_ctl", "-l", f"{self._folder}/log", "-w", "-o", self._options, "start")

    def cut(self) -> None:
        """End it as a power failure would."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """End it and delete everything."""
        try:
            self.cut()
        except DidNotStart:
            pass
        shutil.rmtree(self._folder, ignore_errors=True)

    def processor_seconds(self) -> float:
        """Give the seconds of a processor that the server and its backends used."""
        process = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return seconds_of(process, with_ended=True) + sum(seconds_of(int(child)) for child in children)

    def new_database(self, name: str) -> str:
        """Make an empty database and give its address."""
        server = f"postgresql://postgres@127.0.0.1:{self._port}"
        engine = sa.create_engine(f"{server}/postgres", future=True, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return f"{server}/{name}"

    def _run(self, name: str, *arguments: str) -> None:
        found = program(name)
        if found is None:
            raise DidNotStart(f"{name} is not installed (Debian: postgresql)")
        command = [*self._as_user, found, "-D", f"{self._folder}/data", *arguments]
        # A pipe would stay open in the server that pg_ctl leaves behind.
        with (self._folder / f"{name}.out").open("wb") as output:
            done = subprocess.run(command, cwd="/", timeout=120, check=False, stdout=output, stderr=output)
        if done.returncode != 0:
            raise DidNotStart((self._folder / f"{name}.out").read_text(errors="replace")[-1000:])
