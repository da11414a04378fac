"""What the agent reads of a request, what it says, and what is logged of it; tests/e2e/serving asks it."""

from mlflow.types.responses import ResponsesAgentRequest

from adapters.serving.agent import card, read
from adapters.serving.package import requirements
from bot.settings import ROOT
from tests.adapters.samples import spike_in_words


def test_the_last_words_of_the_user_in_their_conversation_and_zone() -> None:
    request = ResponsesAgentRequest(
        input=[
            {"role": "user", "content": "costs yesterday?"},
            {"role": "assistant", "content": "They rose."},
            {"role": "user", "content": [{"type": "input_text", "text": "and today?"}]},
        ],
        context={"conversation_id": "c1", "user_id": "u1"},
        custom_inputs={"tz": "Europe/Berlin"},
    )
    message = read(request)
    assert (message.text, message.thread, message.user, message.tz) == ("and today?", "c1", "u1", "Europe/Berlin")


def test_an_answer_goes_out_as_text_and_whole() -> None:
    said = card(spike_in_words())
    assert spike_in_words().headline in said["output"][0]["content"][0]["text"]
    assert said["custom_outputs"]["headline"] == spike_in_words().headline


def test_what_is_logged_needs_what_we_pin() -> None:
    pins = requirements()
    assert all("==" in pin and "--hash" not in pin for pin in pins)
    text = (ROOT / "requirements.txt").read_text()
    assert len(pins) == sum(line[:1].isalpha() for line in text.splitlines())
