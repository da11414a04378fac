"""Values as JSON that keeps their kinds, and when two engines agree on one. The tolerances are here, once."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

# Sums and quotients of DOUBLE are added up in another order; DECIMAL, integers, text and times must be equal.
RELATIVE, ABSOLUTE = 1e-9, 1e-9


def encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"instant": (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": format(value, "f")}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, Mapping):
        return {"record": {str(key): encoded(item) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    return value


def differences(ours: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]]) -> list[str]:
    """How two results (encoded rows, in any order) differ; nothing if they agree."""
    if len(ours) != len(theirs):
        return [f"{len(ours)} rows against {len(theirs)}"]
    pairs = zip(sorted(ours, key=_order), sorted(theirs, key=_order), strict=True)
    return [f"{a} against {b}" for a, b in pairs if not _agree(list(a), list(b))]


def _order(row: Sequence[Any]) -> str:
    return json.dumps([_rounded(value) for value in row])


def _rounded(value: Any) -> Any:
    number = _number(value)
    return value if number is None else f"{float(number):.6g}"


def _agree(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_agree(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict) and "record" in a and "record" in b:
        fields, others = a["record"], b["record"]
        return fields.keys() == others.keys() and all(_agree(value, others[key]) for key, value in fields.items())
    x, y = _number(a), _number(b)
    if x is None or y is None:
        return bool(a == b and type(a) is type(b))
    if isinstance(x, float) or isinstance(y, float):
        return _close(float(x), float(y))
    return x == y


def _close(x: float, y: float) -> bool:
    return (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _number(value: Any) -> int | float | Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, dict) and "decimal" in value:
        return Decimal(value["decimal"])
    if isinstance(value, dict) and "float" in value:
        return float(value["float"])
    return None
