"""`docs/models/*.md`: what each model is for, what it learned from, how good it was when last measured, and its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.evals.ml.report import Section

PLACE = Path(__file__).resolve().parents[3] / "docs" / "models"
HEADINGS = ("Data", "Features", "Period", "Figures", "Limits")
LEARNED = "Trained on 90 days, tried on the 30 days after them; in use, on all 120 days up to the day of training."


@dataclass(frozen=True, slots=True)
class Card:
    """What a figure cannot tell about a model."""

    model: str
    what: str
    data: str
    features: str
    period: str
    limits: str


def text(card: Card, sections: Sequence[Section]) -> str:
    """The card; raises ValueError where the evaluation measured nothing of the model."""
    mine = [each for each in sections if each.model == card.model]
    if not mine or not all(each.rows for each in mine):
        raise ValueError(f"nothing was measured of {card.model}")
    figures = "\n".join(each.text() for each in mine)
    parts = dict(zip(HEADINGS, (card.data, card.features, card.period, figures, card.limits), strict=True))
    body = "\n\n".join(f"## {heading}\n\n{part.strip()}" for heading, part in parts.items())
    return f"# {card.model}\n\n{card.what} Written by `python -m tests.evals.ml --cards`.\n\n{body}\n"


def write(sections: Sequence[Section], place: Path = PLACE) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for card in CARDS:
        (place / f"{card.model}.md").write_text(text(card, sections), encoding="utf-8")


CARDS = (
    Card(
        "cost-anomaly-detector",
        "Says of each day of a cost series whether it was unusual: score, expected value with a 95 % interval, direction "
        "and kind.",
        "Daily cost (`usage_cost`) of the account, a workspace, SKU, product or tag.",
        "Level of the last ten days, habit of each weekday over six weeks, spread of the last 28 days; on an asinh scale.",
        "Nothing is learned beforehand: each day is judged by the days of its own series before it.",
        "Fewer than 14 known days never alarm. A holiday that comes once a year looks like a drop. Days after the last "
        "complete one are never judged. On our own planted series, of regular noise, a simple weekday median can reach a "
        "higher F1 than the model does; on cost cases with bursts, churn and late starts it does not.",
    ),
    Card(
        "query-performance-forecaster",
        "Foretells the next day's p50 and p95 latency of a SQL warehouse, with an 80 % interval.",
        "`fact_query_history`: days with at least ten timed statements of a SQL warehouse.",
        "Yesterday, the last three days, the last week, days of the same kind; as differences from a 28-day level, on "
        "logarithms.",
        LEARNED,
        "A warehouse needs seven known days in 28. The duration of a repeated statement is told by the middle of its last "
        "twenty runs, with the spread of these: nothing learned did better, so nothing of it is registered.",
    ),
    Card(
        "job-failure-predictor",
        "The probability that the next run of a job fails or is late, with the reasons in words.",
        "`job_runs`, task attempts and table lineage: runs that had ended before the predicted one starts.",
        "Last outcome, failures in a row, time since a success, failure rates of 5 and 50 runs, duration drift, retries, "
        "upstream failures, failures of the same compute and workspace.",
        LEARNED,
        "It sees no code and no data that change next. A job without an ended run is refused. The probability of being "
        "late assumes log-normal durations. The sample's failures are planted or random, so an account with other causes "
        "of failure should train its own.",
    ),
    Card(
        "security-threat-detector",
        "For each identity and day: kind of threat, score, severity and the events that count.",
        "`fact_audit_logs` of people and service principals; small attacks staged on people's own days, since real ones "
        "are rare.",
        "Counts by kind (refused sign-ins, refusals, new places, exports, grants, unusual hours, silence) against the own "
        "past and peers.",
        LEARNED,
        "Four weeks of history are needed. Slow theft below the usual daily count is not seen. Staged attacks are of four "
        "kinds, all within minutes, and easier than a patient attacker's. The investigation agents/security uses rules of "
        "its own, which name also what one event proves (a public share, a new metastore administrator); how many of the "
        "staged attacks these rules find has not been measured.",
    ),
    Card(
        "root-cause-localizer",
        "Which elements of a cube explain why a total, or a ratio, differs from its baseline. It is a method (`localize`, "
        "`localize_ratio`), not a trained model.",
        "One row per leaf: dimensions, actual and expected amount; for a ratio, counts of both periods.",
        "Likelihood of a common factor among an element's leaves against the noise of the others, and its share of the "
        "money that moved; for a ratio, a scan statistic over counts.",
        "Nothing is learned beforehand; the noise is learned from the frame itself. The given grids were at hand when it "
        "was made.",
        "A control with very rough noise can be blamed: in an answer a cause is named only for a day that the anomaly "
        "detector finds unusual. Elements below a fiftieth of the total are not named where the baseline is rough.",
    ),
)
