"""What Teams needs to know. Without an app id anybody can post, which only development on one machine wants."""

from typing import Protocol


class Settings(Protocol):
    @property
    def teams_app_id(self) -> str: ...

    @property
    def teams_app_password(self) -> str: ...

    @property
    def teams_app_type(self) -> str: ...

    @property
    def teams_tenant_id(self) -> str: ...

    @property
    def teams_development(self) -> bool: ...

    @property
    def host(self) -> str: ...

    @property
    def questions_per_user(self) -> int: ...

    @property
    def questions_per_channel(self) -> int: ...

    @property
    def questions_waiting(self) -> int: ...
