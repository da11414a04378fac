"""Settings from the environment: prefix HEALTH_MONITOR_, vendors' variables under their own names."""

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, DirectoryPath, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tools.errors import MisconfiguredError
from tools.links import Dashboards

ROOT = Path(__file__).resolve().parents[1]
DASHBOARDS = {
    "Health Overview": "health_overview",
    "Cost Intelligence": "cost_intelligence",
    "Security Posture": "security_posture",
    "Job Operations": "job_operations",
    "Query Performance": "query_performance",
    "Data Quality": "data_quality",
    "ML Operations": "ml_operations",
}
SAMPLE_BUDGETS = ROOT / "tools" / "sample" / "budgets.csv"


class Settings(BaseSettings):
    """Everything that can be set; the README lists it. An empty `warehouse` is the sample account."""

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
    # A Databricks App is told its port by the platform.
    port: int = Field(8000, validation_alias=AliasChoices("HEALTH_MONITOR_PORT", "DATABRICKS_APP_PORT"))
    llm_endpoint: str = ""  # a model serving endpoint; empty is no language model
    llm_fallback: str = ""
    llm_seconds: float = Field(2.5, gt=0)  # for each step that asks the model
    llm_question_seconds: float = Field(10, gt=0)  # after which a question asks the model no more
    llm_tokens_per_question: int = Field(20_000, ge=0)
    llm_tokens_per_thread: int = Field(100_000, ge=0)
    llm_tokens_per_day: int = Field(2_000_000, ge=0)
    tracing: Literal["", "opentelemetry", "mlflow"] = ""  # who keeps traces; empty is nobody
    questions_per_user: int = Field(10, ge=0)  # within a minute; 0 is any number
    questions_per_channel: int = Field(30, ge=0)
    questions_waiting: int = Field(1_000, ge=0)
    archive: str = ""  # catalog.schema of Unity Catalog that keeps turns, feedback and audit rows; empty is none
    archive_seconds: float = Field(300, gt=0)
    databricks_host: str = Field("", validation_alias="DATABRICKS_HOST")
    dashboard_host: str = ""
    dashboard_health_overview: str = ""
    dashboard_cost_intelligence: str = ""
    dashboard_security_posture: str = ""
    dashboard_job_operations: str = ""
    dashboard_query_performance: str = ""
    dashboard_data_quality: str = ""
    dashboard_ml_operations: str = ""

    slack_bot_token: str = Field("", validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: str = Field("", validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: str = Field("", validation_alias="SLACK_SIGNING_SECRET")
    slack_client_id: str = Field("", validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: str = Field("", validation_alias="SLACK_CLIENT_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")

    # Under the names that Microsoft's own samples and its command line use.
    teams_app_id: str = Field("", validation_alias="MicrosoftAppId")
    teams_app_password: str = Field("", validation_alias="MicrosoftAppPassword")
    teams_app_type: Literal["SingleTenant", "UserAssignedMSI", "MultiTenant"] = Field(
        "SingleTenant", validation_alias="MicrosoftAppType"
    )
    teams_tenant_id: str = Field("", validation_alias="MicrosoftAppTenantId")
    teams_development: bool = False  # without an app id: nobody's identity is checked, on this machine alone

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
        host = self.dashboard_host or self.databricks_host
        return Dashboards(host, {title: getattr(self, f"dashboard_{name}") for title, name in DASHBOARDS.items()})

    @property
    def store_url(self) -> str:
        return self.store or f"sqlite:///{self.cache / 'store.sqlite'}"


def read_settings(**overrides: Any) -> Settings:
    """The environment's settings; raises MisconfiguredError that names the variable at fault."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = field if field in _aliases() else f"HEALTH_MONITOR_{field.upper()}"
        raise MisconfiguredError(f"The setting {name} is wrong: {first['msg']}.", do=f"Correct {name}.") from error


def _aliases() -> set[str]:
    """The variables whose names are not those of their fields."""
    named = [field.validation_alias for field in Settings.model_fields.values()]
    return {str(name) for alias in named for name in (alias.choices if isinstance(alias, AliasChoices) else [alias]) if name}
