"""The data quality and governance specialist: what feeds what, what is late or wrong, what is personal, who answers for it."""

from agents.quality import classification, freshness, impact, lineage, ownership, results
from agents.specialist import Specialist

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
)
