"""An open question: one specialist's tools, chosen by the model in at most five steps, and an answer from what they returned."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from agents.answer import Answer
from agents.joining import join
from agents.model import Model, ModelError, Use, tokens_of
from agents.question import Entities, Question
from agents.specialist import Sources, Specialist
from agents.toolbox import Gathered, Offer, offers
from agents.wording import WRITTEN, Worded, reword

log = logging.getLogger(__name__)
MOST_STEPS = 5
CHOSEN = "No investigation covers this question: a model chose what to look up, and the figures are those of the tables."


async def look_into(specialist: Specialist, question: Question, sources: Sources, model: Model, use: Use) -> Answer | None:
    """What the specialist's tools say to a question that no investigation covers; None where the model reached none of them.

    Evidence, tables and findings are the tools' own; of the model come the choice among them and the words that they bear out.
    """
    question = replace(question, action="answer", agents=(specialist.name,), topics=(), choices=(), reason="")
    gathered = Gathered()
    told: Worded | None = None
    reason = "refused"
    left = min(use.until - time.monotonic(), model.limits.question_seconds)
    try:
        told = await asyncio.wait_for(_run(specialist, question, sources, model, use, gathered), left)
    except ModelError as error:
        reason = error.reason
    except TimeoutError:
        reason = "too slow"
    except Exception as error:  # of the agent's library: what the tools returned is answered all the same
        log.warning("open question: %s", type(error).__name__)
        reason = "unreadable reply"
    found = [answer for answer in gathered.answers.values() if answer.evidence]
    if not found:
        return None
    answer = found[0] if len(found) == 1 else join(question, found)
    answer = replace(
        answer,
        question=replace(question, period=answer.question.period),
        agents=(specialist.name,),
        partial=(*answer.partial, CHOSEN),
    )
    if told is None:
        return replace(answer, wording=f"{WRITTEN} (model {reason})")
    return await reword(answer, told, model, use, leading=False)


async def _run(
    specialist: Specialist, question: Question, sources: Sources, model: Model, use: Use, gathered: Gathered
) -> Worded | None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import ModelCallLimitMiddleware, wrap_model_call
    from langchain.agents.structured_output import ToolStrategy

    async def bounded(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        async def call(chat: Any) -> tuple[Any, int]:
            response = await handler(request.override(model=chat))
            return response, tokens_of(response.result)

        return await model.run(call, use, _letters(request))

    middleware: list[Any] = [wrap_model_call(bounded), ModelCallLimitMiddleware(run_limit=MOST_STEPS)]
    agent: Any = create_agent(
        model.chat,
        [_tool(offer, gathered) for offer in offers(specialist, question, sources)],
        system_prompt=prompt(specialist.name),
        middleware=middleware,
        response_format=ToolStrategy(Worded),
    )
    ended: dict[str, Any] = await agent.ainvoke({"messages": [("user", _asked(question))]})
    told = ended.get("structured_response")
    return told if isinstance(told, Worded) else None


def _tool(offer: Offer, gathered: Gathered) -> Any:
    from langchain_core.tools import StructuredTool

    async def ask(**arguments: Any) -> str:
        return await gathered.call(offer, arguments)

    return StructuredTool.from_function(
        coroutine=ask, name=offer.name, description=offer.description, args_schema=offer.shape, handle_validation_error=True
    )


def _letters(request: Any) -> int:
    said = [*request.messages, *([request.system_message] if request.system_message else [])]
    return sum(len(str(each.content)) for each in said)


def _asked(question: Question) -> str:
    """The question and what is understood of it, as data."""
    zone = question.asker.tz
    named = {each.name: getattr(question.entities, each.name) for each in fields(Entities)}
    asked = {
        "question": question.text,
        "today": f"{question.now:%A %Y-%m-%d}",
        "zone": zone,
        "period": [f"{question.period.first_day}", f"{question.period.last_day}"] if question.period else None,
        "named": {kind: names for kind, names in named.items() if names},
    }
    safe = json.dumps(asked, ensure_ascii=False, default=str).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"<data>{safe}</data>"


@cache
def prompt(specialist: str) -> str:
    """What holds for every specialist, then its own part."""
    here = Path(__file__).parent
    return f"{(here / 'loop.md').read_text()}\n{(here / specialist / f'{specialist}.md').read_text()}"
