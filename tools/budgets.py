"""Budgets from a file: so many US dollars a month for the account, a workspace or a tag."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal, cast

from tools.errors import MisconfiguredError

SCOPES = ("account", "workspace", "tag")


@dataclass(frozen=True, slots=True)
class Budget:
    """`name` is the workspace, or `key=value` of a tag; empty for the account."""

    scope: Literal["account", "workspace", "tag"]
    name: str
    monthly_usd: Decimal

    @property
    def title(self) -> str:
        return {"account": "the account", "workspace": f"workspace {self.name}", "tag": f"tag {self.name}"}[self.scope]


def read_budgets(path: Path) -> tuple[Budget, ...]:
    """The budgets of a CSV file with the columns scope, name, monthly_usd. Raises MisconfiguredError, naming the line."""
    try:
        with path.open(newline="") as file:
            return tuple(_budgets(path.name, csv.DictReader(file)))
    except OSError as error:
        raise MisconfiguredError(f"The budgets file {path.name} cannot be read.", do="Check HEALTH_MONITOR_BUDGETS.") from error


def _budgets(file: str, rows: Iterable[dict[str, str]]) -> Iterable[Budget]:
    for line, row in enumerate(rows, 2):
        try:
            scope, amount = row["scope"].strip(), Decimal(row["monthly_usd"].strip())
            if scope not in SCOPES or amount <= 0:
                raise ValueError(scope)
            yield Budget(cast(Literal["account", "workspace", "tag"], scope), (row["name"] or "").strip(), amount)
        except (KeyError, AttributeError, ValueError, InvalidOperation) as error:
            raise MisconfiguredError(
                f"Line {line} of the budgets file {file} is not scope,name,monthly_usd.",
                do=f"Scopes are {', '.join(SCOPES)}; the amount is a positive number of US dollars.",
            ) from error
