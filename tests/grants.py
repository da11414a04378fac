"""What the bot reads and which rights that takes: `python -m tests.grants` writes docs/grants.md; a test keeps it true."""

from collections import defaultdict

from bot.rights import needed
from bot.settings import ROOT, Settings
from tools.gold import OPTIONAL_TABLES, assets, system_tables_read

PAGE = ROOT / "docs" / "grants.md"
INTRODUCTION = """# What it reads and which grants it needs

The bot reads system tables through views and table functions of its own, as the service principal of its App, and nothing else.
It changes nothing but its own three tables, which keep what was asked and answered. `python -m bot grants APPLICATION_ID` prints
the statements below for your catalog and schemas; `python -m bot doctor` tries each of these rights and names the fix of what is
missing.

## Tables

| system table | read by the gold layer's | without it |
|---|---|---|
"""
STATEMENTS = """
## Statements

For the catalog `main`, the schema `health_monitor` of the gold layer and `health_monitor_state` for what is kept:

```sql
"""
REST = """```

Whoever runs `python -m tools.gold.apply` (the job `gold` of the bundle) needs the same rights on the system tables, and
`CREATE TABLE` and `CREATE FUNCTION` on the schema: `python -m bot grants APPLICATION_ID --install`.

## What SQL does not grant

| right | on | given by |
|---|---|---|
| CAN USE | the SQL warehouse | the App's resource `warehouse` |
| READ | the secrets `slack-bot-token` and `slack-app-token` | the App's resources of these names |
| CAN CONNECT AND CREATE | the Lakebase database | the App's resource `store` |
| CAN QUERY | served models, where they are set | the job `models` |
| CAN QUERY | the endpoint of the language model, where one is set | whoever owns it |
"""


def page() -> str:
    readers: dict[str, set[str]] = defaultdict(set)
    for asset in assets():
        for table in system_tables_read(asset.sql):
            readers[table].add(asset.file)
    lines = []
    for table, files in sorted(readers.items()):
        without = "answers lack a detail" if table in OPTIONAL_TABLES else "what needs it says so"
        lines.append(f"| `{table}` | {', '.join(sorted(files))} | {without} |")
    settings = Settings(catalog="main", archive="main.health_monitor_state", **{"HEALTH_MONITOR_SCHEMA": "health_monitor"})  # type: ignore[arg-type]
    statements = "".join(f"{statement};\n" for statement in needed("APPLICATION_ID", settings))
    return INTRODUCTION + "\n".join(lines) + "\n" + STATEMENTS + statements + REST


if __name__ == "__main__":
    PAGE.write_text(page())
