"""The account's names, kept in a file between processes: to read them takes longer than to answer."""

import hashlib
import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tools.names import Names, read_names
from tools.warehouse import Warehouse

KEPT = 8


class Vocabulary:
    """Names of one warehouse. `version` changes when its data does; without a `directory` nothing is kept."""

    def __init__(self, warehouse: Warehouse, budgets: tuple[str, ...], version: str, directory: Path | None) -> None:
        self._warehouse = warehouse
        self._budgets = budgets
        self._version = version
        self._directory = directory

    async def names(self, now: datetime) -> Names:
        """The names as of this hour."""
        file = self._file(now)
        if file and (kept := _kept(file)):
            return kept
        names = await read_names(self._warehouse, now.date(), self._budgets)
        if file:
            _keep(file, names)
        return names

    def _file(self, now: datetime) -> Path | None:
        if self._directory is None:
            return None
        key = f"{self._version} {now:%Y-%m-%dT%H} {self._budgets}"
        return self._directory / f"names-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def _kept(file: Path) -> Names | None:
    try:
        saved: dict[str, Any] = json.loads(file.read_text())
        tags = {key: tuple(values) for key, values in saved.pop("tags").items()}
        return Names(**{kind: tuple(names) for kind, names in saved.items()}, tags=tags)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _keep(file: Path, names: Names) -> None:
    """Written whole or not at all; a directory that cannot be written to only costs time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(names)))
        part.replace(file)
        for old in sorted(file.parent.glob("names-*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return
