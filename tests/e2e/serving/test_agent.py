"""The orchestrator as an MLflow agent: logged, registered, loaded by another process from MLflow's store alone, asked."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.serving.package import main
from bot.settings import ROOT
from tests.walk.test_capabilities import SEVEN

pytestmark = pytest.mark.e2e
CLIENT = """
import json, sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
agent = mlflow.pyfunc.load_model("models:/health-monitor-agent/1")
said = [agent.predict({"input": [{"role": "user", "content": text}]}) for text in json.loads(sys.argv[2])]
import agents
print(json.dumps({"code": agents.__file__, "said": said}))
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("HEALTH_MONITOR_WAREHOUSE", raising=False)
    monkeypatch.chdir(tmp_path)  # MLflow makes a folder where it is
    address = f"sqlite:///{tmp_path / 'mlflow.db'}"
    assert main(["--track", address, "--artifacts", str(tmp_path / "artifacts")]) == 0
    return address


def test_it_answers_the_seven_questions_in_a_process_that_has_only_what_was_logged(store: str, tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "HEALTH_MONITOR_CACHE": str(ROOT / ".cache")}
    asked = sorted(SEVEN)
    command = [sys.executable, "-c", CLIENT, store, json.dumps(asked)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert not told["code"].startswith(str(ROOT))
    for question, said in zip(asked, told["said"], strict=True):
        outputs = said["custom_outputs"]
        assert (outputs["action"], outputs["question"], outputs["error_id"]) == ("answer", question, "")
        assert outputs["evidence"] and outputs["headline"] in said["output"][0]["content"][0]["text"]
