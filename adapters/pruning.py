"""Removes what is old from the store while a shell runs."""

import asyncio
import logging

from bot.store import Store

log = logging.getLogger(__name__)
SECONDS = 3_600.0


async def prune(store: Store, seconds: float = SECONDS) -> None:
    """Every so many seconds, until it is cancelled."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await store.prune()
        except Exception:
            log.exception("what is old was not removed")
