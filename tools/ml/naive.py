"""The guesses that a model must beat to be worth anything."""

from collections import defaultdict, deque
from datetime import date, datetime, timedelta

import numpy as np

from tools.ml.failure import Job, Run
from tools.ml.linear import Floats
from tools.ml.threat import Event


def naive_failures(runs: list[Run], tried: list[Run]) -> tuple[Floats, Floats]:
    """The last outcome of the job, and its share of failures in the 30 days before, as each run starts."""
    ended = sorted((run for run in runs if run.counts), key=lambda run: run.end)
    past: dict[Job, deque[tuple[datetime, bool]]] = defaultdict(deque)
    failed: dict[Job, int] = defaultdict(int)
    taken, last, rate = 0, [], []
    for run in tried:
        while taken < len(ended) and ended[taken].end <= run.start:
            past[ended[taken].job].append((ended[taken].end, ended[taken].failed))
            failed[ended[taken].job] += ended[taken].failed
            taken += 1
        mine = past[run.job]
        while len(mine) > 1 and run.start - mine[0][0] > timedelta(days=30):
            failed[run.job] -= mine.popleft()[1]
        last.append(float(mine[-1][1]))
        rate.append(failed[run.job] / len(mine))
    return np.array(last), np.array(rate)


def busiest(events: list[Event], split: date) -> dict[date, list[str]]:
    """Of each day, who did most against their own average day before: the naive guess."""
    counts: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for event in events:
        counts[event.user][event.at.date()] += 1
    order: dict[date, list[tuple[float, str]]] = defaultdict(list)
    for user, days in counts.items():
        for day, count in days.items():
            past = [n for when, n in days.items() if when < day]
            if day >= split:
                order[day].append((-count / (sum(past) / len(past) if past else 1.0), user))
    return {day: [user for _, user in sorted(users)] for day, users in order.items()}
