"""Names in a text: which words are names, of what kind, and the text with each replaced by its kind."""

# ruff: noqa: E501  (a pattern stays on one line)

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.understand.identifiers import is_timelike
from agents.understand.nameindex import Hit, NameIndex
from agents.understand.text import fold
from agents.understand.wordlists import words as wordlist

MARKS = {
    "workspaces": "xworkspace",
    "jobs": "xjob",
    "pipelines": "xpipeline",
    "tables": "xtable",
    "models": "xmodel",
    "endpoints": "xendpoint",
    "warehouses": "xwarehouse",
    "clusters": "xcluster",
    "users": "xuser",
    "skus": "xsku",
    "experiments": "xexperiment",
    "budgets": "xbudget",
    "products": "xproduct",
    "columns": "xcolumn",
    "names": "xname",
    "tags": "xtag",
}
_CUES = {
    "workspaces": r"workspaces?|ws|arbeitsbereich|espaces? de travail|espacio de trabajo|area de trabalho|area di lavoro|env(?:ironment)?",
    "jobs": r"jobs?|workflows?|etl|tareas?|tarefas?|taches?",
    "pipelines": r"pipelines?|dlt",
    "tables": r"tables?|tabellen?|tablas?|tabelas?|tabell[ae]|views?|dataset",
    "models": r"models?|modelle?n?|modeles?|modelos?|modell[oi]",
    "endpoints": r"endpoints?|serving",
    "warehouses": r"warehouses?|wh",
    "clusters?": r"clusters?",
    "users": r"users?|person|benutzer\w*|utilisateurs?|usuarios?|utent[ei]|principal|sp",
    "skus": r"skus?",
    "experiments": r"experiments?|experimente?",
    "budgets": r"budgets?",
    "columns": r"columns?|spalten?|colonnes?|columnas?|colunas?|colonn[ae]",
}
_CUES["clusters"] = _CUES.pop("clusters?")
_NAME = r"[`'\"]?(?P<name>[a-z0-9][\w.@/+-]*[a-z0-9])[`'\"]?"
_BEFORE = {kind: re.compile(rf"\b(?:{cue})\s*(?:named|called|:|=)?\s*{_NAME}") for kind, cue in _CUES.items()}
_AFTER = {kind: re.compile(rf"(?<![\w.-]){_NAME}\s+(?:{cue})\b") for kind, cue in _CUES.items()}
_PLACE = re.compile(
    r"(?P<before>\b(?:for|in|on|only|just|from|and|nur|fur|pour|dans|para|en|em|no|per|solo|without|except|excluding|not|about) )"
    r"(?P<word>(?!(?:for|in|on|the|from|per|not|no|en|em) )[A-Za-z][A-Za-z0-9]{2,})\b(?! (?:job|table|model|user|endpoint|cluster|warehouse|pipeline|team))"
)
_CODE = re.compile(r"`([^`\n]{1,120})`")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_EMAIL = re.compile(r"(?<![\w.+-])(?:<mailto:[^|>]*\|)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)>?")
_ID = re.compile(r"(?<![\w.])(?:[A-Za-z0-9$]+(?:[_./-][A-Za-z0-9$]+)+|[A-Za-z]+\d+[A-Za-z][A-Za-z\d]*)(?![\w])")
_WORDS = re.compile(r"[A-Za-z0-9][\w.'-]*")
_AMOUNT = re.compile(r"\$?\d[\d.,]*(?:k|m|mm|b|bn)?\$?")
_MEASURE = re.compile(
    r"(?:(?:val|valid|validation|test|train|eval|cv|best)[_-])?(?:auc|auroc|auprc|roc_auc|pr_auc|f1|f1_score|rmse|mae|mape|mse|r2|logloss|log_loss|loss|accuracy|acc|precision|recall|ndcg|psi)"
)
_PLAIN_HYPHENS = re.compile(
    r"^(?:[a-z]+-(?:over|to|by|per|of|off|in|up|on|down|out|and|end|hours?|based|purpose|level|time|seen|scale|sizing|sized|size|tier|wide|"
    r"specific|related|driven|running|like|ish|ups?|date|date|quality|access|run|party|prod|use|user|learning|ready|free|node|queue|demand|term|"
    r"performing|facing|compliant|built|critical|case|standing|known|called|name|risk|sensitive|hoc|service|the|fly|box|wise|day|week|month|year|"
    r"minute|scaling|stop|start|terminat\w+|feira|midi|vous|nous|il|elle|ils|on|t-il|ce|ci|la|je|moi|end|tuned|tuning)|"
    r"(?:all|off|per|re|non|un|pre|post|cross|multi|single|self|auto|e|ad|co|anti|long|short|high|low|top|old|new|so|well|right|over|under|what|"
    r"first|second|third|in|on|mid|real|near|end|week|day|month|year|quarter|low|data|half|ex|most|least|best|worst|point|read|write|follow|root|"
    r"break|check|set|sign|log|start|shut|spin|roll|tear|and|or|row|column|table|last|y|a|est|sont|ont|c|x|go|est-ce|s|d|l|n|qu|jusqu|aujourd|avez|"
    r"avons|peux|pouvez|donne|montre|dis|quelle|quel|job|cost|vs)-[a-z-]+)$"
)


@dataclass(slots=True)
class Mentions:
    """What a text names. `marked` is the text with every name replaced by a word for its kind."""

    marked: str
    found: dict[str, list[str]] = field(default_factory=dict)
    unsure: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)

    def add(self, hit: Hit, word: str) -> None:
        if hit.sure:
            names = self.found.setdefault(hit.kind, [])
            if hit.choices[0] not in names:
                names.append(hit.choices[0])
        elif (word, hit.choices) not in self.unsure:
            self.unsure.append((word, hit.choices))


def find_mentions(text: str, index: NameIndex, people: Mapping[str, str]) -> Mentions:
    """Every name in a cleaned text: people and code marks first, then ids, then words beside a kind, then plain words."""
    mentions = Mentions(text)
    _people(mentions, index, people)
    mentions.marked = _CODE.sub(
        lambda found: _resolve(mentions, index, found[1].strip(), _kind_beside(mentions.marked, found)), mentions.marked
    )
    mentions.marked = _ID.sub(lambda found: _identifier(mentions, index, found), mentions.marked)
    _whole_names(mentions, index)
    _beside_kinds(mentions, index)
    mentions.marked = _PLACE.sub(lambda found: _part_of_workspace(mentions, index, found), mentions.marked)
    return mentions


def _people(mentions: Mentions, index: NameIndex, people: Mapping[str, str]) -> None:
    def person(found: re.Match[str]) -> str:
        who = people.get(found[1])
        if not who:
            return " "
        mentions.add(index.exact(who, "users") or Hit("users", (who,)), who)
        return MARKS["users"]

    def email(found: re.Match[str]) -> str:
        hit = index.exact(found[1], "users") or index.fuzzy(found[1], "users")
        if hit:
            mentions.add(hit, found[1])
        else:
            mentions.unknown.append(("user", found[1]))
        return MARKS["users"]

    mentions.marked = _EMAIL.sub(email, _PERSON.sub(person, mentions.marked))


def _kind_beside(text: str, found: re.Match[str]) -> str | None:
    before, after = fold(text[max(0, found.start() - 24) : found.start()]), fold(text[found.end() : found.end() + 24])
    for kind, cue in _CUES.items():
        if re.search(rf"\b(?:{cue})\s*(?:named|called|:)?\s*[`'\"]?$", before) or re.match(
            rf"[`'\"]?\s+(?:\w+\s+)?(?:{cue})\b", after
        ):
            return kind
    return None


def _identifier(mentions: Mentions, index: NameIndex, found: re.Match[str]) -> str:
    word = found[0]
    folded = fold(word)
    if (
        is_timelike(folded)
        or _AMOUNT.fullmatch(folded)
        or _MEASURE.fullmatch(folded)
        or _PLAIN_HYPHENS.match(folded)
        or (word.count("/") and not re.search(r"[_.]|^/", word) and not index.exact(word))
    ):
        return word
    return _resolve(mentions, index, word, _kind_beside(mentions.marked, found))


def _resolve(mentions: Mentions, index: NameIndex, word: str, kind: str | None) -> str:
    table = _table_of_column(mentions, index, word)
    if table:
        return table
    hit = (index.exact(word, kind) if kind else None) or index.exact(word)
    hit = (
        hit or (kind and (index.fuzzy(word, kind) or index.partial(word, kind))) or index.fuzzy(word) or _part_of_any(index, word)
    )
    if hit:
        mentions.add(hit, word)
        return MARKS[hit.kind]
    guess = kind or guess_kind(word)
    _unknown(mentions, index, guess, word)
    return MARKS[guess]


def _table_of_column(mentions: Mentions, index: NameIndex, word: str) -> str | None:
    """The mark of a table for "orders.net_amount", where the account has the table and nothing of the whole name."""
    name, _, column = word.rpartition(".")
    table = index.exact(name, "tables") if name and not index.exact(word) else None
    if table is None:
        return None
    mentions.add(table, name)
    mentions.add(index.exact(column, "columns") or Hit("columns", (column,)), column)
    return MARKS["tables"]


def _unknown(mentions: Mentions, index: NameIndex, kind: str, word: str) -> None:
    """A name that the account does not have, with the nearest ones that it has."""
    near = index.nearest(word, kind) if kind != "names" else ()
    if near:
        mentions.unsure.append((word, near))
    mentions.unknown.append((kind.removesuffix("s"), word))


def _part_of_any(index: NameIndex, word: str) -> Hit | None:
    hits = [
        hit
        for kind in ("jobs", "pipelines", "tables", "models", "endpoints", "workspaces", "warehouses", "clusters")
        if (hit := index.partial(word, kind))
    ]
    return hits[0] if hits else None


_SHAPES = (
    ("users", re.compile(r"@|^svc[-_.]|[-_.]svc$|^sp[-_]")),
    ("endpoints", re.compile(r"scoring|serving|endpoint")),
    (
        "jobs",
        re.compile(
            r"(?:^|[_.-])(?:etl|job|load|loader|ingest\w*|sync|refresh|backfill|export|import|nightly|hourly|batch|run|elt|dbt|vacuum|optimize|replication)(?:$|[_.-])"
        ),
    ),
    ("pipelines", re.compile(r"(?:^|[_.-])(?:dlt|pipeline)(?:$|[_.-])")),
    ("warehouses", re.compile(r"(?:^|[_.-])(?:wh|warehouse|dwh)(?:$|[_.-])")),
    ("clusters", re.compile(r"(?:^|[_.-])cluster(?:$|[_.-])|^\d{4}-\d{6}-")),
    (
        "models",
        re.compile(
            r"(?:^|[_.-])(?:model|classifier|detection|detector|forecaster|recommender|predictor|regressor|churn|fraud|ranker)(?:$|[_.-])"
        ),
    ),
    ("skus", re.compile(r"^(?:premium|enterprise|standard)_")),
    (
        "tables",
        re.compile(
            r"\.|^(?:fact|dim|stg|raw|gold|silver|bronze|v|vw)_|_(?:daily|raw|gold|silver|bronze|fact|dim|events|history)$"
        ),
    ),
    ("workspaces", re.compile(r"(?:^|-)(?:prod|dev|staging|stage|sandbox|test|uat|qa)(?:$|-)")),
)


def guess_kind(word: str) -> str:
    """The kind that an id's shape suggests: catalog.schema.table, nightly_etl, prod-eu."""
    folded = fold(word)
    return next((kind for kind, shape in _SHAPES if shape.search(folded)), "names")


def _whole_names(mentions: Mentions, index: NameIndex) -> None:
    """Names written as plain words, up to four of them ("prod analytics")."""
    words = list(_WORDS.finditer(mentions.marked))
    taken, pieces = -1, []
    for at, word in enumerate(words):
        if word.start() < taken or word[0].lower() in wordlist("not_names"):
            continue
        for length in (4, 3, 2, 1):
            if at + length > len(words):
                continue
            end = words[at + length - 1].end()
            spoken = mentions.marked[word.start() : end].removesuffix("'s")
            hit = index.exact(spoken) or (
                index.first_name(spoken) if length == 1 and (len(spoken) > 3 or word[0][0].isupper()) else None
            )
            if hit and not fold(spoken).startswith("x"):
                mentions.add(hit, spoken)
                pieces.append((word.start(), word.start() + len(spoken), MARKS[hit.kind]))
                taken = end
                break
    mentions.marked = _replaced(mentions.marked, pieces)


def _beside_kinds(mentions: Mentions, index: NameIndex) -> None:
    """Words beside the word for a kind ("for workspace prood", "the orders pipeline"); not every word there is a name."""
    for kind, pattern in [*_BEFORE.items(), *_AFTER.items()]:
        before = pattern is _BEFORE[kind]
        pieces = []
        folded = fold(mentions.marked)
        if len(folded) != len(mentions.marked):
            return
        for found in pattern.finditer(folded):
            word = found["name"]
            if word in wordlist("not_names") or word in MARKS.values() or word.isdigit() or is_timelike(word):
                continue
            hit = index.exact(word, kind) or index.fuzzy(word, kind) or index.partial(word, kind)
            if hit:
                mentions.add(hit, mentions.marked[found.start("name") : found.end("name")])
                pieces.append((found.start("name"), found.end("name"), MARKS[kind]))
            elif (
                before
                and kind in ("workspaces", "users", "warehouses", "endpoints")
                and len(word) > 3
                and not _followed_by_word(folded, found.end())
            ):
                _unknown(mentions, index, kind, mentions.marked[found.start("name") : found.end("name")])
        mentions.marked = _replaced(mentions.marked, pieces)


def _part_of_workspace(mentions: Mentions, index: NameIndex, found: re.Match[str]) -> str:
    """Where people say just a part of a workspace's name ("for prod")."""
    hit = None if found["word"].lower() in wordlist("not_names") else index.partial(found["word"], "workspaces")
    if hit is None:
        return found[0]
    mentions.add(hit, found["word"])
    return f"{found['before']}{MARKS['workspaces']}"


def _followed_by_word(text: str, end: int) -> bool:
    return bool(
        re.match(
            r"\s+(?!xtime|last|this|yesterday|today|since|in|on|for|between|vs|and|from|during|over|at|by|is|are|was|were)\w",
            text[end:],
        )
    )


def _replaced(text: str, pieces: list[tuple[int, int, str]]) -> str:
    out, at = [], 0
    for start, end, word in sorted(pieces):
        if start >= at:
            out += [text[at:start], word]
            at = end
    return "".join([*out, text[at:]])
