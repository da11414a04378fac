"""A yearly commitment: what is used, where the year will end, what that leaves over or lacks."""

import asyncio
from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from agents.answer import Answer, Finding, Grid, Severity
from agents.cost.forecast import METHOD
from agents.cost.horizon import Horizon
from agents.cost.page import dashboard, through_day
from agents.cost.series import backtest, land, look_ahead, read_series
from agents.cost.spike import no_usage
from agents.figures import cents, money, percent
from agents.question import Question
from agents.specialist import Sources
from tools.cost import cost_complete_through
from tools.ml.forecast import overshoot
from tools.period import Period
from tools.scope import Scope
from tools.spend_days import spend_by_day

SLACK = Decimal("0.1")  # of the commitment: what ends further off is a risk


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year: spent through its last complete day, and its expected end with an 80% range where one is known."""

    number: int
    spent: Decimal
    first: date
    through: date
    end: Decimal | None
    low: Decimal | None
    high: Decimal | None
    runs_out: date | None = None
    chance: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether usage is known from about the first day of the year."""
        return self.first <= date(self.number, 1, 7)

    @property
    def days_left(self) -> int:
        return (date(self.number, 12, 31) - self.through).days


async def investigate(question: Question, sources: Sources) -> Answer:
    """The year of the asked period or this one, against the amount that the question names; one round of queries."""
    number = (question.period.first_day if question.period else question.now.date()).year
    amount = Decimal(str(question.entities.amount_usd)) if question.entities.amount_usd else None
    today = question.now.date()
    until = min(today, date(number, 12, 31))
    past = Period.of_days(date(number, 1, 1), until, "UTC")
    await sources.progress(f"Adding up {number}")
    (complete, arrival), daily = await asyncio.gather(
        cost_complete_through(sources.warehouse, question.now),
        spend_by_day(sources.warehouse, past, Scope(), ("workspace",)),
    )
    utc = replace(question, asker=replace(question.asker, tz="UTC"))
    series = read_series(daily, min(through_day(complete, daily, utc), until))
    read = (daily.receipt, arrival.receipt)
    if not series:
        return await no_usage(replace(question, period=past), sources, Scope(), complete or question.now, list(read))
    year = _year(number, series, amount)
    asked = Period.of_days(date(number, 1, 1), year.through, "UTC")
    evidence = (daily.receipt.id,)
    return Answer(
        question=replace(question, period=asked),
        agents=("cost",),
        headline=_headline(year, amount),
        summary=_summary(year, amount),
        findings=tuple(_findings(year, amount, series, evidence)),
        recommendations=_advice(year, amount),
        tables=(_months(series, number, amount, evidence),),
        links=dashboard(sources, asked),
        followups=(
            "What will we spend next quarter?",
            "How can we save money?"
            if amount is None or _over(year, amount)
            else "What were the top 10 cost contributors this month?",
            "Which jobs failed this month?",
        ),
        evidence=read,
        as_of=complete,
        baseline=f"a commitment of {money(amount)} for {number}" if amount else "none: no commitment was named",
        partial=(*daily.notes, *_caveats(year, amount)),
    )


def _year(number: int, series: Mapping[date, Decimal], amount: Decimal | None) -> Year:
    through, last = max(series), date(number, 12, 31)
    spent = cents(sum(series.values(), Decimal(0)))
    running = through < last
    ahead = look_ahead(series, last) if running else None
    if ahead is None:
        whole = None if running else spent
        return Year(number, spent, min(series), through, whole, whole, whole)
    landing = land(series, ahead, Horizon(date(number, 1, 1), last, str(number)))
    used = overshoot(float(spent), float(amount), ahead, last) if amount else None
    return Year(number, spent, min(series), through, landing.total, landing.low, landing.high,
                used.day if used else None, used.probability if used else None)  # fmt: skip


def _headline(year: Year, amount: Decimal | None) -> str:
    span = f"{year.first:%-d %b} – {year.through:%-d %b %Y}"
    if amount is None:
        end = f"; the year is heading for {money(year.end)}" if year.end is not None and year.days_left else ""
        return f"{money(year.spent)} of usage in {span}{end}. Name the commitment to compare it with: the tables do not hold it."
    text = f"{money(year.spent)} of the {money(amount)} commitment is used ({percent(year.spent / amount)}, {span})"
    if year.spent > amount:
        return f"{text}: it is used up, by {money(year.spent - amount)}."
    if year.end is None:
        return f"{text}; the history is too short to foretell the year's end."
    gap = year.end - amount
    if gap > 0:
        day = f", used up on {year.runs_out:%-d %b}" if year.runs_out else ""
        return f"{text}: the year is heading for {money(year.end)}, {money(gap)} ({percent(gap / amount)}) over{day}."
    if not year.is_whole:
        return (
            f"{text}, and {money(year.end)} is expected by 31 December: whether it will be used up hangs on what was used before "
            f"{year.first:%-d %b}, which the tables do not hold."
        )
    return f"{text}: the year is heading for {money(year.end)}, which leaves {money(-gap)} ({percent(-gap / amount)}) unused."


def _summary(year: Year, amount: Decimal | None) -> str:
    if not year.days_left or year.end is None or year.low is None or year.high is None:
        return "Usage at the contract's price where there is one, else at list price. UTC days."
    chance = ""
    if amount and year.chance is not None and (year.is_whole or _over(year, amount)):
        chance = f" The chance to use it up by 31 December is {percent(year.chance)}."
    return f"The year's end is expected between {money(year.low)} and {money(year.high)} (80%).{chance} {METHOD}"


def _over(year: Year, amount: Decimal) -> bool:
    return (year.end or year.spent) > amount


def _findings(year: Year, amount: Decimal | None, series: Mapping[date, Decimal], evidence: tuple[str, ...]) -> list[Finding]:
    found = []
    recent = sum((cost for day, cost in series.items() if day > year.through - timedelta(days=28)), Decimal(0))
    rate = recent / min(28, len(series))
    if amount is not None and not year.is_whole and not _over(year, amount):
        pace = cents(year.spent / ((year.through - year.first).days + 1) * _days(year.number))
        text = f"A whole year at the pace of the recorded days would come to {money(pace)}: {percent(pace / amount)} of it."
        found.append(Finding("medium", text, "cost", evidence))
    elif amount is not None:
        found.extend(_against(year, amount, rate, evidence))
    tried = backtest(series, year.days_left) if year.days_left else None
    if tried:
        found.append(Finding("info", str(tried), "cost", evidence))
    return found


def _against(year: Year, amount: Decimal, rate: Decimal, evidence: tuple[str, ...]) -> list[Finding]:
    gap = ((year.end if year.end is not None else year.spent) - amount) / amount
    severity: Severity = "high" if abs(gap) > SLACK else "good"
    side = "above" if gap > 0 else "below"
    found = [Finding(severity, f"Expected to end {percent(abs(gap))} {side} the commitment.", "cost", evidence)]
    target = amount * ((year.through - date(year.number, 1, 1)).days + 1) / _days(year.number)
    ahead = "ahead of" if year.spent > target else "behind"
    text = f"An even pace would have used {money(target)} by now: use is {money(abs(year.spent - target))} {ahead} it."
    found.append(Finding("info", text, "cost", evidence))
    if year.days_left and amount > year.spent:
        needed = (amount - year.spent) / year.days_left
        text = f"To use exactly the rest takes {money(needed)} a day for {year.days_left} days; the last 28 ran at {money(rate)}."
        found.append(Finding("info", text, "cost", evidence))
    return found


def _days(year: int) -> int:
    return 366 if isleap(year) else 365


def _advice(year: Year, amount: Decimal | None) -> tuple[str, ...]:
    if amount is None:
        return ("Ask again with the amount, as in: how are we doing on our $3,000,000 annual commit?",)
    end = year.end if year.end is not None else year.spent
    if end > amount * (1 + SLACK):
        return (
            f"Talk to the account team before {year.runs_out:%-d %b %Y}: use beyond the commitment may cost list price."
            if year.runs_out and year.spent <= amount
            else "Talk to the account team now: use beyond the commitment may cost list price.",
            "Size the next commitment by the low end of the range, and let the rest be on demand.",
        )
    if end <= amount and not year.is_whole:
        return (
            f"Add what was used before {year.first:%-d %b %Y} from the invoices or the account console, and compare that sum.",
        )
    if end < amount * (1 - SLACK):
        return (
            "Ask the account team whether the rest can roll over, before the year ends.",
            "Bring forward work that is planned anyway; do not buy a larger commitment.",
        )
    return ("Keep the commitment as it is; look again a month before the year ends.",)


def _caveats(year: Year, amount: Decimal | None) -> list[str]:
    said = []
    if not year.is_whole:
        text = (
            f"The tables hold usage from {year.first:%-d %b %Y} only: what was used before that in {year.number} is not counted"
        )
        said.append(f"{text}{', so true use of the commitment is higher' if amount else ''}.")
    said.append("The commitment is taken to run with the calendar year; cloud provider costs are not in it.")
    return said


def _months(series: Mapping[date, Decimal], number: int, amount: Decimal | None, evidence: tuple[str, ...]) -> Grid:
    rows: list[tuple[object, ...]] = []
    running = Decimal(0)
    for month in sorted({day.replace(day=1) for day in series}):
        spent = sum((cost for day, cost in series.items() if day.replace(day=1) == month), Decimal(0))
        running += spent
        share = (float(running / amount),) if amount else ()
        rows.append((f"{month:%b %Y}", cents(spent), cents(running), *share))
    columns: Sequence[str] = ("month", "used", "used so far", *(("of the commitment",) if amount else ()))
    kinds = ("text", "usd", "usd", *(("percent",) if amount else ()))
    return Grid(f"{number} by month", tuple(columns), tuple(rows), kinds, evidence)
