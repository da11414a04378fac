"""`python -m bot`: what is printed, and the exit code, also for bad input."""

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from tests.account import write_account
from tests.conftest import NOW

QUESTION = "Why did our costs spike last Tuesday?"
CONTRACT = {
    "action", "question", "agents", "window", "compare", "headline", "summary", "findings", "causes", "tables", "charts", "links",
    "followups", "evidence", "as_of", "partial", "seconds",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_STORE", f"sqlite:///{tmp_path / 'store.sqlite'}")
    monkeypatch.delenv("HEALTH_MONITOR_WAREHOUSE", raising=False)


def ask(*more: str) -> int:
    return main(["ask", "--now", NOW.isoformat(), *more])


def test_an_answer_as_json_keeps_its_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--json", QUESTION) == 0
    said = json.loads(capsys.readouterr().out)
    assert said.keys() >= CONTRACT
    assert said["agents"] == ["cost"] and said["action"] == "answer"
    assert said["window"] == {"start": "2026-11-17T00:00:00+00:00", "end": "2026-11-18T00:00:00+00:00", "tz": "UTC"}
    assert {"severity", "text", "agent"} <= said["findings"][0].keys()
    assert {"dims", "delta", "share"} <= said["causes"][0].keys()
    assert sum(round(cause["delta"] * 100) for cause in said["causes"]) == round(sum(c["delta"] for c in said["causes"]) * 100)
    assert {"id", "tool", "sql", "params", "rows", "ms"} <= said["evidence"][0].keys()
    assert Path(said["charts"][0]["path"]).read_bytes().startswith(b"\x89PNG")
    assert len(said["recommendations"]) >= 2


def test_the_askers_zone_moves_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--json", "--tz", "Asia/Tokyo", QUESTION) == 0
    assert json.loads(capsys.readouterr().out)["window"]["start"] == "2026-11-16T15:00:00+00:00"


def test_a_thread_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--thread", "t1", QUESTION) == 0
    capsys.readouterr()
    assert ask("--thread", "t1", "--json", "and for prod-payments only?") == 0
    said = json.loads(capsys.readouterr().out)
    assert "for prod-payments" in said["headline"] and said["window"]["start"].startswith("2026-11-17")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "has no text"),
        ("x" * 10_000, "10,000 characters"),
        ("Why did costs spike in workspace no-such-place last Tuesday?", "no workspace named “no-such-place”"),
        ("What did we spend on 3 December 2026?", "lies in the future"),
    ],
    ids=["empty", "long", "no such workspace", "future"],
)
def test_bad_questions_get_a_sentence_an_id_and_exit_code_1(text: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(text) == 1
    said = capsys.readouterr().out
    assert expected in said and "Error id: " in said
    assert "Traceback" not in said


def test_a_day_without_data_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("Why did costs spike on 3 March 2019?") == 0
    assert "There is no usage" in (said := capsys.readouterr().out) and "The account has usage from" in said


@pytest.mark.parametrize("url", ["duckdb:////nowhere/account.duckdb", "mysql://x", "databricks"])
def test_a_warehouse_that_is_not_there(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", url)
    assert ask(QUESTION) == 1
    said = capsys.readouterr().err
    assert "HEALTH_MONITOR_WAREHOUSE" in said and "Error id: " in said and "Traceback" not in said


def test_a_file_is_found_from_the_root_too_and_a_sample_has_its_dashboards(
    sample_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", f"duckdb:///{str(sample_file).removeprefix('/')}")
    assert ask("--json", QUESTION) == 0
    said = json.loads(capsys.readouterr().out)
    assert "Cost Intelligence" in [link["title"] for link in said["links"]]


def test_a_file_that_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.duckdb").write_text("rubbish " * 1000)
    monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", f"duckdb:///{tmp_path / 'x.duckdb'}")
    assert ask(QUESTION) == 1
    assert "cannot be opened as a DuckDB database" in capsys.readouterr().err


def test_a_file_that_another_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_account(tmp_path / "busy.duckdb", {})
    program = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout and writer.stdin and writer.stdout.readline() == "open\n"
        monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", f"duckdb:///{path}")
        assert ask(QUESTION) == 1
        writer.stdin.close()
    assert "is being written by another process" in capsys.readouterr().err


def test_a_warehouse_without_billing_names_the_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_account(tmp_path / "bare.duckdb", {}, leave_out=["system.billing.usage"])
    monkeypatch.setenv("HEALTH_MONITOR_WAREHOUSE", f"duckdb:///{path}")
    assert ask(QUESTION) == 1
    said = capsys.readouterr().out
    assert "system.billing.usage is not available" in said and "GRANT USE SCHEMA" in said and "Error id: " in said


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEALTH_MONITOR_TZ", "Mars/Olympus")
    assert ask(QUESTION) == 1
    assert "HEALTH_MONITOR_TZ" in capsys.readouterr().err


def explain(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(json.dumps(line) + "\n" for line in lines)))
    assert main(["explain", "--jsonl", "--now", NOW.isoformat()]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_explain_answers_line_by_line_in_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        {"q": QUESTION},
        {"q": "and the week before?", "prior": QUESTION},
        {"q": "who read prod.sales.sales_daily yesterday?"},
    ]
    said = explain(asked, monkeypatch, capsys)
    assert [line["agents"] for line in said] == [["cost"], ["cost"], ["security"]]
    assert said[0]["window"] == {"start": "2026-11-17T00:00:00+00:00", "end": "2026-11-18T00:00:00+00:00"}
    assert said[2]["window"]["start"] == "2026-11-23T00:00:00+00:00"
    assert all({"action", "agents", "topics", "window", "compare", "entities", "ms"} <= line.keys() for line in said)


def test_explain_goes_on_after_a_line_of_rubbish(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('rubbish\n[1]\n{"q": "cost yesterday"}\n'))
    assert main(["explain", "--jsonl", "--now", NOW.isoformat()]) == 1
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert "not a JSON object" in first["error"] and second["error_id"] and third["agents"] == ["cost"]


def test_explain_takes_the_clock_of_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    [said] = explain([{"q": "costs yesterday", "now": "2026-03-30T10:00:00+00:00", "tz": "Europe/Berlin"}], monkeypatch, capsys)
    start, end = (datetime.fromisoformat(said["window"][edge]) for edge in ("start", "end"))
    assert (end - start).total_seconds() == 23 * 3600


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    asked = f"{sys.executable} -m bot ask --now {NOW.isoformat()} '{QUESTION}' | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", asked], capture_output=True, check=False)
    assert done.returncode == 0 and b"Traceback" not in done.stderr


def test_which_of_them_are_the_names_of_the_last_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--thread", "t2", "what were the top 3 jobs by cost last week?") == 0
    capsys.readouterr()
    assert ask("--thread", "t2", "--json", "which of them failed?") == 0
    said = json.loads(capsys.readouterr().out)
    failed = {row[0] for grid in said["tables"] if grid["columns"][0] == "job" for row in grid["rows"]}
    assert 0 < len(failed) <= 3
