"""Settings from the environment: prefix HEALTH_MONITOR_, vendors' variables under their own names."""

from pathlib import Path
from typing import Any

from pydantic import DirectoryPath, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tools.errors import MisconfiguredError
from tools.links import Dashboards

ROOT = Path(__file__).resolve().parents[1]
DASHBOARDS = {
    "Cost Intelligence": "cost_intelligence",
    "Security Posture": "security_posture",
    "Job Operations": "job_operations",
    "Query Performance": "query_performance",
}
SAMPLE_BUDGETS = ROOT / "tools" / "sample" / "budgets.csv"


class Settings(BaseSettings):
    """Everything that can be set; see docs/settings.md. An empty `warehouse` is the sample account."""

    model_config = SettingsConfigDict(env_prefix="HEALTH_MONITOR_", env_ignore_empty=True)

    warehouse: str = ""
    warehouse_id: str = ""
    catalog: str = ""
    schema_name: str = Field("", validation_alias="HEALTH_MONITOR_SCHEMA")
    budgets: Path | None = None
    runbooks: DirectoryPath | None = None
    model_endpoints: dict[str, str] = Field(default_factory=dict)  # JSON: a model's name → its serving endpoint
    tz: str = "UTC"
    store: str = ""
    cache: Path = ROOT / ".cache"
    query_cache_seconds: int = Field(300, ge=0)  # how long the answer of a query is kept; 0 asks anew each time
    host: str = "127.0.0.1"
    port: int = 8000
    llm_endpoint: str = ""  # a model serving endpoint; empty is no language model
    llm_fallback: str = ""
    llm_seconds: float = Field(2.5, gt=0)  # for each step that asks the model
    llm_tokens_per_question: int = Field(20_000, ge=0)
    llm_tokens_per_thread: int = Field(100_000, ge=0)
    llm_tokens_per_day: int = Field(2_000_000, ge=0)
    questions_per_user: int = Field(10, ge=0)  # within a minute; 0 is any number
    questions_per_channel: int = Field(30, ge=0)
    questions_waiting: int = Field(1_000, ge=0)
    dashboard_host: str = ""
    dashboard_cost_intelligence: str = ""
    dashboard_security_posture: str = ""
    dashboard_job_operations: str = ""
    dashboard_query_performance: str = ""

    slack_bot_token: str = Field("", validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: str = Field("", validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: str = Field("", validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")

    @field_validator("tz")
    @classmethod
    def _zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin") from error
        return value

    @property
    def dashboards(self) -> Dashboards:
        return Dashboards(self.dashboard_host, {title: getattr(self, f"dashboard_{name}") for title, name in DASHBOARDS.items()})

    @property
    def store_url(self) -> str:
        return self.store or f"sqlite:///{self.cache / 'store.sqlite'}"


def read_settings(**overrides: Any) -> Settings:
    """The environment's settings; raises MisconfiguredError that names the variable at fault."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"HEALTH_MONITOR_{str(first['loc'][0]).upper()}"
        raise MisconfiguredError(f"The setting {name} is wrong: {first['msg']}.", do=f"Correct {name}.") from error
