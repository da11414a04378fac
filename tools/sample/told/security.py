"""Security incidents."""

from collections.abc import Iterator
from datetime import timedelta

from tools.sample.moments import at
from tools.sample.plan import Plan
from tools.sample.story import Story


def told(plan: Plan) -> Iterator[Story]:
    yield _attack(plan)
    yield _mass_read(plan)
    yield _escalation(plan)
    yield _revival(plan)


def _attack(plan: Plan) -> Story:
    one = plan.attack
    return Story(
        "attack",
        ("security",),
        one.start,
        one.success + timedelta(minutes=10),
        ({"user": one.person.email},),
        "Were there any suspicious activities in the last 24 hours?",
        one.person.email,
        None,
        {
            "failures": one.failures,
            "addresses": one.addresses,
            "success": one.success,
            "threat": "credential attack",
            "severity": "critical",
        },
    )


def _mass_read(plan: Plan) -> Story:
    one = plan.mass_read
    return Story(
        "mass-read",
        ("security",),
        one.start,
        one.end,
        ({"user": one.person.email},),
        "Who read sensitive tables outside working hours this week?",
        one.person.email,
        None,
        {
            "reads": one.reads,
            "downloads": one.downloads,
            "tables": one.tables,
            "zone": one.person.zone,
            "threat": "exfiltration",
            "severity": "critical",
        },
    )


def _escalation(plan: Plan) -> Story:
    one = plan.escalation
    return Story(
        "escalation",
        ("security",),
        one.start,
        one.start + timedelta(minutes=30),
        ({"user": one.person.email},),
        "Were there unusual permission changes in the last week?",
        one.person.email,
        None,
        {
            "catalog": one.catalog,
            "workspace": one.workspace.name,
            "group": "admins",
            "threat": "privilege escalation",
            "severity": "high",
        },
    )


def _revival(plan: Plan) -> Story:
    one = plan.revival
    return Story(
        "revival",
        ("security",),
        one.start,
        one.start + timedelta(hours=2),
        ({"user": one.person.email},),
        "Did any dormant account become active again?",
        one.person.email,
        None,
        {
            "last_seen": one.last_seen,
            "silent_days": (one.start - at(one.last_seen)).days,
            "address": one.address,
            "events": one.events,
            "threat": "dormant account",
            "severity": "high",
        },
    )
