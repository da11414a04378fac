"""What Teams' settings lack, and what to do about it."""

from adapters.teams.local import is_local
from adapters.teams.settings import Settings
from bot.doctor import Check

BOT = "Copy it from the Azure Bot's configuration."


def examine(settings: Settings) -> list[Check]:
    """Each setting that the Azure Bot needs; nothing where Teams is not set up at all."""
    if settings.teams_development and not settings.teams_app_id:
        fix = "" if is_local(settings.host) else "Set HEALTH_MONITOR_HOST to 127.0.0.1, or MicrosoftAppId."
        return [Check("Teams without MicrosoftAppId, on this machine alone", not fix, fix)]
    if not (settings.teams_app_id or settings.teams_app_password or settings.teams_tenant_id):
        return []
    checks = [
        _is_set("MicrosoftAppId", settings.teams_app_id, BOT),
        _is_set("MicrosoftAppTenantId", settings.teams_tenant_id, "Copy your organisation's tenant id from Microsoft Entra ID."),
    ]
    if settings.teams_app_type != "UserAssignedMSI":
        fix = "Make a client secret for the app in Microsoft Entra ID, or set MicrosoftAppType to UserAssignedMSI."
        checks.append(_is_set("MicrosoftAppPassword", settings.teams_app_password, fix))
    return checks


def _is_set(name: str, value: str, fix: str) -> Check:
    return Check(name, True) if value else Check(f"{name} is not set", False, fix)
