"""What is said where the app was just installed: what it does, with questions to begin with."""

from adapters.teams import elements as kit
from adapters.teams.card import Card, envelope

PROMPTS = (
    "Why did our costs spike last Tuesday?",
    "Which jobs failed yesterday?",
    "What are the slowest queries today?",
    "Are there any security anomalies this week?",
    "How healthy is our Databricks account today?",
)
TITLE = "I answer questions about your Databricks account."
TEXT = (
    "Ask what it costs and why, what failed, what is slow, who did what. Every figure comes with its query. "
    "In a channel, mention me; here, just write. Type “/health help” for the commands."
)


def welcome() -> Card:
    body = [kit.line(TITLE, size="Large", weight="Bolder"), kit.line(TEXT), *kit.actions(kit.ask(text) for text in PROMPTS)]
    words = "\n".join((TITLE, TEXT, *PROMPTS))
    return Card(words, TITLE, envelope(body, words))
