"""The cost specialist: what it costs, why that changed, who owns it, what to do."""

from agents.cost import anomalies, budget, chargeback, commitment, forecast, optimization, spike, top, trend, untagged
from agents.specialist import Specialist
from tools.cost import get_budget_variance, get_cost_trend_by_sku, get_top_cost_contributors
from tools.job_costs import (
    get_job_failure_costs,
    get_job_repair_costs,
    get_job_spend_trend_analysis,
    get_jobs_on_legacy_dbr,
    get_jobs_without_autoscaling,
    get_most_expensive_jobs,
)
from tools.spend import (
    get_all_purpose_cluster_cost,
    get_cost_by_owner,
    get_cost_by_tag,
    get_spend_by_custom_tags,
    get_tag_coverage,
    get_untagged_resources,
)
from tools.spend_trends import (
    get_commit_vs_actual,
    get_cost_anomalies,
    get_cost_forecast_summary,
    get_cost_growth_analysis,
    get_cost_growth_by_period,
    get_cost_mtd_summary,
    get_cost_week_over_week,
)

SPECIALIST = Specialist(
    name="cost",
    title="Cost",
    investigations={
        "spike": spike.investigate,
        "trend": trend.investigate,
        "anomalies": anomalies.investigate,
        "top": top.investigate,
        "budget": budget.investigate,
        "forecast": forecast.investigate,
        "chargeback": chargeback.investigate,
        "untagged": untagged.investigate,
        "commitment": commitment.investigate,
        "optimization": optimization.investigate,
    },
    default=spike.investigate,
    brief="anomalies",
    focus={"spike": spike.focus},
    tools=(
        get_top_cost_contributors,
        get_cost_trend_by_sku,
        get_budget_variance,
        get_spend_by_custom_tags,
        get_cost_by_tag,
        get_cost_by_owner,
        get_tag_coverage,
        get_untagged_resources,
        get_all_purpose_cluster_cost,
        get_cost_week_over_week,
        get_cost_growth_analysis,
        get_cost_growth_by_period,
        get_cost_anomalies,
        get_cost_mtd_summary,
        get_commit_vs_actual,
        get_cost_forecast_summary,
        get_most_expensive_jobs,
        get_job_failure_costs,
        get_job_repair_costs,
        get_job_spend_trend_analysis,
        get_jobs_on_legacy_dbr,
        get_jobs_without_autoscaling,
    ),
)
