"""The bundle as the CLI reads it: all files merged, a target chosen, and what refers to something filled in."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from bot.settings import ROOT

Json = dict[str, Any]
REFERENCE = re.compile(r"\$\{([\w.\[\]-]+)\}")


def files() -> dict[str, Json]:
    """Each file's content by its name under the root, databricks.yml first."""
    first = yaml.safe_load((ROOT / "databricks.yml").read_text())
    others = sorted(path for pattern in first["include"] for path in ROOT.glob(pattern))
    return {"databricks.yml": first} | {str(path.relative_to(ROOT)): yaml.safe_load(path.read_text()) for path in others}


def merged(target: str = "") -> Json:
    """One document; a target's variables and resources are laid over it."""
    whole: Json = {}
    for content in files().values():
        whole = _over(whole, content)
    chosen = whole["targets"].get(target, {})
    for name, value in chosen.get("variables", {}).items():
        whole["variables"][name]["default"] = value
    return _over(whole, {"resources": chosen.get("resources", {})})


def filled(value: Any, bundle: Json, known: Mapping[str, str]) -> Any:
    """`value` with each reference replaced: what is known, a variable's default, a resource's own field."""
    if isinstance(value, dict):
        return {key: filled(part, bundle, known) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, bundle, known) for part in value]
    if not isinstance(value, str):
        return value
    return REFERENCE.sub(lambda match: filled(_meaning(match[1], bundle, known), bundle, known), value)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from references(part)
    elif isinstance(value, str):
        yield from REFERENCE.findall(value)


def _meaning(name: str, bundle: Json, known: Mapping[str, str]) -> str:
    if name in known:
        return known[name]
    first, *rest = name.split(".")
    if first == "var":
        return str(bundle["variables"][rest[0]]["default"])
    found: Any = bundle
    for part in (first, *rest):
        found = found[part]
    return str(found)


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: _over(below.get(key), value) for key, value in above.items()}
    return below if above is None else above
