"""How figures read: money to the cent, shares, counts, instants."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

MINUS = "−"
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount: Decimal | float) -> str:
    """US dollars to the cent: $4,812.37, negative −$312.00."""
    rounded = cents(Decimal(str(amount)))
    return f"{MINUS if rounded < 0 else ''}${abs(rounded):,.2f}"


def change(amount: Decimal | float) -> str:
    """Money with its sign shown both ways: +$4,812.37 or −$312.00."""
    text = money(amount)
    return text if text.startswith(MINUS) or text == "$0.00" else f"+{text}"


def amount(value: Decimal | float, unit: str, *, signed: bool = False) -> str:
    """A figure in its unit: money as money, anything else as 12.50 minutes."""
    if unit == "USD":
        return change(value) if signed else money(value)
    text = number(Decimal(str(value)))
    return f"{'+' if signed and value > 0 else ''}{text} {unit}"


def percent(share: Decimal | float) -> str:
    """A fraction as a percentage, with a decimal only where whole numbers would hide it."""
    points = Decimal(str(share)) * 100
    rounded = points.quantize(Decimal("0.1" if 0 < abs(points) < 10 else "1"), ROUND_HALF_UP)
    return f"{MINUS if rounded < 0 else ''}{abs(rounded)}%"


def number(value: Decimal | float) -> str:
    if isinstance(value, int):
        return f"{value:,}".replace("-", MINUS)
    return f"{cents(Decimal(str(value))):,}".replace("-", MINUS)


def moment(when: datetime, tz: str) -> str:
    """A time of day in the asker's zone, which is named."""
    return f"{when.astimezone(ZoneInfo(tz)):%a %-d %b %Y %H:%M} {tz}"


def times(count: float) -> str:
    """How often, in words a person uses: once, twice, 9 times, 1.3 times."""
    if count in (1, 2):
        return "once" if count == 1 else "twice"
    return f"{count:,.0f} times" if float(count).is_integer() else f"{count:.1f} times"
