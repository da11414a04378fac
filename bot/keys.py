"""Keys that fit their columns."""

import hashlib
import json

from bot.schema import KEY


def bounded(key: str) -> str:
    """The key itself, or its digest if it is too long for its column."""
    return key if len(key) <= KEY else hashlib.sha256(key.encode()).hexdigest()


def conversation_key(conversation: tuple[str, str, str, str]) -> str:
    return bounded(json.dumps(conversation, ensure_ascii=False))
