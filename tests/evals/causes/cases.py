"""Cost cases with known causes: an account of nested, heavy-tailed, noisy leaves in which something was planted, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

DIMS = ["workspace", "product", "sku", "resource", "run_as", "team"]
Frame = dict[str, list[object]]
KINDS = ("job", "workspace", "sku price", "workspace and sku", "new job", "two causes", "nothing")


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    frame: Frame
    truth: tuple[dict[str, str], ...]


def cases(count: int = 20, seed: int = 11) -> Iterator[Case]:
    """`count` cases of each kind."""
    for kind in KINDS:
        for number in range(count):
            yield _case(kind, np.random.default_rng([seed, KINDS.index(kind), number]))


def _case(kind: str, random: np.random.Generator) -> Case:
    frame = _account(random)
    pick = int(random.integers(0, len(frame["resource"])))
    leaf = {name: str(frame[name][pick]) for name in DIMS}
    truth: tuple[dict[str, str], ...] = {
        "job": ({"resource": leaf["resource"]},),
        "new job": ({"resource": leaf["resource"]},),
        "workspace": ({"workspace": leaf["workspace"]},),
        "sku price": ({"sku": leaf["sku"]},),
        "workspace and sku": ({"workspace": leaf["workspace"], "sku": leaf["sku"]},),
        "two causes": ({"resource": leaf["resource"]}, {"workspace": _other(frame, leaf["workspace"])}),
        "nothing": (),
    }[kind]
    total = sum(float(str(value)) for value in frame["expected"])
    for element in truth:
        _plant(frame, element, total * float(random.uniform(0.12, 0.45)) / len(truth), gone_before=kind == "new job")
    return Case(kind, frame, truth)


def _other(frame: Frame, workspace: str) -> str:
    return next(str(name) for name in frame["workspace"] if name != workspace)


def _account(random: np.random.Generator) -> Frame:
    """600 to 900 leaves: 9 workspaces, 6 products, 15 SKUs, jobs that belong to one workspace, person and team."""
    frame: Frame = {name: [] for name in (*DIMS, "actual", "expected")}
    for number in range(int(random.integers(280, 380))):
        product = int(random.integers(0, 6))
        base, noise = float(random.lognormal(2.5, 1.3)), float(random.choice([0.02, 0.05, 0.15, 0.4], p=[0.4, 0.3, 0.2, 0.1]))
        place, person, team = int(random.integers(0, 9)), int(random.integers(0, 60)), int(random.integers(0, 9))
        for part in random.choice(3, int(random.integers(1, 4)), replace=False):
            expected = base * float(random.uniform(0.2, 1.0))
            names = (f"w{place}", f"p{product}", f"s{product}.{part % 3}", f"r{number}", f"u{person}", f"t{team}")
            for name, value in zip(DIMS, names, strict=True):
                frame[name].append(value)
            frame["expected"].append(expected)
            frame["actual"].append(expected * float(random.lognormal(0, noise)))
    return frame


def rows(frame: Frame, element: dict[str, str]) -> list[int]:
    return [at for at in range(len(frame["resource"])) if all(frame[name][at] == value for name, value in element.items())]


def _plant(frame: Frame, element: dict[str, str], amount: float, *, gone_before: bool) -> None:
    chosen = rows(frame, element)
    base = sum(float(str(frame["expected"][at])) for at in chosen)
    for at in chosen:
        share = float(str(frame["expected"][at])) / base
        frame["actual"][at] = (0.0 if gone_before else float(str(frame["actual"][at]))) + amount * share
        if gone_before:
            frame["expected"][at] = 0.0
