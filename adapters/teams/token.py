"""What we sign in to Teams with."""

import asyncio
import time
from typing import Any

from adapters.teams.trouble import TeamsError

KEEP_SECONDS = 300.0


class Token:
    """The SDK signs in by calls that block, so it is done in a thread, by one at a time; none without an app id."""

    def __init__(self, credentials: Any, app_id: str) -> None:
        self._credentials = credentials if app_id else None
        self._lock = asyncio.Lock()
        self._value, self._until = "", 0.0

    async def header(self) -> dict[str, str]:
        """Raises TeamsError where we are not let in."""
        if self._credentials is None:
            return {}
        async with self._lock:
            if time.monotonic() > self._until:
                try:
                    self._value = await asyncio.to_thread(self._credentials.get_access_token)
                except (PermissionError, KeyError, ValueError, OSError) as error:
                    raise TeamsError(401, f"signing in failed: {type(error).__name__}: {error}") from error
                self._until = time.monotonic() + KEEP_SECONDS
        return {"Authorization": f"Bearer {self._value}"}
