"""The account's own names: what a question can be about."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """Every name that a question may mention, as the account spells it; tables are catalog.schema.table."""

    workspaces: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    users: tuple[str, ...] = ()            # e-mails and service principal names
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)     # key → values
