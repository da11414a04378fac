"""The newer half of the loopback Slack: streamed messages, suggestions, installs by OAuth."""

from collections.abc import Callable

from tests.adapters.slack.payloads import Json


class Agents:
    posts: list[Json]
    channels: set[str]
    installs: dict[str, Json]
    codes: dict[str, Json]
    refreshing: dict[str, Json]
    ts: Callable[[], str]

    def _chat_startStream(self, args: Json) -> Json:  # noqa: N802
        whom = args.get("recipient_user_id") and args.get("recipient_team_id")
        if args["channel"] not in self.channels or not args.get("thread_ts"):
            return {"error": "channel_not_found"}
        if not args["channel"].startswith("D") and not whom:
            return {"error": "missing_recipient_user_id"}
        post = {"ts": self.ts(), "text": "", "blocks": [], "streaming": True, "steps": {}, **args}
        self.posts.append(post)
        return self._streamed(post, args) or {"ts": post["ts"], "channel": args["channel"]}

    def _chat_appendStream(self, args: Json) -> Json:  # noqa: N802
        post = self._standing(args)
        return (self._streamed(post, args) or {"ts": args["ts"]}) if post else {"error": "message_not_found"}

    def _chat_stopStream(self, args: Json) -> Json:  # noqa: N802
        answer = self._chat_appendStream(args)
        if post := self._standing(args):
            post["streaming"] = False
        return answer

    def _streamed(self, post: Json, args: Json) -> Json | None:
        """Takes chunks into a streamed message; an error where Slack would refuse them."""
        if not post["streaming"]:
            return {"error": "message_not_in_streaming_state"}
        for chunk in args.get("chunks") or []:
            if chunk.get("type") != "task_update" or chunk.get("status") not in ("in_progress", "complete") or not chunk["title"]:
                return {"error": "invalid_chunks"}
            post["steps"][chunk["id"]] = (chunk["title"], chunk["status"])
        return None

    def _standing(self, args: Json) -> Json | None:
        return next((post for post in self.posts if post["ts"] == args["ts"]), None)

    def _assistant_threads_setSuggestedPrompts(self, args: Json) -> Json:  # noqa: N802
        if not 1 <= len(args["prompts"]) <= 4 or not all(prompt["title"] and prompt["message"] for prompt in args["prompts"]):
            return {"error": "invalid_arguments"}
        return {}

    def _oauth_v2_access(self, args: Json) -> Json:
        """Trades a code, or a refresh token, for a bot token; each works once."""
        key, known = ("refresh_token", self.refreshing) if args.get("grant_type") else ("code", self.codes)
        install = known.pop(args[key], None)
        if install is None:
            return {"error": f"invalid_{key}"}
        self.installs[install["access_token"]] = install
        if refresh := install.get("refresh_token"):
            self.refreshing[refresh] = install | {"access_token": f"{install['access_token']}+", "refresh_token": f"{refresh}+"}
        return install
