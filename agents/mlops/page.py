"""What all ML Ops answers share: default periods, addresses, the owner to ask, and what to say of an empty period."""

from collections.abc import Sequence
from dataclasses import replace

from agents.answer import Answer, Link
from agents.attempt import Attempt, gaps, last_time
from agents.figures import moment
from agents.mlops.runs import Run, experiment_title
from agents.mlops.scope import Endpoint, Scope
from agents.question import Question
from tools.errors import MissingTableError
from tools.links import resource_url
from tools.period import Period
from tools.table import Receipt, Table

_LACKS = " are not in this answer: "  # as agents.attempt words it
USAGE = "system.serving.endpoint_usage"
RUNS = "system.mlflow.runs_latest"
UNLOGGED = "no payloads are logged then (in an inference table), and usage has no latency"
NO_LABELS = "Whether predictions are right is not recorded: no table here holds the true outcomes."


def links(endpoints: Sequence[Endpoint], *, models: bool = True) -> tuple[Link, ...]:
    """Each endpoint, and its model where Unity Catalog has it."""
    found = []
    for one in endpoints[:3]:
        url = resource_url(one.host, one.workspace_id, "endpoint", one.name)
        found += [Link(f"Endpoint {one.name}", url)] if url else []
        registered = models and one.is_own and one.model.count(".") == 2
        url = resource_url(one.host, one.workspace_id, "model", one.model) if registered else None
        found += [Link(f"Model {one.model}", url)] if url else []
    return tuple(found)


def experiment_links(*runs: Run | None) -> tuple[Link, ...]:
    """The MLflow experiment of each run, once, at most three."""
    found = {}
    for run in runs:
        url = resource_url(run.host, run.workspace_id, "experiment", run.experiment_id) if run else None
        if run and url:
            found[url] = Link(f"Experiment {experiment_title(run.experiment)}", url)
    return tuple(found.values())[:3]


def whom(endpoint: Endpoint) -> str:
    """Who to ask about an endpoint."""
    return endpoint.owner or "the owner of the endpoint"


def missing(*read: Table | Attempt) -> tuple[str, ...]:
    """The gaps; those for want of the same table as one sentence."""
    lacking: dict[str, list[Attempt]] = {}
    rest: list[Table | Attempt] = []
    for one in read:
        if isinstance(one, Attempt) and isinstance(one.error, MissingTableError):
            lacking.setdefault(one.error.table, []).append(one)
        else:
            rest.append(one)
    told = [
        f"{', '.join(dict.fromkeys(one.gap.partition(_LACKS)[0] for one in ones))}{_LACKS}{ones[0].gap.partition(_LACKS)[2]}"
        for ones in lacking.values()
    ]
    return (*told, *gaps(*rest))


def empty(question: Question, scope: Scope, age: Table | Attempt, evidence: tuple[Receipt, ...]) -> Answer:
    """No request fits: says for what, and which days the table holds. `age` is held() over its whole reach."""
    if not scope.endpoints:
        return _none(question, scope, evidence)
    what = f" to {', '.join(scope.names)}" if scope.named else ""
    first, last = next(((row["first_time"], row["last_time"]) for row in age), (None, None))
    holds = (
        f"{USAGE} holds requests from {first:%a %-d %b %Y} to {last:%a %-d %b %Y} (UTC)."
        if first and last
        else f"{USAGE} holds nothing at all."
    )
    return Answer(
        question=question,
        agents=("mlops",),
        headline=f"No requests{what} are recorded in {question.period}.",
        summary=" ".join(filter(None, (f"{holds} Ask for another period{', or check the name' if what else ''}.", scope.note))),
        links=links(scope.endpoints) if scope.named else (),
        followups=("Which models are in production?", "Which jobs failed in the last 7 days?"),
        evidence=evidence,
        as_of=last_time(age),
    )


def _none(question: Question, scope: Scope, evidence: tuple[Receipt, ...]) -> Answer:
    places = ", ".join(question.entities.workspaces)
    if scope.gap:
        return Answer(
            question=question,
            agents=("mlops",),
            headline="Which serving endpoints there are is not known.",
            summary=f"{scope.gap}.",
            followups=("Compare experiments", "Which jobs failed in the last 7 days?"),
            evidence=evidence,
            partial=(scope.gap,),
        )
    return Answer(
        question=question,
        agents=("mlops",),
        headline=f"No serving endpoint exists{f' in {places}' if places else ' in this account'}.",
        summary="system.serving.served_entities names none; an endpoint appears there when it is first configured.",
        followups=("Compare experiments", "Which jobs failed in the last 7 days?"),
        evidence=evidence,
    )


def reach(asked: Period, age: Table | Attempt) -> str:
    """Where the period begins before anything was recorded; '' where it does not."""
    first = next((row["first_time"] for row in age), None)
    if first is None or first <= asked.start:
        return ""
    return f"Requests are recorded from {moment(first, asked.tz)} on; what was before is not in this answer."


def noted(answer: Answer, scope: Scope) -> Answer:
    """The answer with how a part of a name was read."""
    return replace(answer, summary=f"{answer.summary} {scope.note}".strip()) if scope.note else answer
