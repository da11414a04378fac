"""The data quality and governance specialist: what feeds what, what is late or wrong, what is personal, who answers for it."""

from agents.quality import classification, freshness, impact, lineage, ownership, results
from agents.specialist import Specialist
from tools.lineage import (
    get_column_lineage,
    get_downstream_tables,
    get_pipeline_data_lineage,
    get_table_activity_status,
    get_table_consumers,
    get_upstream_tables,
)
from tools.monitors import get_data_quality_profile
from tools.quality import (
    get_classification_coverage,
    get_classified_columns,
    get_data_freshness_by_domain,
    get_data_quality_results,
    get_data_quality_summary,
    get_job_data_quality_status,
    get_predictive_optimization_summary,
    get_table_freshness,
    get_tables_failing_quality,
)

SPECIALIST = Specialist(
    name="quality",
    title="Data Quality & Governance",
    investigations={
        "lineage": lineage.investigate,
        "impact": impact.investigate,
        "results": results.investigate,
        "freshness": freshness.investigate,
        "classification": classification.investigate,
        "ownership": ownership.investigate,
    },
    default=results.investigate,
    brief="results",
    tools=(
        get_data_quality_results,
        get_data_quality_summary,
        get_tables_failing_quality,
        get_table_freshness,
        get_data_freshness_by_domain,
        get_job_data_quality_status,
        get_classified_columns,
        get_classification_coverage,
        get_predictive_optimization_summary,
        get_upstream_tables,
        get_downstream_tables,
        get_column_lineage,
        get_table_consumers,
        get_pipeline_data_lineage,
        get_table_activity_status,
        get_data_quality_profile,
    ),
)
