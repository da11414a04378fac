"""The least that a service principal needs: `python -m tools.gold.grants PRINCIPAL --catalog C --schema S [--install]`."""

import argparse
import sys
from collections.abc import Iterator, Sequence

from tools.gold import assets, system_tables_read


def grants(principal: str, catalog: str, schema: str, *, install: bool = False) -> Iterator[str]:
    """To read the system tables of the gold layer and the layer itself; with `install` also to create it."""
    tables = sorted({table for asset in assets() for table in system_tables_read(asset.sql)})
    whom = quoted(principal)
    yield f"GRANT USE CATALOG ON CATALOG system TO {whom}"
    for name in sorted({table.rpartition(".")[0] for table in tables}):
        yield f"GRANT USE SCHEMA ON SCHEMA {name} TO {whom}"
    for name in tables:
        yield f"GRANT SELECT ON TABLE {name} TO {whom}"
    place = f"{quoted(catalog)}.{quoted(schema)}"
    yield f"GRANT USE CATALOG ON CATALOG {quoted(catalog)} TO {whom}"
    for right in ("USE SCHEMA", "SELECT", "EXECUTE", *(("CREATE TABLE", "CREATE FUNCTION") if install else ())):
        yield f"GRANT {right} ON SCHEMA {place} TO {whom}"


def quoted(name: str) -> str:
    """A name that stays a name, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.gold.grants", description="Print the grants that are needed.")
    parser.add_argument("principal", help="application id of the service principal")
    parser.add_argument("--catalog", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--install", action="store_true", help="also what tools.gold.apply needs")
    chosen = parser.parse_args(arguments)
    needed = grants(chosen.principal, chosen.catalog, chosen.schema, install=chosen.install)
    sys.stdout.writelines(f"{statement};\n" for statement in needed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
