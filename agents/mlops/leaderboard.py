"""Experiments and runs side by side on one metric: ranks, usual values, parameters, and the sentence that says who leads."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.answer import Finding
from agents.counts import many
from agents.figures import percent
from agents.mlops.runs import Run, experiment_title, is_lower_better, ranked, settings, usual
from tools.period import Period

__all__ = ["Case", "advice", "compared", "findings", "headline", "is_lower_better", "side", "summary"]

WORDS = {
    "failed": r"fail|crash|killed",
    "who": r"\bwho\b|\bwhose\b",
    "params": r"hyper-?param|\bparam",
    "best": r"best|worst|compar|leaderboard|rank|which "
    "run|winner|highest|lowest|\btop\b|metric|versus|\bvs\b|between|curve|loss|auc|rmse|\bf1\b",
}


@dataclass(frozen=True)
class Case:
    """The runs in question, newest first, and the metric that they are compared on ('' = they have none)."""

    runs: tuple[Run, ...]
    metric: str
    absent: str  # a metric that the question names and no run has
    when: str
    named: bool

    @cached_property
    def experiments(self) -> dict[str, list[Run]]:
        """The runs of each experiment, the one with the best run first."""
        groups: dict[str, list[Run]] = {}
        for run in self.ranked:
            groups.setdefault(run.experiment, [])
        for run in self.runs:
            groups.setdefault(run.experiment, []).append(run)
        return groups

    @cached_property
    def ranked(self) -> list[Run]:
        return ranked(self.runs, self.metric)

    @property
    def shown(self) -> tuple[Run, ...]:
        """One run for each experiment, the best where there is one."""
        return tuple(
            next((run for run in self.ranked if run.experiment == name), own[0]) for name, own in self.experiments.items()
        )

    def best(self, experiment: str) -> Run | None:
        return next((run for run in self.ranked if run.experiment == experiment), None)


def side(text: str, case: Case) -> str:
    """What the question asks for: failed, who, params, best or, without any such word and name, the list."""
    found = next((name for name, pattern in WORDS.items() if re.search(pattern, text, re.IGNORECASE)), "")
    return found or ("best" if case.named else "list")


def headline(case: Case, asked: str, best: Run | None) -> str:
    count = len(case.experiments)
    if asked in ("failed", "who", "list") or best is None:
        return _counted(case, asked, best)
    value = f"{case.metric} {best.last(case.metric):.4g}"
    absent = f"No run records {case.absent}. " if case.absent else ""
    chosen = f" with {settings(best)}" if asked == "params" and best.params else ""
    if count > 1 and case.named:
        return f"{absent}{_between(case, best)}{f' Settings: {settings(best)}.' if chosen else ''}"
    if count > 1:
        return (
            f"{absent}{best.name} has the best {value} in {case.when}, of "
            f"{many(count, 'experiment')}; they train different models, "
            "so compare within each (table)."
        )
    return (
        f"{absent}{best.name} is the best of {many(len(case.ranked), 'finished run')} in "
        f"{experiment_title(best.experiment)}: {value}{chosen}, {case.when}."
    )


def _counted(case: Case, asked: str, best: Run | None) -> str:
    """How many runs, how many failed, whose."""
    runs, count = case.runs, len(case.experiments)
    failed = [run for run in runs if run.has_failed]
    if asked == "failed":
        if not failed:
            return f"None of {many(len(runs), 'run')} in {case.when} failed."
        names = ", ".join(run.name for run in failed[:3])
        return (
            f"{many(len(failed), 'training run')} of {len(runs)} failed in {case.when}: "
            f"{names}{' and more' if len(failed) > 3 else ''}."
        )
    if asked == "who":
        people = _by_person(runs)
        who, most = next(iter(people.items()))
        return f"{many(len(people), 'user')} ran {many(len(runs), 'run')} in {case.when}; {who} most of them ({most})."
    without = "" if best or not case.named else "; none of them finished with a metric"
    finished = sum(run.is_finished for run in runs)
    return (
        f"{many(count, 'experiment')} had {many(len(runs), 'run')} in {case.when}: "
        f"{finished} finished, {len(failed)} failed{without}."
    )


def _between(case: Case, best: Run) -> str:
    """The leading experiment against the next, and whether runs differ that much anyway."""
    second = next((run for name in case.experiments if name != best.experiment and (run := case.best(name))), None)
    lead = f"{experiment_title(best.experiment)} leads on {case.metric}: {best.last(case.metric):.4g} ({best.name})"
    if second is None:
        return f"{lead}; no other has a finished run with it, {case.when}."
    one, other = best.last(case.metric) or 0.0, second.last(case.metric) or 0.0
    spread = usual(case.experiments[best.experiment], case.metric)
    size = (
        f" The difference of {abs(one - other):.2g} is "
        f"{'more than' if spread and abs(one - other) > spread[1] else 'within'} the usual spread of "
        f"its runs ({spread[1]:.2g})."
        if spread
        else ""
    )
    return f"{lead} against {other:.4g} in {experiment_title(second.experiment)} ({second.name}), {case.when}.{size}"


def summary(case: Case) -> str:
    if not case.metric:
        return "No metric that judges a model is recorded on these runs."
    direction = "lower" if is_lower_better(case.metric) else "higher"
    return (
        f"Compared on the last value of {case.metric} ({direction} is better); the "
        "last step is what a model keeps, not its best one."
    )


def findings(case: Case, best: Run | None, ids: tuple[str, ...]) -> list[Finding]:
    """What usually comes out of each named experiment, and which settings the best run has that others have not."""
    found = []
    for name, own in list(case.experiments.items())[: 3 if case.named else 0]:
        figures = usual(own, case.metric)
        if figures:
            text = (
                f"{experiment_title(name)}: {case.metric} is usually {figures[0]:.4g} ± {figures[1]:.2g} over "
                f"{many(sum(run.last(case.metric) is not None and run.is_finished for run in own), 'finished run')}."
            )
            found.append(Finding("info", text, "mlops", ids))
    if best and len(case.experiments) == 1 and len(case.ranked) >= 4:
        apart = _apart(case, best)
        found += (
            [Finding("info", f"Settings of the best run: {settings(best)}. {apart}".strip(), "mlops", ids)] if best.params else []
        )
    running = [run for run in case.runs if run.status in ("RUNNING", "SCHEDULED")]
    if running:
        found.append(
            Finding(
                "info", f"{many(len(running), 'run')} still running: {', '.join(run.name for run in running[:3])}.", "mlops", ids
            )
        )
    return found


def compared(case: Case, before: Sequence[Run], when: Period, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    """The same counts and the usual value of the metric in the period to compare with."""
    now, then = usual(case.runs, case.metric), usual(before, case.metric)
    failed, failed_before = (sum(run.has_failed for run in runs) for runs in (case.runs, before))
    text = f"{many(len(case.runs), 'run')} ({failed} failed) against {len(before)} ({failed_before} failed) in {when}"
    if now and then and len(case.experiments) == 1:
        text += f"; {case.metric} usually {now[0]:.4g} against {then[0]:.4g}"
    return (Finding("info", f"{text}.", "mlops", ids),)


def _apart(case: Case, best: Run) -> str:
    """The setting whose value in the best quarter is not the common one elsewhere; a hint, not a proof."""
    quarter = case.ranked[: max(2, len(case.ranked) // 4)]
    rest = case.ranked[len(quarter) :]
    for key, value in best.params.items():
        inside = sum(run.params.get(key) == value for run in quarter) / len(quarter)
        outside = sum(run.params.get(key) == value for run in rest) / len(rest) if rest else 1.0
        if inside >= 0.75 and outside <= 0.4:
            return (
                f"{key} = {value} is in {percent(inside)} of the best quarter and in "
                f"{percent(outside)} of the rest: a hint, not a proof."
            )
    return ""


def advice(case: Case, best: Run | None, failed: Sequence[Run]) -> list[str]:
    lines = []
    if failed:
        who = failed[0].person or "its owner"
        lines.append(f"Ask {who} why {failed[0].name} failed ({failed[0].start:%a %-d %b}).")
    if best and case.named and len(case.experiments) == 1:
        lines.append(f"Ask {best.person or 'its owner'} whether {best.name} should be registered and tested in production.")
    return lines


def _by_person(runs: Sequence[Run]) -> dict[str, int]:
    count: dict[str, int] = {}
    for run in runs:
        count[run.person or "unknown"] = count.get(run.person or "unknown", 0) + 1
    return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))
