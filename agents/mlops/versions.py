"""The version that serves beside those trained since: on the same metric, with the run that made each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from agents.answer import Finding, Grid
from agents.counts import many
from agents.mlops import runs as scoring
from agents.mlops.runs import Run
from agents.mlops.scope import Endpoint
from tools.training import stem


@dataclass(frozen=True, slots=True)
class Training:
    """The finished trainings of a model, nested trials left out, newest first; `rivals` come from other experiments."""

    endpoint: Endpoint
    metric: str
    own: tuple[Run, ...]
    rivals: tuple[Run, ...]
    failed: tuple[Run, ...]

    @property
    def live(self) -> Run | None:
        """The finished run that its tag calls the version that serves; another experiment's only where its own has none."""
        version = self.endpoint.version
        if scoring.of_version(self.failed, version):
            return scoring.of_version(self.own, version)
        return scoring.of_version((*self.own, *self.rivals), version)

    @property
    def is_tag_doubtful(self) -> bool:
        """A run that starts after its version went live did not make it."""
        return self.live is not None and self.live.start > self.endpoint.since

    @property
    def newest(self) -> Run | None:
        return self.own[0] if self.own else (self.rivals[0] if self.rivals else None)

    @property
    def is_newer(self) -> bool:
        """Whether the newest training made another version than the one that serves."""
        return (
            self.newest is not None and self.newest.start > self.endpoint.since and self.newest.version != self.endpoint.version
        )

    @property
    def best(self) -> Run | None:
        return next(iter(scoring.ranked((*self.own, *self.rivals), self.metric)), None)

    @property
    def spread(self) -> float | None:
        """How much the metric differs between trainings of the same experiment."""
        found = scoring.usual(self.own[:12], self.metric)
        return found[1] if found else None

    @property
    def every_days(self) -> float | None:
        """Days between trainings, as usual."""
        starts = [run.start for run in self.own[:12]]
        gaps = [(one - other).total_seconds() / 86400 for one, other in pairwise(starts)]
        return median(gaps) if gaps else None

    def gain(self, run: Run) -> float | None:
        """How much better than the live version a run is on the metric; None where either is not known."""
        live, other = (self.live.last(self.metric) if self.live else None), run.last(self.metric)
        if live is None or other is None:
            return None
        return (live - other) if scoring.is_lower_better(self.metric) else (other - live)

    def since(self, moment: datetime) -> tuple[Run, ...]:
        return tuple(run for run in self.own if run.start >= moment)


def training(endpoint: Endpoint, runs: Sequence[Run], text: str) -> Training:
    """`runs` of the endpoint's model, newest first."""
    outer = [run for run in runs if not run.is_nested]
    name = stem(endpoint.model)
    own = [run for run in outer if stem(scoring.experiment_title(run.experiment)) == name] or outer
    finished = tuple(run for run in own if run.is_finished)
    rivals = tuple(run for run in outer if run not in own and run.is_finished)
    failed = tuple(run for run in own if run.has_failed)
    return Training(endpoint, scoring.metric_of([*finished, *rivals] or list(runs), text), finished, rivals, failed)


def of_model(runs: Sequence[Run], model: str) -> list[Run]:
    """The runs of one model among those of several."""
    own = stem(model)
    return [run for run in runs if model in (run.model, "") or stem(scoring.experiment_title(run.experiment)) == own]


def figure(run: Run, metric: str) -> str:
    value = run.last(metric)
    return f"{metric} {value:.4g}" if value is not None else f"no {metric or 'metric'}"


def told(found: Training) -> str:
    """One sentence: what serves since when, and what was trained since."""
    one = found.endpoint
    serves = f"Version {one.version or '(none)'} serves since {one.since:%a %-d %b %Y}"
    serves += f", beside {', '.join(one.beside)}" if one.beside else ""
    serves += f", before it version {one.earlier[0][0]}" if one.earlier else ""
    if found.newest is None:
        return f"{serves}; no training run of it is recorded."
    count = len(found.since(one.since))
    return (
        f"{serves}; {many(count, 'training run')} finished since, the newest is {found.newest.name} of "
        f"{found.newest.start:%a %-d %b} ({figure(found.newest, found.metric)})."
    )


def compared(found: Training, ids: tuple[str, ...]) -> list[Finding]:
    """The newest and the best training beside the live version, or beside the others; what the tags do not tell."""
    newest, best, live = found.newest, found.best, found.live
    lines = []
    if newest and found.is_newer:
        lines.append(_against(found, newest) if live else _among(found, newest))
    if best and best not in (newest, live):
        lines.append(f"Best on {found.metric}: {_against(found, best) if live else _reached(found, best)}")
    version = found.endpoint.version
    if live is None and scoring.of_version(found.failed, version):
        lines.append(f"The run tagged version {version} failed, so what version {version} scored in training is not known.")
    if live is not None and found.is_tag_doubtful:
        lines.append(
            f"The run tagged version {version} started {live.start:%a %-d %b %Y}, after version {version} went live "
            f"({found.endpoint.since:%a %-d %b %Y}): it may not be the run that made it."
        )
    return [Finding("info", line, "mlops", ids) for line in lines]


def _reached(found: Training, run: Run) -> str:
    what = f"Version {run.version}" if run.version else run.name
    where = f" of {scoring.experiment_title(run.experiment)}" if run in found.rivals else ""
    return f"{what}{where} reached {figure(run, found.metric)}."


def _against(found: Training, run: Run) -> str:
    """A run beside the live version, and whether the difference is more than trainings differ anyway."""
    gain, spread, live = found.gain(run), found.spread, found.live
    text = _reached(found, run)
    if gain is None or live is None:
        return text
    usual = f", {'more than' if abs(gain) > spread else 'within'} the usual spread of trainings ({spread:.2g})" if spread else ""
    return f"{text[:-1]}, {abs(gain):.2g} {'better' if gain >= 0 else 'worse'} than version {live.version} in service{usual}."


def _among(found: Training, run: Run) -> str:
    usual, value = scoring.usual(found.own[1:12], found.metric), run.last(found.metric)
    text = _reached(found, run)
    return f"{text[:-1]}; the trainings before it {usual[0]:.4g} ± {usual[1]:.2g}." if usual and value is not None else text


def grid(found: Training, ids: tuple[str, ...]) -> Grid:
    """The live version, then the newest trainings."""
    live = found.live
    chosen = dict.fromkeys(run for run in (live, *found.own[:5], *found.rivals[:3], found.best) if run is not None)
    return Grid(
        "Versions and trainings",
        ("version", "run", "experiment", "trained", f"{found.metric or 'metric'} (last step)", "best step", "by"),
        tuple(
            (
                f"{run.version or '–'}{' (live)' if run is live else ''}",
                run.name,
                scoring.experiment_title(run.experiment),
                run.start.date(),
                _short(run.last(found.metric)),
                _short(run.best(found.metric)),
                run.person,
            )
            for run in chosen
        ),
        ("text", "text", "text", "date", "text", "text", "text"),
        ids,
    )


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"
