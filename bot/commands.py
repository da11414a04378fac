"""The slash commands: one table that makes the manifest, the help and the questions."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from tools.errors import BadRequestError

# What may be narrowed as key:value, and how it reads in a question.
KEYS = {
    "when": "{}",
    "workspace": "in workspace {}",
    "job": "for job {}",
    "pipeline": "for pipeline {}",
    "warehouse": "on warehouse {}",
    "cluster": "on cluster {}",
    "sku": "for SKU {}",
    "product": "for product {}",
    "team": "for team {}",
    "user": "for user {}",
    "table": "for table {}",
    "model": "for model {}",
    "endpoint": "for endpoint {}",
    "sla": "with an SLA of {}",
}
_PAIR = re.compile(r"""(?<!\S)([A-Za-z_]+):(?!//)(?:"([^"]*)"|“([^”]*)”|(\S+))""")


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `ask` is its question, `{}` what was typed; `bare` is the period if none was given."""

    name: str
    description: str
    hint: str
    ask: str
    bare: str = ""
    example: str = ""


COMMANDS = (
    Command("/cost-spike", "Why did costs jump?", "[when] [workspace:name]", "Why did our costs spike {}?",
            "in the last 7 days", "last Tuesday workspace:prod"),
    Command("/cost-top", "What costs most?", "[when] [workspace:name]", "What are the top cost contributors {}?",
            "in the last 30 days", "last week workspace:prod"),
    Command("/cost-forecast", "What will this month cost?", "[when] [workspace:name]", "What is the cost forecast {}?",
            "for this month", "next month workspace:prod"),
    Command("/budget", "Are we within budget?", "[when] [workspace:name or team:name]",
            "How do our costs compare with the budget {}?", "this month", "this month team:data-platform"),
    Command("/failed-jobs", "Which jobs failed, and why?", "[when] [workspace:name] [job:name]",
            "Which jobs failed {}?", "in the last 24 hours", "yesterday workspace:prod"),
    Command("/sla", "Which jobs missed their SLA?", "[when] [job:name] [sla:60min]", "Which jobs missed their SLA {}?",
            "in the last 7 days", "yesterday sla:60min"),
    Command("/slow-queries", "Which queries are slow?", "[when] [warehouse:name]", "What are the slowest queries {}?",
            "in the last 24 hours", "today warehouse:bi"),
    Command("/job-slow", "Why did a job get slower?", "job:name [when]", "Why is the job slower than usual {}?",
            "in the last 7 days", "job:orders_load since Monday"),
    Command("/security-check", "Is anything suspicious going on?", "[when] [workspace:name]",
            "Are there any security anomalies {}?", "in the last 24 hours", "last week workspace:prod"),
    Command("/user-activity", "What did someone do?", "user:email [when]", "What was the user activity {}?",
            "in the last 24 hours", "user:ana@example.com yesterday"),
    Command("/lineage", "What depends on a table?", "table:catalog.schema.table", "What is the lineage {}?",
            "", "table:main.sales.orders"),
    Command("/data-quality", "Which tables are stale or broken?", "[when] [table:name]",
            "Which tables have data quality issues {}?", "today", "this week table:main.sales.orders"),
    Command("/model-health", "How are models and endpoints doing?", "[when] [model:name or endpoint:name]",
            "How healthy are our models and serving endpoints {}?", "in the last 24 hours", "last week endpoint:churn"),
    Command("/health", "An overview, help, or any question", "[help | any question]", "{}",
            "How healthy is our Databricks account today?", "why did our costs spike last Tuesday?"),
)  # fmt: skip


def find(name: str) -> Command | None:
    return next((command for command in COMMANDS if command.name == name), None)


def question(command: Command, typed: str) -> str:
    """The plain question that a command with these arguments asks. Raises BadRequestError, which shows an example."""
    pairs = [(match[1].lower(), match[2] or match[3] or match[4] or "") for match in _PAIR.finditer(typed)]
    for key, _ in pairs:
        if key not in KEYS:
            raise _unknown(command, key)
    free = " ".join(_PAIR.sub(" ", typed).split()).rstrip("?").strip()
    about = " ".join(KEYS[key].format(value) for key, value in pairs)
    if command.ask == "{}":
        mark = "?" if typed.rstrip().endswith("?") else ""
        return f"{free} {about}".strip() + mark if free or about else command.bare
    when = "" if any(key == "when" for key, _ in pairs) else command.bare
    words = command.ask.format(f"{free or when} {about}")
    return " ".join(words.split()).replace(" ?", "?")


def usage(command: Command) -> str:
    return f"{command.name} {command.hint}"


def help_lines() -> list[str]:
    """Every command with its hint and what it answers."""
    return [f"{usage(command)} – {command.description}" for command in COMMANDS]


def _unknown(command: Command, key: str) -> BadRequestError:
    near = get_close_matches(key, KEYS, n=1)
    meant = f"Did you mean “{near[0]}:”? " if near else ""
    example = f"Try: {command.name} {command.example}"
    return BadRequestError(f"I do not know “{key[:40]}:”.", do=meant + example, choices=tuple(near))
