"""The house stands: its packages are its own, its start is light, its dependency lists are clean."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("pandas", "mlflow", "databricks_langchain", "langchain", "sklearn", "scipy", "slack_bolt", "botbuilder", "vl_convert")


def python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_agents_is_ours_though_a_dependency_installs_one_too() -> None:
    assert Path(python("import agents; print(agents.__file__)")).parent == ROOT / "agents"


def test_databricks_langchain_imports_beside_our_agents() -> None:
    assert python("from databricks_langchain import ChatDatabricks; print(ChatDatabricks.__name__)") == "ChatDatabricks"


def test_a_question_needs_no_heavy_library() -> None:
    loaded = python("import sys, bot.__main__, adapters.terminal, agents.cost; print(*sys.modules)").split()
    assert not [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-spark.txt"])
def test_dependencies_are_hashed_and_hold_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[A-Za-z0-9_.\[\]-]+==", text, re.MULTILINE)
    assert pins and text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text and "index-url" not in text


def test_every_table_function_has_its_python_function() -> None:
    defined = "".join(path.read_text() for path in (ROOT / "tools").glob("*.py"))
    functions = re.findall(
        r"CREATE OR REPLACE FUNCTION (get_\w+)", "".join(path.read_text() for path in (ROOT / "tools" / "gold").glob("*.sql"))
    )
    assert functions and not [name for name in functions if f"async def {name}(" not in defined]
