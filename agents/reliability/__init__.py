"""The reliability specialist: which job runs fail, why, and what to do about it."""

from agents.reliability import failures
from agents.specialist import Specialist

SPECIALIST = Specialist(
    name="reliability",
    title="Reliability",
    investigations={"failures": failures.investigate},
    default=failures.investigate,
    brief="failures",
)
