"""Whether an activity comes from Teams: the token that Microsoft's connector signs each delivery with."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt

METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
ISSUER = "https://api.botframework.com"
LEEWAY_SECONDS = 300
KEEP_SECONDS = 86_400.0
FRUITLESS_SECONDS = 10.0
SECONDS = 10.0
log = logging.getLogger(__name__)


class ForeignError(Exception):
    """It does not come from Teams, or not for us; the words are for the log."""


class UnreachableError(Exception):
    """Microsoft did not tell its signing keys."""


@dataclass(frozen=True, slots=True)
class Key:
    key: jwt.PyJWK
    channels: tuple[str, ...]


class Keys:
    """Microsoft's signing keys, read when a key is new, though not for every made-up one."""

    def __init__(self, metadata: str = METADATA, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._metadata = metadata
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._read_at = float("-inf")
        self._fruitless_at = float("-inf")
        self._reading = asyncio.Lock()

    async def key(self, id: str) -> Key | None:
        """The key, None if Microsoft has no such. Raises UnreachableError where it is new and Microsoft cannot be asked."""
        if not self._is_fresh(id):
            async with self._reading:
                if not self._is_fresh(id) and self._clock() - self._fruitless_at >= FRUITLESS_SECONDS:
                    await self._renew(id)
        return self._keys.get(id)

    def _is_fresh(self, id: str) -> bool:
        return id in self._keys and self._clock() - self._read_at < KEEP_SECONDS

    async def _renew(self, id: str) -> None:
        try:
            await self._read()
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
            if id not in self._keys:
                raise UnreachableError(f"{type(error).__name__}: {error}") from error
            log.warning("Microsoft's signing keys could not be read again: %s", error)
        if id not in self._keys:
            self._fruitless_at = self._clock()

    async def _read(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS), raise_for_status=True) as http:
            async with http.get(self._metadata) as answer:
                address = (await answer.json(content_type=None))["jwks_uri"]
            async with http.get(address) as answer:
                listed = (await answer.json(content_type=None))["keys"]
        self._keys = {one["kid"]: _key(one) for one in listed if one.get("kty") == "RSA" and "kid" in one}
        self._read_at = self._clock()


class Identity:
    """`app_id` is ours. `tenant` is the only one whose people may ask."""

    def __init__(self, app_id: str, tenant: str, *, metadata: str = METADATA) -> None:
        self._app_id = app_id
        self._tenant = tenant.lower()
        self._keys = Keys(metadata)

    async def check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        """Raises ForeignError unless Teams signed this delivery for us, of this service and channel, and not long ago."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ForeignError("no token")
        try:
            id = jwt.get_unverified_header(token).get("kid")
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise ForeignError(f"no token that can be read: {type(error).__name__}") from error
        key = await self._keys.key(id) if isinstance(id, str) else None
        if key is None:
            raise ForeignError("signed with a key that is not Microsoft's")
        if not _same(self._claims(token, key).get("serviceurl"), activity.get("serviceUrl")):
            raise ForeignError("the token is for another service")
        if activity.get("channelId") not in key.channels:
            raise ForeignError("the key does not speak for this channel")

    def admits(self, tenant: str) -> bool:
        return tenant.lower() == self._tenant

    def _claims(self, token: str, key: Key) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise ForeignError(f"{type(error).__name__}: {error}") from error


def _key(told: Mapping[str, Any]) -> Key:
    return Key(jwt.PyJWK(dict(told), algorithm="RS256"), tuple(told.get("endorsements") or ()))


def _same(claimed: object, told: object) -> bool:
    ours = str(told or "").rstrip("/").lower()
    return bool(ours) and isinstance(claimed, str) and claimed.rstrip("/").lower() == ours
