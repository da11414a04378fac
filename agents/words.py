"""The words that a report may use freely, and those that carry a direction, a negation, a cause or a rank."""

import re

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = {
    name: short
    for short, names in (
        ("mon", "mon monday"), ("tue", "tue tues tuesday"), ("wed", "wed wednesday"), ("thu", "thu thurs thursday"),
        ("fri", "fri friday"), ("sat", "sat saturday"), ("sun", "sun sunday"),
    )
    for name in names.split()
}  # fmt: skip
UNITS = {
    "s": ("seconds", 1), "sec": ("seconds", 1), "second": ("seconds", 1), "seconds": ("seconds", 1), "min": ("seconds", 60),
    "minute": ("seconds", 60), "minutes": ("seconds", 60), "h": ("seconds", 3600), "hour": ("seconds", 3600),
    "hours": ("seconds", 3600), "day": ("seconds", 86400), "days": ("seconds", 86400), "week": ("seconds", 604800),
    "weeks": ("seconds", 604800), "GB": ("GB", 1), "TB": ("GB", 1024), "DBU": ("DBU", 1), "DBUs": ("DBU", 1),
    "percent": ("%", 1), "dollars": ("USD", 1), "USD": ("USD", 1), "points": ("%", 1), "month": ("months", 1),
    "months": ("months", 1), "year": ("years", 1), "years": ("years", 1), "MB": ("MB", 1), "KB": ("KB", 1),
    "tokens": ("tokens", 1), "ms": ("ms", 1),
}  # fmt: skip
ABOUT = frozenset(["about", "around", "roughly", "approximately", "nearly", "almost", "some", "over", "circa", "~", "≈"])
NEGATIONS = frozenset(["not", "no", "never", "none", "neither", "nor", "without", "cannot", "hardly"])
_UP = (
    "above over more rose rise risen rises rising up increase increased increases higher longer grew growth grow grown jumped "
    "jump climbed climb added extra exceeded exceeds exceed slower dearer additional greater surged surge spiked spike"
)
_DOWN = (
    "below under less fell fall fallen falls falling drop dropped drops down decrease decreased decreases lower shorter shrank "
    "saved save faster cheaper declined decline fewer reduced smaller dipped underspent"
)
_SIGNS = dict.fromkeys(_UP.split(), 1) | dict.fromkeys(_DOWN.split(), -1)
CAUSAL = re.compile(
    r"\b(?:because(?: of)?|due to|caused by|driven by|as a result of|owing to|thanks to|stems? from|explained by|triggered by|"
    r"result(?:s|ed)? from|on account of|attributable to|(?:main |root )?(?:cause|reason|culprit|driver)"
    r"(?: is| was| behind\b.*?is|:)|"
    r"comes? from|came from|traces? to|following|brought about by|blamed? on|down to|responsible)\b",
    re.IGNORECASE,
)
RANK = frozenset(
    [
        "dearest",
        "highest",
        "largest",
        "biggest",
        "most",
        "top",
        "lead",
        "leads",
        "worst",
        "slowest",
        "first",
        "main",
        "mainly",
        "costliest",
        "greatest",
    ]
)
_STOP = """
a an the this that these those it its they them their he she his her we our us you your i and or but so then than as at by
for from in into of on onto to with within per via is are was were be been being has have had do does did will would can
could may might should must also which who whom whose what when where while whereas there here both each all any some other
others another same such only just even still again yet too very much many few between among across against during since
until before after up down out off over under about around roughly nearly almost approximately not no never none neither nor
without once if because due thus hence therefore instead rather however though although altogether together overall s t one
ones itself themselves
"""
STOP = frozenset(_STOP.split())
_NEUTRAL = """
cost costs spend spent spending bill amount total sum account accounts came come comes run runs ran rose rise risen rises
rising fell fall fallen falls falling increase increased increases decrease decreased decreases higher lower more less above
below grew growth grow grown jumped jump climbed climb added extra exceeded drop dropped change changed changes longer
shorter slower faster dearer cheaper additional greater smaller fewer compared compare comparison versus instead rather
usual usually normal normally typical typically expected average period day days week weeks month months hour hours minute
minutes second seconds year today yesterday time times percent share part rest remainder remaining biggest largest highest
most main mainly mostly first next follow follows followed lead leads top worst dearest costliest greatest single whole
account's for accounted accounting make makes made took take takes taken show shows showed shown see seen saw find found
stand stands stood reach reached reaches put puts mean means give gives gave given go goes went leave leaves left bring
brings say says said tell tells get gets got need needs look looks looked want have having include includes including figure
figures number numbers difference ratio well already now last ago so-called far near close closely behind ahead beyond
toward result results cause caused causes driven driver reason culprit explained explain explains responsible attributable
trace traces traced stem stems happen happened happens occur occurred start started began ended end ends stay stayed remain
remains remained keep kept please note that worth finally meanwhile third fourth fifth half twice double doubled triple
tripled about nearly almost list listed rank ranked ranks place places named name names item items entry job jobs workspace
workspaces table tables question answer data evidence utc usd dollars dollar across range high low clear clearly short brief
briefly summary overview altogether overall sums nobody everything else everyone something nothing thing things person
people record records recorded report reported reports
"""


def stem(word: str) -> str:
    """Enough of a word that its forms meet: failure, failures, failed and fail are one."""
    folded = word.lower().replace("’", "'").removesuffix("'s")
    for ending in ("ations", "ation", "ures", "ure", "ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y"):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            folded = folded.removesuffix(ending)
            break
    return folded[:-1] if len(folded) > 3 and folded[-1] == folded[-2] else folded


NEUTRAL = frozenset(stem(word) for word in (*_NEUTRAL.split(), *_UP.split(), *_DOWN.split(), *WEEKDAYS, *_MONTHS))


def direction(word: str) -> int:
    """+1 for a word that says more, −1 for one that says less, else 0."""
    return _SIGNS.get(word.lower(), 0)


def month(name: str) -> int:
    """1–12; 0 for no month."""
    return _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 0
