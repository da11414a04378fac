"""A Databricks workspace on the loopback: the real SDK and the real model client run unmodified against it."""

from tests.loopback_databricks.sql import Engine
from tests.loopback_databricks.workspace import Fault, LoopbackWorkspace

__all__ = ["Engine", "Fault", "LoopbackWorkspace"]
