"""The words of time: English units, days and months, numbers in words, abbreviations, and typing errors put right."""

import re
from functools import lru_cache

from agents.understand.wordlists import words

WEEKDAYS = {
    "monday": 0,
    "mon": 0,
    "tuesday": 1,
    "tues": 1,
    "tue": 1,
    "wednesday": 2,
    "wed": 2,
    "weds": 2,
    "thursday": 3,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "friday": 4,
    "fri": 4,
    "saturday": 5,
    "sat": 5,
    "sunday": 6,
    "sun": 6,
}
MONTHS = {
    "january": 1,
    "jan": 1,
    "february": 2,
    "feb": 2,
    "march": 3,
    "mar": 3,
    "april": 4,
    "apr": 4,
    "may": 5,
    "june": 6,
    "jun": 6,
    "july": 7,
    "jul": 7,
    "august": 8,
    "aug": 8,
    "september": 9,
    "sept": 9,
    "sep": 9,
    "october": 10,
    "oct": 10,
    "november": 11,
    "nov": 11,
    "december": 12,
    "dec": 12,
}
UNITS = {
    "second": "second",
    "sec": "second",
    "minute": "minute",
    "min": "minute",
    "hour": "hour",
    "hr": "hour",
    "h": "hour",
    "day": "day",
    "d": "day",
    "week": "week",
    "wk": "week",
    "w": "week",
    "fortnight": "fortnight",
    "month": "month",
    "mo": "month",
    "mth": "month",
    "quarter": "quarter",
    "qtr": "quarter",
    "year": "year",
    "yr": "year",
    "weekend": "weekend",
    "night": "night",
}

WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?:'?s)?"
)
FULL_MONTH = (
    r"(?:january|february|april|june|july|august|september|october|november|december"
    r"|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
MONTH = rf"(?:{FULL_MONTH}|march|mar|may)"
COMING = re.compile(
    r"(?<!i )\b(?:will|gonna|going to|about to|likely|at risk|might|expect\w*|hold|make it|forecast|predict\w*)\b"
)
UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|wks?|fortnights?|months?|mths?|quarters?|qtrs?|years?|yrs?)"
NUMBER = r"(?:\d{1,4}|an?|few|couple(?: of)?)"

_ONES = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "thirteenth": 13,
    "fourteenth": 14,
    "fifteenth": 15,
    "sixteenth": 16,
    "seventeenth": 17,
    "eighteenth": 18,
    "nineteenth": 19,
    "twentieth": 20,
    "thirtieth": 30,
}
_IN_WORDS = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<one>{'|'.join(list(_ONES)[1:10])}|{'|'.join(list(_ORDINALS)[:9])}))?"
    rf"|(?P<plain>{'|'.join(_ONES)}|{'|'.join(_ORDINALS)}))\b(?!-)"
)
_SHORT = (
    (r"\bw/c\b", "week commencing"),
    (r"\b(?:yday|yest|ystd|yesterdays|ystrday|yesty|yesterady)\b", "yesterday"),
    (r"\btdy\b|\b2day\b", "today"),
    (r"\btmrw\b|\btmw\b", "tomorrow"),
    (r"\b(?:lst|las|lsat|laste)(?= (?:day|week|month|year|quarter|mon|tue|wed|thu|fri|sat|sun|night|\d))", "last"),
    (r"\blast(?=(?:week|month|year|night|quarter)\b)", "last "),
    (r"\bthis(?=(?:week|month|year|quarter)\b)", "this "),
    (r"\bprev\b\.?", "previous"),
    (r"\b(last|previous|past|this) (?:full|complete|completed|whole|entire) (?=(?:day|week|month|quarter|year)\b)", r"\1 "),
    (r"\bw(?:k|ee)?k?nd\b", "weekend"),
    (r"\b(?:the )?week-end\b", "weekend"),
    (r"\bhalf an hour\b|\bhalf hour\b", "30 minutes"),
    (
        r"\b(?:since|from|starting) (?:the )?(?:start|beginning) of (?:the |this )?(?=(?:week|month|quarter|year)\b)",
        "this ",
    ),
    (r"\b(\d{1,2}(?::\d\d)?) in the (?:early )?morning\b", r"\1 am"),
    (r"\b(\d{1,2}(?::\d\d)?) in the (?:afternoon|evening)\b", r"\1 pm"),
    (r"\ban hour and a half\b", "90 minutes"),
    (r"\bhalf a day\b", "12 hours"),
    (r"\bmidday\b", "noon"),
    (r"\bmonths?-to-date\b", "month to date"),
    (r"\b(year|quarter|week)-to-date\b", r"\1 to date"),
    (r"\bthanks giving\b", "thanksgiving"),
    (r"\b(week|month|quarter|year|day)s?'s?\b", r"\1"),
    (r"\b(\d+)\s?(?:week|wk)s?-(?=long)", r"\1 weeks "),
    (r"\b(last|past|previous|this)[-_](?=\d|day|week|month|year|quarter|mon|tue|wed|thu|fri|sat|sun|night)", r"\1 "),
    (r"\b(day|week|month|quarter|year)[- ](?:over|on|by)[- ]\1\b", r"\1 over \1"),
)
_SHORTENED = tuple((re.compile(pattern), word) for pattern, word in _SHORT)
_OCLOCK = re.compile(r"\b(\d{1,2}) ?o'?clock\b")
_TARGETS = (
    "yesterday",
    "today",
    "tomorrow",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "august",
    "september",
    "october",
    "november",
    "december",
    "weekend",
    "weekends",
    "quarter",
    "quarters",
    "week",
    "weeks",
    "month",
    "months",
    "hours",
    "minutes",
    "previous",
    "morning",
    "afternoon",
    "evening",
    "midnight",
    "since",
    "between",
    "yesterday's",
)
_WORD = re.compile(r"[a-z']{5,}|wek|wekk|mnth|mont")
_FIXED = {
    "wek": "week",
    "wekk": "week",
    "mnth": "month",
    "mont": "month",
    "tusday": "tuesday",
    "teusday": "tuesday",
    "wensday": "wednesday",
}


def english(text: str) -> str:
    """Folded English text with typing errors of time words, abbreviations and numbers in words put into one form."""
    text = _WORD.sub(lambda found: _spelled(found[0]), text)
    for pattern, word in _SHORTENED:
        text = pattern.sub(word, text)
    return _OCLOCK.sub(r"\1:00", _IN_WORDS.sub(_digits, text))


@lru_cache(maxsize=20_000)
def _spelled(word: str) -> str:
    if word in _FIXED:
        return _FIXED[word]
    if word in _TARGETS or word in words("near_misses") or len(word) < 5 or word.startswith("quart"):
        return word
    allowed = 2 if len(word) >= 8 else 1
    alike = [target for target in _TARGETS if target[0] == word[0] and abs(len(word) - len(target)) <= allowed]
    distance, best = min(((_distance(word, target), target) for target in alike), default=(9, word))
    return best if distance <= allowed and len(best) >= 5 - (word[0] == "w") else word


def _distance(one: str, other: str) -> int:
    """How many letters are added, dropped, replaced or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, before, row = before, row, [at]
        for to, target in enumerate(other, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != target))
            if last and at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == target:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
    return row[-1]


def _digits(found: re.Match[str]) -> str:
    if found["tens"]:
        one = found["one"]
        ordinal = one in _ORDINALS
        value = _TENS[found["tens"]] + (_ORDINALS[one] if ordinal else _ONES[one] if one else 0)
        return _ordinal(value) if ordinal else str(value)
    word = found["plain"]
    return str(_ONES[word]) if word in _ONES else _ordinal(_ORDINALS[word])


def _ordinal(value: int) -> str:
    ending = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def number(word: str) -> int:
    """How many a number word of NUMBER says; "few" is three, "a couple of" two."""
    if word.isdigit():
        return int(word)
    return 3 if word.startswith("few") else 2 if word.startswith("couple") else 1


def unit(word: str) -> str:
    """The unit that a spelling names."""
    return UNITS.get(word) or UNITS.get(word.rstrip("s")) or "day"
