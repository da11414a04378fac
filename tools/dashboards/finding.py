"""Which dashboards a workspace has, by title: asked of the Lakeview API beside the answers, which never wait for it."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

KEEP_SECONDS, RETRY_SECONDS = 3600.0, 300.0
log = logging.getLogger(__name__)


class FoundDashboards(Mapping[str, str]):
    """The id of each published dashboard of the wanted titles; `configured` ones are taken as they are.

    What is not known yet is not there. A title that two dashboards have is not there either: one of them may be anyone's.
    """

    def __init__(
        self,
        titles: Collection[str],
        configured: Mapping[str, str],
        client: "Callable[[], WorkspaceClient]",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._configured = {title: key for title, key in configured.items() if key}
        self._wanted = frozenset(titles) - self._configured.keys()
        self._client = client
        self._clock = clock
        self._found: Mapping[str, str] = {}
        self._due = float("-inf")
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None

    def __getitem__(self, title: str) -> str:
        self._renew()
        return self._configured.get(title) or self._found[title]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._configured, **self._found})

    def __len__(self) -> int:
        return len({**self._configured, **self._found})

    def wait(self, seconds: float) -> None:
        """Until what is being asked now is known."""
        self._renew()
        if self._asking:
            self._asking.join(seconds)

    def _renew(self) -> None:
        with self._lock:
            if not self._wanted or self._clock() < self._due:
                return
            self._due = self._clock() + KEEP_SECONDS
            self._asking = threading.Thread(target=self._ask, name="dashboards", daemon=True)
            self._asking.start()

    def _ask(self) -> None:
        try:
            self._found = self._published()
        except Exception as error:  # without a list there are no buttons; the answers go on
            log.warning("dashboards cannot be listed: %s", str(error)[:200])
            self._due = self._clock() + RETRY_SECONDS

    def _published(self) -> Mapping[str, str]:
        from databricks.sdk.errors import NotFound

        client = self._client()
        known = [each for each in client.lakeview.list() if each.display_name in self._wanted and each.dashboard_id]
        often = Counter(each.display_name for each in known)
        found = {}
        for each in known:
            title, key = str(each.display_name), str(each.dashboard_id)
            if often[title] > 1:
                log.warning("%d dashboards are called %s: name the one to link to by its id", often[title], title)
                continue
            try:
                client.lakeview.get_published(key)
            except NotFound:
                log.warning("the dashboard %s is not published", title)
                continue
            found[title] = key
        return found
