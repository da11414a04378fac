"""The Dockerfile: what it copies is there and enough to start, what it runs is a command of ours. No container is built."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOW

ROOT = Path(__file__).resolve().parents[1]
LINES = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text()).splitlines()


def instruction(name: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{name} ")]


def exec_form(name: str) -> list[str]:
    """The last list of words of an instruction."""
    words: list[str] = json.loads(instruction(name)[-1][instruction(name)[-1].index("[") :])
    return words


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in instruction("ENV") for pair in line.split())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def app(tmp_path: Path, sample_file: Path) -> Path:
    """The image's working directory: nothing but what the Dockerfile copies there, and a sample account to save time."""
    (tmp_path / ".cache").symlink_to(sample_file.parent)
    for line in instruction("COPY"):
        source, target = line.split()
        assert target in ("./", f"./{source}")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path)
    return tmp_path


@contextlib.contextmanager
def started(app: Path, *arguments: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The image's command; on this machine alone, since nobody's identity is checked."""
    own = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {
        "HEALTH_MONITOR_HOST": "127.0.0.1",
        "HEALTH_MONITOR_PORT": str(port),
        "HEALTH_MONITOR_STORE": f"sqlite:///{app / 'store.sqlite'}",
        "HEALTH_MONITOR_TEAMS_DEVELOPMENT": "1",
    }
    command = [sys.executable, *exec_form("ENTRYPOINT")[1:], *arguments, "--now", NOW.isoformat()]
    with subprocess.Popen(command, cwd=app, env=own | environment() | settings, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def health(port: int) -> int:
    """The exit code of the image's health check."""
    command = [sys.executable, *exec_form("HEALTHCHECK")[1:]]
    settings = os.environ | {"HEALTH_MONITOR_PORT": str(port)}
    return subprocess.run(command, env=settings, stderr=subprocess.DEVNULL, check=False, timeout=30).returncode


def test_it_starts_with_nothing_but_what_is_copied_and_its_health_check_tells(app: Path) -> None:
    port = free_port()
    assert health(port) != 0, "nothing runs yet"
    with started(app, *exec_form("CMD"), port=port) as process:
        deadline = time.monotonic() + 60
        while health(port) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.2)
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        assert health(port) == 0
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/api/messages", data=b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(asked, timeout=10)
    assert process.returncode == 0, "it stops when it is asked to"


def test_its_command_is_the_one_that_serves_teams() -> None:
    assert exec_form("ENTRYPOINT") + exec_form("CMD") == ["python", "-m", "bot", "serve", "--teams"]


def test_it_does_not_run_as_root_and_listens_to_the_port_it_exposes() -> None:
    assert instruction("USER") and instruction("USER")[-1] not in ("root", "0")
    assert LINES.index(f"USER {instruction('USER')[-1]}") > max(at for at, line in enumerate(LINES) if line.startswith("RUN "))
    assert environment()["HEALTH_MONITOR_PORT"] == instruction("EXPOSE")[0]
    assert environment()["HEALTH_MONITOR_HOST"] == "0.0.0.0"


def test_its_python_is_one_that_the_project_supports_and_its_packages_are_checked() -> None:
    [image] = instruction("FROM")
    minor = int(re.fullmatch(r"python:3\.(\d+)-slim", image)[1])  # type: ignore[index]
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    lowest, highest = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", supported).groups())  # type: ignore[union-attr]
    assert lowest <= minor < highest
    assert any("--require-hashes -r requirements.txt" in line for line in instruction("RUN"))


def test_nothing_is_sent_to_the_builder_but_what_is_copied() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == {line.split()[0] for line in instruction("COPY")}
