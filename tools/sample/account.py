"""The whole cast of the sample account, made from a seed: small values from which DuckDB makes the rows."""

from dataclasses import dataclass
from functools import lru_cache

from tools.sample import resources
from tools.sample.jobs import Job, jobs
from tools.sample.people import Person, people
from tools.sample.resources import Cluster, Endpoint, Pipeline, Resource, Warehouse
from tools.sample.workspaces import WORKSPACES, Workspace


@dataclass(frozen=True, slots=True)
class Account:
    people: tuple[Person, ...]
    jobs: tuple[Job, ...]
    clusters: tuple[Cluster, ...]
    warehouses: tuple[Warehouse, ...]
    pipelines: tuple[Pipeline, ...]
    endpoints: tuple[Endpoint, ...]
    notebooks: tuple[Resource, ...]
    services: tuple[Resource, ...]
    workspaces: tuple[Workspace, ...] = WORKSPACES

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)

    def warehouse(self, name: str) -> Warehouse:
        return next(warehouse for warehouse in self.warehouses if warehouse.resource.name == name)

    def endpoint(self, name: str) -> Endpoint:
        return next(endpoint for endpoint in self.endpoints if endpoint.resource.name == name)


@lru_cache(maxsize=8)
def account(seed: int) -> Account:
    """The same seed gives the same account, whatever the day."""
    staff = people(seed)
    return Account(
        staff,
        jobs(seed, staff),
        resources.clusters(seed, staff),
        resources.warehouses(seed, staff),
        resources.pipelines(seed, staff),
        resources.endpoints(seed, staff),
        resources.notebooks(seed, staff),
        resources.services(seed, staff),
    )
