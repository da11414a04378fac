"""What Slack's errors mean for us."""

from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

# The form of a message is at fault: another form may pass.
REFUSED = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_arguments"}
# The place is at fault: the asker is told elsewhere.
GONE = {
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_locked",
    "thread_not_found",
    "user_not_in_channel",
}
_UNSUPPORTED = {
    "unknown_method",
    "missing_scope",
    "not_allowed",
    "not_allowed_token_type",
    "feature_not_enabled",
    "method_deprecated",
}
_UNSURE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
_TOKEN = {"token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive", "team_access_not_granted"}


def reason(error: Exception) -> str:
    """Slack's own word for what is wrong, such as not_in_channel; empty if it gave none."""
    return str(_said(error).get("error", ""))


def detail(error: Exception) -> str:
    """For the log: what went wrong, without what was said."""
    return reason(error) or f"{type(error).__name__}: {str(error)[:200]}"


def about_picture(error: SlackApiError) -> bool:
    """Whether a refusal may be due to the image: Slack names it, or gives no reason."""
    said = _said(error)
    why = str(said.get("errors") or (said.get("response_metadata") or {}).get("messages") or "").lower()
    return not why or "slack file" in why or "slack_file" in why or "image" in why


def is_unsure(error: SlackApiError) -> bool:
    """Whether Slack may have done what was asked although it did not say so."""
    return _status(error) >= 500 or reason(error) in _UNSURE


def is_refused_token(error: Exception) -> bool:
    """Whether Slack does not know us any more: only the operator can put that right."""
    return reason(error) in _TOKEN


def passes_by_itself(error: Exception) -> bool:
    """Whether trying again later may help: the network, Slack in trouble, a rate limit, a token that is replaced."""
    if isinstance(error, SlackApiError):
        return is_unsure(error) or is_refused_token(error) or _status(error) == 429
    return isinstance(error, aiohttp.ClientError | TimeoutError)


def is_unsupported(error: SlackApiError) -> bool:
    """Whether this workspace or token does not have the method at all."""
    return _status(error) == 404 or reason(error) in _UNSUPPORTED


def _status(error: SlackApiError) -> int:
    response = error.response
    return int(getattr(response, "status_code", None) or getattr(response, "status", None) or 200)


def _said(error: Exception) -> dict[str, Any]:
    # A server in trouble answers with text or nothing, which slack_sdk hands on as it is.
    response = getattr(error, "response", None)
    data = getattr(response, "data", response)
    return data if isinstance(data, dict) else {}
