"""The grants cover what gold reads, and nothing else."""

import re

import pytest

from tools.gold import assets
from tools.gold.grants import grants, main
from tools.warehouse.catalog import system_tables


def test_every_table_that_gold_reads_may_be_read_and_no_other() -> None:
    granted = {s.split()[4] for s in grants("app", "main", "gold") if s.startswith("GRANT SELECT ON TABLE")}
    read = {name for asset in assets() for name in re.findall(r"\bsystem\.\w+\.\w+", asset.sql)}
    assert granted == read and granted <= system_tables().keys()


def test_reading_grants_no_change_and_installing_grants_creation() -> None:
    reading, installing = set(grants("app", "main", "gold")), set(grants("app", "main", "gold", install=True))
    assert {re.split(" ON ", s)[0] for s in reading} == {
        "GRANT USE CATALOG", "GRANT USE SCHEMA", "GRANT SELECT", "GRANT EXECUTE",
    }  # fmt: skip
    assert installing - reading == {
        "GRANT CREATE TABLE ON SCHEMA `main`.`gold` TO `app`",
        "GRANT CREATE FUNCTION ON SCHEMA `main`.`gold` TO `app`",
    }


def test_a_name_stays_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a` ; DROP", "--catalog", "my-cat", "--schema", "gold"]) == 0
    statements = capsys.readouterr().out.splitlines()
    assert all(line.endswith("TO `a`` ; DROP`;") for line in statements)
