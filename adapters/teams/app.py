"""Builds the Teams shell from settings; refuses those that would let anybody in."""

from collections.abc import Sequence
from typing import Any

from adapters.asked import Asked
from adapters.painter import Painter
from adapters.teams.connector import PAUSES, Connector
from adapters.teams.door import Door
from adapters.teams.identity import METADATA, Identity
from adapters.teams.local import is_local
from adapters.teams.references import References
from adapters.teams.settings import Settings
from adapters.teams.shell import TeamsShell
from adapters.teams.turns import Turns
from bot.delivery import Limits
from bot.queue import PARALLEL
from bot.store import Store
from tools.errors import MisconfiguredError


def build(
    settings: Settings,
    service: Asked,
    store: Store,
    *,
    credentials: Any = None,
    metadata: str = METADATA,
    parallel: int = PARALLEL,
    pauses: Sequence[float] = PAUSES,
) -> TeamsShell:
    """The shell. Raises MisconfiguredError for settings that are missing or would let anybody in."""
    identity = _identity(settings, metadata)
    connector = Connector(settings, credentials=credentials, pauses=pauses)
    painter, references = Painter(small=True), References(store)
    limits = Limits(settings.questions_per_user, settings.questions_per_channel, settings.questions_waiting)
    turns = Turns(service, store, connector, painter, references, limits=limits, parallel=parallel)
    return TeamsShell(Door(identity), service, store, connector, painter, references, turns)


def _identity(settings: Settings, metadata: str) -> Identity | None:
    """What checks who delivers; None where nobody is checked, which only development on one machine may want."""
    if settings.teams_app_id and settings.teams_tenant_id:
        return Identity(settings.teams_app_id, settings.teams_tenant_id, metadata=metadata)
    if settings.teams_app_id:
        raise MisconfiguredError(
            "MicrosoftAppTenantId is not set, so anybody's Teams could ask.",
            do="Copy the tenant id of your organisation from Microsoft Entra ID.",
        )
    if not settings.teams_development:
        raise MisconfiguredError(
            "MicrosoftAppId is not set.",
            do="Copy the app id from the Azure Bot's configuration. (HEALTH_MONITOR_TEAMS_DEVELOPMENT=1 does without, for a "
            "local emulator: then nobody's identity is checked.)",
        )
    if not is_local(settings.host):
        raise MisconfiguredError(
            "Without MicrosoftAppId nobody's identity is checked, so the bot listens to this machine alone.",
            do="Set HEALTH_MONITOR_HOST to 127.0.0.1, or MicrosoftAppId.",
        )
    return None
