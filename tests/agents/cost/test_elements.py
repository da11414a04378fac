from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agents.cost.causes import REST, Mover, as_causes
from agents.cost.elements import Element, in_cents, split
from agents.cost.grids import by_dimension, split_grid

money = st.decimals(-10_000, 100_000, places=9, allow_nan=False, allow_infinity=False)
positive = st.decimals(0, 100_000, places=9, allow_nan=False, allow_infinity=False)


def element(
    actual: str | Decimal = "0",
    expected: str | Decimal = "0",
    quantity: str | Decimal = "0",
    usual: str | Decimal = "0",
    **more: str,
) -> Element:
    named = {
        "workspace_id": "1",
        "workspace": "prod",
        "host": "a.example.com",
        "product": "JOBS",
        "sku": "S",
        "kind": "job",
        "resource_id": "7",
        "resource": "load",
        "run_as": "ana@example.com",
        "team": "risk",
        **more,
    }
    return Element(
        **named,
        actual=Decimal(actual),
        expected=Decimal(expected),
        recent=Decimal(0),
        quantity=Decimal(quantity),
        usual_quantity=Decimal(usual),
        unpriced=0,
    )


elements = st.lists(
    st.builds(
        element,
        money,
        money,
        positive,
        positive,
        resource_id=st.sampled_from("abcdefghij"),
        workspace=st.sampled_from(["prod", "dev"]),
        team=st.sampled_from(["risk", "growth", "untagged"]),
    ),
    min_size=1,
    max_size=30,
)


def test_more_use_is_volume_and_a_dearer_unit_is_price() -> None:
    assert split([element("20", "10", "40", "20")]).volume == 10
    assert split([element("15", "10", "20", "20")]).price == 5
    both = split([element("30", "10", "40", "20")])
    assert (both.volume, both.price) == (10, 10)


def test_what_was_not_there_is_new_and_what_left_is_gone() -> None:
    assert split([element("7", "0", "3", "0")]).new == 7
    assert split([element("0", "7", "0", "3")]).gone == -7


@given(elements)
def test_a_split_sums_to_the_change(given_elements: list[Element]) -> None:
    parts = split(given_elements)
    change = sum((e.delta for e in given_elements), Decimal(0))
    assert abs(parts.volume + parts.price + parts.new + parts.gone - change) < Decimal("1e-12")


@given(st.lists(money, min_size=1, max_size=20))
def test_cents_sum_to_the_total(parts: list[Decimal]) -> None:
    total = sum(parts, Decimal(0)).quantize(Decimal("0.01"))
    assert sum(in_cents(parts, total), Decimal(0)) == total


@given(elements, st.integers(0, 5))
def test_causes_and_the_rest_sum_to_the_change_to_the_cent(given_elements: list[Element], count: int) -> None:
    total = sum((e.delta for e in given_elements), Decimal(0)).quantize(Decimal("0.01"))
    movers = [Mover({"resource": e.key}, (e,), None) for e in given_elements[:count]]
    causes = as_causes(movers, total)
    assert sum(cause.delta for cause in causes) == total
    assert causes[-1].text == REST and not causes[-1].dims
    assert all(cause.delta == cause.delta.quantize(Decimal("0.01")) for cause in causes)


@given(elements)
def test_every_grid_covers_everything(given_elements: list[Element]) -> None:
    actual = sum((e.actual for e in given_elements), Decimal(0))
    for grid in by_dimension(given_elements, False, ()):
        assert abs(sum(row[1] for row in grid.rows) - actual) <= Decimal("0.01") * len(grid.rows)
    total = sum((e.delta for e in given_elements), Decimal(0)).quantize(Decimal("0.01"))
    *parts, last = split_grid(given_elements, total).rows
    assert sum(row[1] for row in parts) == last[1] == total


def test_a_job_is_named_with_its_workspace_and_its_owner() -> None:
    mover = Mover(
        {"resource": "job/1/7"},
        (element("50", "10", "5", "1"),),
        {"attempts": 9, "usual_attempts": 3.0, "failed_attempts": 6, "failure": "DRIVER_ERROR"},
    )
    cause = as_causes([mover], Decimal("40.00"))[0]
    assert cause.dims == {"workspace": "prod", "job": "load"}
    assert cause.name == "job load in prod"
    assert "started 9 times instead of 3 times, and 6 of these attempts failed (DRIVER_ERROR)" in cause.text
    assert cause.text.endswith("runs as ana@example.com")
    assert cause.url == "https://a.example.com/jobs/7?o=1"


def test_a_price_change_is_told_per_unit() -> None:
    mover = Mover({"sku": "S"}, (element("12", "10", "100", "100"),), None)
    assert "its price per unit changed from $0.1000 to $0.1200" in as_causes([mover], Decimal("2.00"))[0].text
