from decimal import Decimal
from pathlib import Path

import pytest

from tools.budgets import Budget, read_budgets
from tools.errors import MisconfiguredError


def write(path: Path, *lines: str) -> Path:
    file = path / "budgets.csv"
    file.write_text("\n".join(("scope,name,monthly_usd", *lines)))
    return file


def test_budgets_of_all_three_scopes(tmp_path: Path) -> None:
    found = read_budgets(write(tmp_path, "account,,300000", "workspace,prod,120000.50", "tag,team=risk,9000"))
    assert found == (
        Budget("account", "", Decimal("300000")),
        Budget("workspace", "prod", Decimal("120000.50")),
        Budget("tag", "team=risk", Decimal("9000")),
    )
    assert [budget.title for budget in found] == ["the account", "workspace prod", "tag team=risk"]


@pytest.mark.parametrize("line", ["account,,many", "planet,x,5", "account,,-5", "account"])
def test_a_wrong_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(MisconfiguredError, match="Line 3"):
        read_budgets(write(tmp_path, "account,,1", line))


def test_a_missing_file_says_which_setting_to_check(tmp_path: Path) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        read_budgets(tmp_path / "none.csv")
    assert "HEALTH_MONITOR_BUDGETS" in caught.value.sentence()
