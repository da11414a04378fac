"""The people and service principals of the sample account."""

import random
from dataclasses import dataclass

TEAMS: tuple[str, ...] = ("payments", "marketing", "platform", "data-science", "finance", "risk", "supply-chain", "growth")
# Teams spell the same tag differently; a reader who matches one spelling loses the others.
TEAM_KEY = {
    "payments": "team",
    "marketing": "Team",
    "platform": "team",
    "data-science": "team",
    "finance": "TEAM",
    "risk": "team",
    "supply-chain": "Team",
    "growth": "team",
}
COST_CENTER = {team: f"CC-{1100 + 10 * number}" for number, team in enumerate(TEAMS)}
ZONES: tuple[str, ...] = ("America/New_York", "America/New_York", "America/New_York", "Europe/Dublin", "Asia/Kolkata")
FIRST = [
    "Ana",
    "Ben",
    "Carla",
    "Dev",
    "Elena",
    "Femi",
    "Grace",
    "Hiro",
    "Ines",
    "Jonas",
    "Kavya",
    "Liam",
    "Maya",
    "Nadia",
    "Omar",
    "Priya",
    "Quinn",
    "Rosa",
    "Sven",
    "Tara",
    "Umar",
    "Vera",
    "Wei",
    "Ximena",
    "Yusuf",
    "Zoe",
    "Arjun",
    "Bianca",
    "Chen",
    "Dalia",
    "Emeka",
    "Freya",
    "Goran",
    "Hana",
    "Isaac",
    "Jana",
    "Kofi",
    "Lena",
    "Marco",
    "Noor",
]
LAST = [
    "Abbott",
    "Bauer",
    "Castro",
    "Dube",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kumar",
    "Lopez",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Patel",
    "Quist",
    "Rossi",
    "Sato",
    "Torres",
    "Unger",
    "Varga",
    "Weber",
    "Xu",
    "Yilmaz",
    "Zhang",
    "Ahmed",
    "Brandt",
    "Costa",
    "Diaz",
    "Evans",
    "Flores",
    "Gupta",
    "Huang",
    "Ivanov",
    "Jones",
]
PRINCIPALS = (
    "etl-runner",
    "ci-deployer",
    "terraform",
    "dbt-cloud",
    "airflow",
    "feature-store",
    "model-deployer",
    "bi-gateway",
    "payments-svc",
    "fraud-scorer",
    "ops `cron` | <!channel>",
    "catalog-sync",
    "emea-runner",
    "finance-close",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who acts: a person, or a service principal (whose `email` is its application id)."""

    name: str
    email: str
    user_id: str
    team: str
    zone: str
    ip: str
    human: bool = True
    admin: bool = False
    active: bool = True


def people(seed: int, count: int = 56) -> tuple[Person, ...]:
    """People first, then service principals; the same seed gives the same ones."""
    dice = random.Random(f"people-{seed}")
    names = dice.sample([(first, last) for first in FIRST for last in LAST], count)
    humans = tuple(_human(dice, first, last, number) for number, (first, last) in enumerate(names))
    robots = tuple(
        Person(
            name,
            _uuid(dice),
            _digits(dice),
            TEAMS[number % len(TEAMS)],
            "UTC",
            f"10.{20 + number}.4.{dice.randint(2, 250)}",
            human=False,
        )
        for number, name in enumerate(PRINCIPALS)
    )
    return humans + robots


def _human(dice: random.Random, first: str, last: str, number: int) -> Person:
    email = f"{first.lower()}.{last.lower()}@lakeshore.example"
    return Person(
        f"{first} {last}",
        email,
        _digits(dice),
        TEAMS[number % len(TEAMS)],
        dice.choice(ZONES),
        f"203.0.113.{number + 10}" if number % 3 else f"198.51.100.{number + 10}",
        admin=number % 14 == 2,
        active=number != 41,
    )


def _digits(dice: random.Random) -> str:
    return str(dice.randint(10**15, 10**16 - 1))


def _uuid(dice: random.Random) -> str:
    text = f"{dice.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
