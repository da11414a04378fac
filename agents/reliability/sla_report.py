"""How promises were kept, as an answer."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from agents.answer import Answer, Finding, Severity
from agents.counts import many, shift, span
from agents.figures import moment, percent
from agents.reliability.jobs import person
from agents.reliability.page import AGENT, dashboard, during, job_links, names
from agents.reliability.promises import Facts, Promise
from agents.reliability.sla_grids import DAYS, cells, charts, grids
from agents.specialist import Sources

_CLOCK = re.compile(r"\b(by|before|at)\s+\d{1,2}(:\d\d)?\s*(am|pm|uhr|h)?\b|\d\s?(am|pm)\b", re.IGNORECASE)


def report(facts: Facts, sources: Sources) -> Answer:
    return Answer(
        question=replace(facts.question, period=facts.asked),
        headline=_headline(facts),
        summary=_summary(facts),
        agents=(AGENT,),
        findings=tuple(_findings(facts)),
        recommendations=tuple(_advice(facts)),
        tables=tuple(grid for grid in grids(facts) if grid.rows),
        charts=charts(facts),
        links=(*job_links(one.address for one in facts.breaching[:3]), *dashboard(sources, facts.asked)),
        followups=_followups(facts),
        baseline=f"{facts.usual}: {percent(facts.before.rate) if facts.before.runs else 'no runs'} on time",
    )


def _headline(facts: Facts) -> str:
    when, breaching, now = during(facts.asked, facts.question), facts.breaching, facts.now
    rate = f"{now.on_time:,} of {many(now.runs, 'run')} ended well and on time"
    against = f"{percent(now.rate)}, {f'{percent(facts.before.rate)} before' if facts.before.runs else 'none to compare with'}"
    if facts.stand_in:
        return _untargeted(facts, f"against {facts.promises[0].target:.0f} minutes {rate} {when}")
    if not now.runs and not breaching:
        return f"No run of {many(len(facts.promises), 'job')} with a target ended {when}, so nothing can be said of SLAs."
    if not breaching:
        jobs = (
            f"{facts.promises[0].place}"
            if len(facts.promises) == 1
            else f"each of {many(len(facts.promises), 'job')} with a target"
        )
        return f"Yes, {jobs} kept its SLA {when}: {rate} ({against})."
    worst = breaching[0]
    first = f"{worst.place} missed its SLA of {worst.target:.0f} min {many(worst.asked.breaches, 'time')} of {worst.asked.runs}"
    if len(facts.promises) == 1:
        return f"No, {first} {when}: {rate} ({against})."
    missed = "missed it" if facts.target else "with a target missed it"
    return f"No, {len(breaching)} of {len(facts.promises)} jobs {missed} {when}: {rate} ({against}); {first}."


def _untargeted(facts: Facts, measured: str) -> str:
    one = facts.promises[0]
    if len(facts.question.entities.jobs) == 1 and one.median is not None:
        took = f"{many(one.asked.runs, 'run')} took {span(one.median)} (median), the longest {span(one.longest or one.median)}"
        return f"{one.place} has no target (tag sla_minutes), so its SLA cannot be judged; its {took}."
    return f"No job here has a target (tag sla_minutes), so no SLA can be judged; {measured}."


def _summary(facts: Facts) -> str:
    now, source = facts.now, "the tag sla_minutes of each job"
    if facts.target or facts.stand_in:
        source = f"{facts.promises[0].target:.0f} minutes for every job"
    told = f"Of the breaches {now.late} were late and {now.failed} failed; the target is {source}."
    parts = (
        [f"{facts.promises[0].target:.0f} minutes are a stand-in."]
        if facts.stand_in
        else [told if now.breaches else f"The target is {source}."]
    )
    hopeless = sum(one.is_hopeless for one in facts.promises)
    if hopeless:
        parts.append(f"{many(hopeless, 'job')} usually {'takes' if hopeless == 1 else 'take'} longer than that.")
    if facts.stand_in:
        parts.append("Tag jobs with sla_minutes, or ask for “SLA of 90 minutes”.")
    when = _peaks(facts)
    if when:
        parts.append(f"Breaches come mostly from runs that start {when}.")
    if _CLOCK.search(facts.question.text):
        parts.append("Deadlines by the clock are not recorded in system tables: what is judged is how long runs take.")
    return " ".join(parts)


def _findings(facts: Facts) -> Iterator[Finding]:
    if not facts.breaching and facts.now.runs:
        yield Finding("good", f"No run of {many(len(facts.promises), 'job')} was late or failed.", AGENT, facts.ids("jobs"))
    for one in facts.breaching[:5]:
        share = one.asked.breaches / one.asked.runs if one.asked.runs else 1.0
        severity: Severity = "low" if facts.stand_in else "high" if share >= 0.25 else "medium" if share >= 0.02 else "low"
        yield Finding(severity, _told(one, facts), AGENT, facts.ids("jobs"))
    for risk in facts.risky[:3]:
        one = next(each for each in facts.promises if each.key == risk.key)
        due = f" (due about {moment(risk.due, facts.asked.tz)})" if risk.due else ""
        why = f": {risk.reasons[0]}" if risk.reasons else ""
        text = f"At risk: the next run of {one.place}{due} fails or is late with a probability of {percent(risk.trouble)}{why}."
        yield Finding("medium", text, AGENT, facts.ids("recent"))


def _told(one: Promise, facts: Facts) -> str:
    asked, parts = one.asked, []
    if asked.late:
        parts.append(f"{asked.late} late")
    if asked.failed:
        parts.append(f"{asked.failed} failed")
    if one.running_late:
        parts.append(f"{one.running_late} still running and late")
    took = ""
    if one.median and one.usual_median:
        longest = span(one.longest or one.median)
        took = f"; median {span(one.median)}, {shift(one.median, one.usual_median)} against before, longest {longest}"
    last = f"; last breach {moment(one.last_breach, facts.asked.tz)}" if one.last_breach else ""
    return f"{one.place}: {' and '.join(parts)} of {many(asked.runs, 'run')} against {one.target:.0f} min{took}{last}."


def _advice(facts: Facts) -> Iterator[str]:
    for one in [] if facts.stand_in else facts.breaching[:3]:
        who = person(facts.owners.get(one.key))
        grew = one.median and one.usual_median and one.median > 1.15 * one.usual_median
        if one.asked.failed >= one.asked.late:
            yield f"{one.name}: its breaches are failures; ask {who} to follow the runbook of its failure class."
        elif grew:
            yield f"{one.name}: its runs got longer; ask {who} to find out why before raising the target of {one.target:.0f} min."
        else:
            near = f"its usual length is close to {one.target:.0f} min"
            yield f"{one.name}: {near}; ask {who} for a faster run or an honest target."
    if facts.stand_in:
        yield "Give the jobs that others wait for a tag sla_minutes: then this answer judges them by it."


def _peaks(facts: Facts) -> str:
    """The weekdays or the hours that hold most of the breaches, where few do and the runs are spread wider."""
    found = cells(facts)
    whole = sum(kept.breaches for kept in found.values())
    if whole < 4:
        return ""
    for at in (1, 0):
        sums, runs = Counter[int](), Counter[int]()
        for cell, kept in found.items():
            sums[cell[at]] += kept.breaches
            runs[cell[at]] += kept.runs
        top = sorted(sums, key=lambda one: (-sums[one], one))[:2]
        held = sum(sums[one] for one in top)
        if len(runs) > 3 and held >= 0.6 * whole and held / whole > 1.5 * sum(runs[one] for one in top) / sum(runs.values()):
            shown = names([f"{one:02d}:00" if at else DAYS[one] for one in sorted(top) if sums[one]])
            return f"{'at' if at else 'on'} {shown} ({held} of {whole})"
    return ""


def _followups(facts: Facts) -> tuple[str, ...]:
    if not facts.breaching or facts.stand_in:
        return ("Which jobs are at risk?", "Which jobs failed this week?", "Which jobs got slower this week?")
    worst = facts.breaching[0].name
    return (f"Why is {worst} slower than last week?", "Which jobs are at risk?", f"What did {worst} cost this month?")
