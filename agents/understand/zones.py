"""A time zone named in a text, which wins over the asker's own."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from functools import cache
from zoneinfo import available_timezones

# Abbreviations that name one offset are kept literal; those that name a place follow its clock.
_SHORT = {
    "UTC": "UTC",
    "GMT": "UTC",
    "ZULU": "UTC",
    "CET": "Europe/Paris",
    "CEST": "Etc/GMT-2",
    "MEZ": "Europe/Berlin",
    "MESZ": "Etc/GMT-2",
    "BST": "Etc/GMT-1",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "SGT": "Asia/Singapore",
    "AEST": "Etc/GMT-10",
    "AEDT": "Etc/GMT-11",
    "EST": "Etc/GMT+5",
    "EDT": "Etc/GMT+4",
    "CST": "Etc/GMT+6",
    "CDT": "Etc/GMT+5",
    "MST": "Etc/GMT+7",
    "MDT": "Etc/GMT+6",
    "PST": "Etc/GMT+8",
    "PDT": "Etc/GMT+7",
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_PLACES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
}
_CLOCK = r"(?:\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\.?)?|noon|midnight)"
_ABBREVIATION = re.compile(
    rf"(?<![\w/@.-])(?:(?P<loud>{'|'.join(_SHORT)})|(?P<low>utc|gmt)|(?<=\d )(?P<after>[cemp][ds]t|c?est|bst|jst)|(?<=[ap]m )(?P<after2>[cemp][ds]?t|cest|bst|ist|jst))(?P<offset>[+-]\d{{1,2}}(?::?00)?)?(?: time)?(?![\w/@-])"
)
_GLUED = re.compile(r"(?<=\d)(?P<zone>z|Z|utc|UTC)(?![\w])")
_PLACE = re.compile(r"\b(?P<place>[A-Za-z]+(?:[ _][A-Za-z]+)?) (?:local )?time\b", re.IGNORECASE)
_IANA = re.compile(r"\b(?:[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?)\b")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)")


def spoken_zone(text: str) -> tuple[str | None, str]:
    """The IANA zone that a text names, and the text without its name; full ISO times carry their own and stay."""
    for pattern, read in ((_IANA, _iana), (_ABBREVIATION, _abbreviation), (_GLUED, _glued), (_PLACE, _place)):
        for found in pattern.finditer(text):
            zone = read(found)
            if zone and not any(iso.start() <= found.start() < iso.end() for iso in _ISO.finditer(text)):
                return zone, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def _iana(found: re.Match[str]) -> str | None:
    return found[0] if found[0] in _zones() else None


def _abbreviation(found: re.Match[str]) -> str | None:
    zone = _SHORT[(found["loud"] or found["low"] or found["after"] or found["after2"]).upper()]
    if found["offset"] and zone == "UTC":
        hours = int(found["offset"].replace(":00", "").removesuffix("00") if len(found["offset"]) > 3 else found["offset"])
        return f"Etc/GMT{-hours:+d}" if -14 <= -hours <= 12 else None
    return zone


def _glued(_found: re.Match[str]) -> str | None:
    return "UTC"


def _place(found: re.Match[str]) -> str | None:
    words = found["place"].lower().split()
    for name in (" ".join(words), words[-1]):
        if name in _PLACES:
            return _PLACES[name]
        if name.replace(" ", "_") in _cities():
            return _cities()[name.replace(" ", "_")]
    return None


@cache
def _zones() -> frozenset[str]:
    """Asked once: the list is read from disk."""
    return frozenset(available_timezones())


@cache
def _cities() -> dict[str, str]:
    return {zone.rsplit("/", 1)[1].lower(): zone for zone in _zones() if "/" in zone and not zone.startswith("Etc/")}


def known_zone(name: str) -> str:
    """The zone if it exists, else UTC: a chat profile may hold anything."""
    return name if name in _zones() else "UTC"
