"""What Teams answers when something goes wrong, and what that means for a turn."""

PASSING = (412, 429, 502, 504)  # Microsoft's list of what to try again


class TeamsError(Exception):
    """Teams refused, by `status`, or was not reached (0); `retry_after` is what it asks us to wait, in seconds."""

    def __init__(self, status: int, detail: str, retry_after: str = "") -> None:
        super().__init__(f"{status or 'not reached'}: {detail[:200]}")
        self.status = status
        self.retry_after = retry_after

    @property
    def is_worth_another_try(self) -> bool:
        return self.status in PASSING

    @property
    def passes_by_itself(self) -> bool:
        return self.status in (0, 401, *PASSING) or self.status >= 500

    @property
    def is_gone(self) -> bool:
        """Whether the conversation cannot be written to any more: the app was removed, or it was deleted."""
        return self.status in (403, 404)

    @property
    def is_about_the_card(self) -> bool:
        """Whether what we sent was refused, so that words alone may pass."""
        return self.status in (400, 413)
