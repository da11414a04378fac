"""A Postgres of our own on the loopback, for as long as it is needed; Debian's package `postgresql` brings the programs."""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

USER = "monitor"


@dataclass(frozen=True)
class Postgres:
    """A running server. Each `database` is new and empty."""

    port: int
    place: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str) -> None:
        """As the server's owner, who needs no password."""
        engine = create_engine(f"postgresql+psycopg://{USER}@/postgres?host={self.place}&port={self.port}")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres(entry: str = "trust") -> Iterator[Postgres]:
    """Starts a server in a directory that is removed afterwards; `entry` is how it lets in who comes over the network."""
    programs = _programs()
    place = Path(tempfile.mkdtemp(prefix="postgres-"))
    # The server refuses to run as root, so a root user lends it to the package's own.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(place, user)
    data = place / "data"

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=place, timeout=60)

    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c fsync=off"
    try:
        run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            USER,
            "--auth-local=trust",
            f"--auth-host={entry}",
            "--encoding=UTF8",
            "--no-sync",
        )
        run(programs / "pg_ctl", "-D", data, "-l", place / "log", "-o", options, "-w", "start")
        try:
            yield Postgres(port, place)
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _programs() -> Path:
    """The newest server's programs, which Debian keeps out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    here = found[-1] if found else shutil.which("initdb")
    assert here, "these tests need a Postgres server: apt-get install postgresql"
    return Path(here).parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
