"""Charts drawn in a process of their own: the drawing library holds the interpreter's lock for as long as it draws.

`python -m adapters.painter` is that process: a specification a line in, a picture with its length in front out; with
`--small`, pictures of half the side in few bytes, for chats that take them inside a message.
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import IO, Any

from adapters.chart import png, specification
from adapters.picture import packed
from agents.answer import Chart, Graph

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[1]
LENGTH = 4
SECONDS = 15.0
PATIENCE_SECONDS = 1.5
IDLE_SECONDS = 300.0


class Painter:
    """Draws one chart after another. The process starts with the first chart and ends when it is idle."""

    def __init__(
        self,
        *,
        small: bool = False,
        seconds: float = SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._small = small
        self._seconds = seconds
        self._patience_seconds = patience_seconds
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._resting: asyncio.TimerHandle | None = None

    async def png(self, chart: Chart | Graph) -> bytes | None:
        """The chart as PNG; None if it cannot be drawn, or not soon, for the answer says its numbers anyway."""
        try:
            await asyncio.wait_for(self._turn.acquire(), self._patience_seconds)
        except TimeoutError:
            log.info("a chart was not drawn: too many are waiting")
            return None
        if self._resting:
            self._resting.cancel()
        try:
            return await asyncio.wait_for(self._drawn(specification(chart)), self._seconds)
        except asyncio.CancelledError:
            # The picture still under way would be taken for the next one.
            await self._end()
            raise
        except Exception:
            # Whatever the reason: a chart that cannot be drawn must not cost the answer.
            log.exception("a chart was not drawn")
            await self._end()
            return None
        finally:
            self._resting = asyncio.get_running_loop().call_later(self._idle_seconds, self._rest)
            self._turn.release()

    async def close(self) -> None:
        if self._resting:
            self._resting.cancel()
        await self._end()

    async def _drawn(self, spec: dict[str, Any]) -> bytes | None:
        if self._process is None or self._process.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            command = (sys.executable, "-m", "adapters.painter", *(["--small"] if self._small else []))
            self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        stdin.write(json.dumps(spec).encode() + b"\n")
        await stdin.drain()
        length = int.from_bytes(await stdout.readexactly(LENGTH), "big")
        return await stdout.readexactly(length) or None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process and process.returncode is None:
            process.kill()
            await process.wait()

    def _rest(self) -> None:
        if self._process and self._process.returncode is None and self._process.stdin:
            self._process.stdin.close()
            self._process = None


def main(lines: IO[bytes], pictures: IO[bytes], *, small: bool = False) -> None:
    """Draws until there are no more lines; a picture of no length says that it could not be drawn."""
    for line in lines:
        try:
            spec = json.loads(line)
            picture = packed(png(spec, scale=1)) if small else png(spec)
        except Exception:
            log.exception("a chart was not drawn")
            picture = b""
        pictures.write(len(picture).to_bytes(LENGTH, "big") + picture)
        pictures.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, small="--small" in sys.argv[1:])
