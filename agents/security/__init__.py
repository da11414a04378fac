"""The security specialist: who did what, what is unlike them, who may see what, and the evidence for auditors."""

from agents.security import access, compliance, logins, permissions, principals, threats, user
from agents.specialist import Specialist

SPECIALIST = Specialist(
    name="security",
    title="Security",
    investigations={
        "threats": threats.investigate,
        "user": user.investigate,
        "access": access.investigate,
        "permissions": permissions.investigate,
        "logins": logins.investigate,
        "principals": principals.investigate,
        "compliance": compliance.investigate,
    },
    default=threats.investigate,
)
