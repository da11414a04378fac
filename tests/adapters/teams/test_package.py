"""The app package, against the limits that Teams documents; tests/e2e holds it against the public schema."""

import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from adapters.teams import icons
from adapters.teams.package import UNLISTED, manifest, write
from bot.commands import COMMANDS, find

APP = "11111111-2222-3333-4444-555555555555"
SITE = "https://intranet.example.com/health-monitor"
ROOT = Path(__file__).resolve().parents[3]
# Where in the manifest → the most characters there.
LENGTHS = {
    ("name", "short"): 30,
    ("name", "full"): 100,
    ("description", "short"): 80,
    ("description", "full"): 4_000,
    ("developer", "name"): 32,
    ("developer", "websiteUrl"): 2_048,
}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return manifest(APP, SITE)


def commands(made: dict[str, Any]) -> list[dict[str, str]]:
    [bot] = made["bots"]
    [listed] = bot["commandLists"]
    assert set(listed["scopes"]) == set(bot["scopes"]) == {"personal", "team", "groupChat"}
    return list(listed["commands"])


def pixels(png: bytes, side: int) -> list[tuple[int, ...]]:
    """The picture's points; fails for another size or kind."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">IIBBBBB", png[16:29]) == (side, side, 8, 6, 0, 0, 0)
    length = struct.unpack(">I", png[33:37])[0]
    assert png[37:41] == b"IDAT"
    raw = zlib.decompress(png[41 : 41 + length])
    rows = [raw[at : at + 1 + 4 * side] for at in range(0, len(raw), 1 + 4 * side)]
    assert len(rows) == side and all(row[0] == 0 for row in rows)
    return [tuple(row[at : at + 4]) for row in rows for at in range(1, 1 + 4 * side, 4)]


@pytest.mark.parametrize("where", LENGTHS, ids=".".join)
def test_words_fit(made: dict[str, Any], where: tuple[str, str]) -> None:
    assert 0 < len(made[where[0]][where[1]]) <= LENGTHS[where]


def test_one_app_id_everywhere_and_only_https_pages(made: dict[str, Any]) -> None:
    assert {made["id"], made["bots"][0]["botId"], made["composeExtensions"][0]["botId"]} == {APP}
    assert {value for name, value in made["developer"].items() if name.endswith("Url")} == {SITE}
    assert made["validDomains"] == [] and "webApplicationInfo" not in made
    assert made["manifestVersion"] in made["$schema"]
    assert re.fullmatch(r"#[0-9A-F]{6}", made["accentColor"])


def test_the_commands_are_those_of_the_bot_and_as_many_as_teams_lists(made: dict[str, Any]) -> None:
    listed = commands(made)
    assert [f"/{one['title']}" for one in listed] == [one.name for one in COMMANDS if one.name not in UNLISTED]
    assert len(listed) <= 12
    assert all(len(one["title"]) <= 32 and len(one["description"]) <= 128 for one in listed)


def test_what_is_not_listed_is_a_command_and_help_is_listed(made: dict[str, Any]) -> None:
    assert all(find(name) for name in UNLISTED)
    assert "health" in [one["title"] for one in commands(made)]


def test_a_message_can_be_asked_about_by_its_menu(made: dict[str, Any]) -> None:
    [about] = made["composeExtensions"][0]["commands"]
    assert about["type"] == "action" and about["context"] == ["message"]
    assert about["fetchTask"] is True or about["parameters"]
    assert len(about["title"]) <= 32 and len(about["description"]) <= 128


def test_hearing_whole_threads_is_granted_only_when_asked_for(made: dict[str, Any]) -> None:
    assert "authorization" not in made
    hearing = manifest(APP, SITE, hear_threads=True)
    granted = hearing["authorization"]["permissions"]["resourceSpecific"]
    assert {one["name"] for one in granted} == {"ChannelMessage.Read.Group", "ChatMessage.Read.Chat"}
    assert {one["type"] for one in granted} == {"Application"}
    assert hearing["webApplicationInfo"]["id"] == APP


def test_the_color_icon_is_opaque_and_shows_the_heartbeat() -> None:
    points = pixels(icons.color(), 192)
    assert {point[3] for point in points} == {255}
    assert points[0][:3] == icons.BLUE
    white = sum(point[:3] == (255, 255, 255) for point in points)
    assert 0.03 < white / len(points) < 0.3


def test_the_outline_icon_is_white_on_nothing() -> None:
    points = pixels(icons.outline(), 32)
    assert {point[:3] for point in points} == {(255, 255, 255)}
    assert points[0][3] == 0 and max(point[3] for point in points) == 255
    solid = sum(point[3] > 128 for point in points)
    assert 0.03 < solid / len(points) < 0.3


def test_the_zip_holds_the_manifest_and_the_icons_it_names_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write(tmp_path / name, manifest(APP, SITE))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as package:
        inside = json.loads(package.read("manifest.json"))
        assert inside == manifest(APP, SITE)
        assert set(package.namelist()) == {"manifest.json", *inside["icons"].values()}
        assert package.read(inside["icons"]["outline"]) == icons.outline()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "adapters.teams.package", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_makes_it(tmp_path: Path) -> None:
    out = tmp_path / "teams.zip"
    done = run("--app-id", APP.upper(), "--website", SITE, "--version", "1.2.3", "--out", str(out))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as package:
        assert json.loads(package.read("manifest.json")) == manifest(APP, SITE, version="1.2.3")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--app-id", "not-an-id", "--website", SITE),
        ("--app-id", APP, "--website", "http://intranet.example.com"),
        ("--app-id", APP, "--website", SITE, "--version", "one"),
        ("--app-id", APP),
    ],
    ids=["app id", "website", "version", "no website"],
)
def test_the_command_refuses_what_teams_would(wrong: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*wrong, "--out", str(tmp_path / "teams.zip"))
    assert done.returncode == 2 and "error" in done.stderr
    assert not (tmp_path / "teams.zip").exists()
