"""All incidents of one sample: decided once, planted by the domains, told by `stories`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from tools.sample import costs, incidents
from tools.sample.account import Account, account
from tools.sample.incidents import Effect
from tools.sample.moments import Moments, moments


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    when: Moments
    account: Account
    spike: costs.Spike
    left_on: costs.LeftOn
    repricing: costs.Repricing
    migration: costs.Migration
    newcomer: costs.Newcomer
    slower: Effect
    breaching: Effect
    failing: Effect
    blocked: Effect
    attack: incidents.Attack
    mass_read: incidents.MassRead
    escalation: incidents.Escalation
    revival: incidents.Revival
    queueing: incidents.Queueing
    spill: incidents.Spill
    drift: incidents.Drift
    burst: incidents.Burst
    new_column: incidents.NewColumn
    smaller_node: str = "r5d.xlarge"  # what the slower job's workers became

    @property
    def effects(self) -> tuple[Effect, ...]:
        return (self.slower, self.breaching, self.failing, self.blocked)

    def days_ago(self, days: int) -> date:
        return self.when.today - timedelta(days=days)


@lru_cache(maxsize=8)
def plan(today: datetime, seed: int) -> Plan:
    """The same moment and seed give the same incidents."""
    when, people = moments(today), account(seed)
    arrival = costs.newcomer(people, when, seed)
    cast = costs.with_newcomer(people, arrival)
    slower, breaching, failing, blocked = incidents.effects(cast, when, seed)
    return Plan(
        seed,
        when,
        cast,
        spike=costs.spike(cast, when, seed),
        left_on=costs.left_on(cast, when, seed),
        repricing=costs.repricing(cast, when, seed),
        migration=costs.migration(cast, when, seed),
        newcomer=arrival,
        slower=slower,
        breaching=breaching,
        failing=failing,
        blocked=blocked,
        attack=incidents.attack(cast, when, seed),
        mass_read=incidents.mass_read(cast, when, seed),
        escalation=incidents.escalation(cast, when, seed),
        revival=incidents.revival(cast, when, seed),
        queueing=incidents.queueing(cast, when, seed),
        spill=incidents.spill(cast, when, seed),
        drift=incidents.drift(cast, when, seed),
        burst=incidents.burst(cast, when, seed),
        new_column=incidents.new_column(when, seed),
    )
