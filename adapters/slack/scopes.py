"""The rights that the app asks for, and what needs each."""

SCOPES = {
    "app_mentions:read": "hear mentions",
    "assistant:write": "show a status while working, suggest questions",
    "channels:history": "hear replies in our threads; look whether a post arrived",
    "chat:write": "answer",
    "commands": "slash commands",
    "files:read": "wait until a chart can be shown",
    "files:write": "upload charts and tables",
    "groups:history": "the same in private channels",
    "im:history": "hear direct messages",
    "im:write": "answer directly where a channel is closed, hand out tables of private answers",
    "mpim:history": "the same in group messages",
    "users:read": "the asker's time zone",
    "users:read.email": "the asker's e-mail, for access rules",
}
