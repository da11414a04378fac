"""What a workspace lets us show: found out at the first try, and remembered for each workspace."""

import logging

from slack_sdk.errors import SlackApiError

from adapters.slack.acting import acting
from adapters.slack.trouble import detail, is_unsupported

log = logging.getLogger(__name__)
STATUS, STREAM, PROMPTS = "status line", "task cards", "suggested prompts"


class Surfaces:
    def __init__(self) -> None:
        self._missing: set[tuple[str, str]] = set()

    def has(self, surface: str) -> bool:
        return (acting(), surface) not in self._missing

    def refused(self, surface: str, error: SlackApiError) -> None:
        """Notes a refusal: for good where the workspace or token does not have it, else for this time only."""
        log.info("no %s: %s", surface, detail(error))
        if is_unsupported(error):
            self._missing.add((acting(), surface))
