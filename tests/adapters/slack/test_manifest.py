import json
from pathlib import Path

from adapters.slack import manifest
from bot.commands import COMMANDS

COMMITTED = Path(manifest.__file__).with_name("manifest.json")


def test_the_committed_manifest_is_in_step() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == manifest.text(), (
        "run: python -m adapters.slack.manifest > adapters/slack/manifest.json"
    )


def test_socket_mode_has_no_addresses() -> None:
    assert "url" not in json.dumps(manifest.manifest())
    assert manifest.manifest()["settings"]["socket_mode_enabled"] is True


def test_http_sends_everything_to_one_address() -> None:
    made = manifest.manifest("https://monitor.example.com/")
    address = "https://monitor.example.com/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert {command["url"] for command in made["features"]["slash_commands"]} == {address}


def test_slack_takes_every_command_and_text() -> None:
    made = manifest.manifest()
    shown = made["display_information"]
    assert len(shown["name"]) <= 35 and len(shown["description"]) <= 140 and 174 <= len(shown["long_description"]) <= 4_000
    commands = made["features"]["slash_commands"]
    assert [command["command"] for command in commands] == [command.name for command in COMMANDS]
    for command in commands:
        assert command["command"].startswith("/") and len(command["command"]) <= 32
        assert len(command["description"]) <= 2_000 and len(command["usage_hint"]) <= 1_000


def test_it_is_an_agent_with_questions_to_begin_with() -> None:
    features = manifest.manifest()["features"]
    agent = features["agent_view"]
    assert "assistant_view" not in features and 0 < len(agent["agent_description"]) <= 300
    assert 1 <= len(agent["suggested_prompts"]) <= 4
    assert all(set(prompt) == {"title", "message"} and all(prompt.values()) for prompt in agent["suggested_prompts"])
    assert "assistant:write" in manifest.manifest()["oauth_config"]["scopes"]["bot"]


def test_only_what_is_installed_by_oauth_has_a_way_back_and_tokens_that_end() -> None:
    for url in ("", "https://monitor.example.com"):
        made = manifest.manifest(url)
        assert "redirect_urls" not in made["oauth_config"] and not made["settings"]["token_rotation_enabled"]
    made = manifest.manifest("https://monitor.example.com/", oauth=True)
    assert made["oauth_config"]["redirect_urls"] == ["https://monitor.example.com/slack/oauth_redirect"]
    assert made["settings"]["token_rotation_enabled"] and made["settings"]["org_deploy_enabled"]
