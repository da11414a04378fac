"""The cost specialist: what it costs, why that changed, who owns it, what to do."""

from agents.cost import anomalies, budget, chargeback, commitment, forecast, optimization, spike, top, trend, untagged
from agents.specialist import Specialist

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
)
