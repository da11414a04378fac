"""The study of `security-threat-detector`."""

from collections import defaultdict
from datetime import date

from tools.errors import BadRequestError
from tools.ml import gold, threat
from tools.ml.naive import busiest
from tools.ml.staged import stage
from tools.ml.studies.study import NOTHING_TO_TRY, Measure, Records, Result, Study
from tools.ml.threat import Event, Scale

TOP = 5


def _fit_threat(data: list[Event], split: date) -> str:
    return threat.train(event for event in data if event.at.date() < split).to_json()


def _try_threat(state: str, data: list[Event], split: date) -> Result:
    """Attacks are staged on the last days of people; the error is the share not among the day's five strangest."""
    scale = Scale.from_json(state)
    staged, wanted = stage(data, split)
    if not wanted:
        raise BadRequestError(NOTHING_TO_TRY)
    last = max(event.at.date() for event in staged)
    ranked: dict[date, list[str]] = defaultdict(list)
    for each in threat.detect(scale, staged, split, last, least=0.1):
        if each.user not in ranked[each.day]:
            ranked[each.day].append(each.user)
    missed = sum(user not in ranked[day][:TOP] for user, day in wanted) / len(wanted)
    loud = busiest(staged, split)
    naive = sum(user not in loud[day][:TOP] for user, day in wanted) / len(wanted)
    alarms = len({(each.user, each.day) for each in threat.detect(scale, data, split, last)})
    measure = Measure(
        f"staged attacks missed in the top {TOP} of their day", missed, {"busiest against their own average": naive}, len(wanted)
    )
    return Result("security-threat-detector", state, (measure,), {"user-days found in the account as it is": float(alarms)})


def _event_example(data: list[Event]) -> Records:
    """The first event of each day of whoever comes last by name: long enough a past to be judged by."""
    last = max(event.user for event in data)
    first_of = {event.at.date(): event for event in reversed(data) if event.user == last}
    ends = [data[0], data[-1]]
    return [
        {
            "user": event.user,
            "at": event.at.isoformat(),
            "action": event.action,
            "category": event.category,
            "address": event.address,
            "failed": event.failed,
            "export": event.export,
            "target": event.target,
        }
        for event in sorted([*first_of.values(), *ends], key=lambda each: each.at)
    ]


STUDY = Study("security-threat-detector", gold.audit_events, _fit_threat, _try_threat, _event_example)
