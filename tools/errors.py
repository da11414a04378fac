"""What can go wrong, drawn as one tree and named by who acts next.

HealthMonitorError
├── AskerError            the asker can put it right: a name, a period, a text
│   ├── UnknownNameError  no such workspace, job, SKU …
│   └── BadRequestError   a parameter that makes no sense
├── AdministratorError    a grant, a setting or a file is missing
│   ├── MissingTableError a system table is not enabled or not granted
│   └── MisconfiguredError   a setting is absent or wrong
├── LaterError            nobody did wrong: try again later (locked, throttled, timed out)
└── OperatorError         a fault of ours or of a service: look at the log under the id

An empty result is not an error.
"""

import secrets
from datetime import date


class HealthMonitorError(Exception):
    """One clear sentence for the person who asked, what to do, and an id that joins chat and log."""

    code = "error"

    def __init__(self, what: str, *, do: str = "", choices: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.do = do
        self.choices = choices
        self.id = new_id()

    def sentence(self) -> str:
        """What happened and what to do, without the id."""
        return f"{self.what} {self.do}".strip()


class AskerError(HealthMonitorError):
    code = "asker"


class UnknownNameError(AskerError):
    code = "unknown-name"

    def __init__(self, kind: str, name: str, choices: tuple[str, ...] = ()) -> None:
        hint = f"Did you mean {_or(choices)}?" if choices else f"Check the spelling of the {kind}."
        nothing = "nothing" if kind == "name" else f"no {kind}"
        super().__init__(f"There is {nothing} named “{name[:80]}”.", do=hint, choices=choices)


class BadRequestError(AskerError):
    code = "bad-request"


class AdministratorError(HealthMonitorError):
    code = "administrator"


class MissingTableError(AdministratorError):
    """A system table that is absent, not enabled or not granted; names the statement that grants it."""

    code = "missing-table"

    def __init__(self, table: str, window: tuple[date, date] | None = None) -> None:
        schema = table.rsplit(".", 1)[0]
        asked = f" (asked for {window[0]:%Y-%m-%d} to {window[1]:%Y-%m-%d})" if window else ""
        super().__init__(
            f"The table {table} is not available{asked}.",
            do=f"Ask an administrator to enable it and to run: GRANT USE SCHEMA, SELECT ON SCHEMA {schema} TO `the app`.",
        )
        self.table = table


class MisconfiguredError(AdministratorError):
    code = "misconfigured"


class LaterError(HealthMonitorError):
    code = "later"


class OperatorError(HealthMonitorError):
    code = "operator"


def new_id() -> str:
    """A short id that a person can read out: eight hexadecimal digits."""
    return secrets.token_hex(4)


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(f"“{name}”" for name in names)
