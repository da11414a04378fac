"""Retrain or not: the rule, and why."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from agents.counts import many
from agents.mlops import versions
from agents.mlops.drifts import Drift, shorts
from agents.mlops.runs import Run
from agents.mlops.scope import Endpoint
from agents.mlops.versions import Training

OLD_DAYS = 180
OTHERS = {
    "EXTERNAL_MODEL": "an external model, trained by its provider",
    "FOUNDATION_MODEL": "a foundation model, not trained here",
    "FEATURE_SPEC": "a feature endpoint without a model of its own",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`candidate` is a training that could take over."""

    endpoint: Endpoint
    training: Training
    drift: Drift
    is_yes: bool
    headline: str
    reasons: tuple[str, ...]
    age_days: int
    candidate: Run | None = None


def judge(training: Training, drift: Drift, now: datetime, *, is_read: bool = True) -> Verdict:
    """Major drift says yes, and half a year in service; a training from after the drift began is the one to try."""
    endpoint = training.endpoint
    age = (now - endpoint.since).days
    if not endpoint.is_own:
        what = OTHERS.get(endpoint.kind, "not an own model")
        return Verdict(endpoint, training, drift, False, f"No: {endpoint.model} is {what}.", (), age)
    candidate = _candidate(training, drift)
    is_yes = bool(drift.major) or age > OLD_DAYS
    reasons = tuple(_reasons(drift, age, is_read))
    return Verdict(endpoint, training, drift, is_yes, _headline(training, drift, age, candidate), reasons, age, candidate)


def _candidate(training: Training, drift: Drift) -> Run | None:
    """With drift: the newest training that could have seen a day of it; without: the newest that is clearly better."""
    newest = training.newest
    if newest is None or not training.is_newer:
        return None
    if drift.major:
        began = drift.since and datetime.combine(drift.since, time(), UTC) + timedelta(days=1)
        return newest if began and newest.start >= began else None
    gain, spread = training.gain(newest), training.spread
    return newest if gain is not None and gain > (spread or 0.0) else None


def _headline(training: Training, drift: Drift, age: int, candidate: Run | None) -> str:
    endpoint = training.endpoint
    if drift.major:
        why = shorts(drift)
        if candidate:
            version = f"version {candidate.version}" if candidate.version else candidate.name
            return (
                f"Yes: version {endpoint.version} of {endpoint.model} no longer sees what it was "
                f"trained on ({why}). {version[:1].upper()}{version[1:]}, "
                f"trained {candidate.start:%a %-d %b} after that began, is ready to be "
                f"tested ({versions.figure(candidate, training.metric)})."
            )
        newest = training.newest
        last = f"; the last training was {newest.start:%a %-d %b %Y}" if newest else "; no training run is recorded"
        last += ", before a full day of it" if newest and drift.since else ""
        return f"Yes: retrain {endpoint.model}: it drifts ({why}){last}."
    if age > OLD_DAYS:
        return f"Yes, for its age: version {endpoint.version} of {endpoint.model} has been in service for {many(age, 'day')}."
    if candidate:
        return (
            f"No retraining of {endpoint.model} needed: {candidate.name} is trained "
            "already and clearly better than the version in service."
        )
    if not drift.tested:
        return (
            f"No sign that {endpoint.model} needs retraining, but drift cannot be tested; version "
            f"{endpoint.version} has been in service for {many(age, 'day')}."
        )
    if drift.moved:
        return f"Not yet: {endpoint.model} drifts moderately ({', '.join(field.short for field in drift.moved[:3])}); watch it."
    return (
        f"No: none of {len(drift.tested)} fields of {endpoint.model} drifts, and version "
        f"{endpoint.version} has been in service for {many(age, 'day')}."
    )


def _reasons(drift: Drift, age: int, is_read: bool) -> list[str]:
    lines = [f"Age: {many(age, 'day')} in service; above {OLD_DAYS} it would be a reason by itself."] if age <= OLD_DAYS else []
    if is_read and not drift.tested:
        lines.append(f"Drift cannot be tested: {drift.why_untested}.")
    return lines
