"""The cost specialist: what it costs, why that changed, who owns it, what to do."""

from agents.cost import budget, spike, top, trend
from agents.specialist import Specialist

SPECIALIST = Specialist(
    name="cost",
    title="Cost",
    investigations={
        "spike": spike.investigate,
        "trend": trend.investigate,
        "anomalies": trend.investigate,
        "top": top.investigate,
        "budget": budget.investigate,
    },
    default=spike.investigate,
)
