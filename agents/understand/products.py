"""What the bill calls a thing that a person says in plain words: "serverless SQL" is the product SQL, serverless."""

import re

from agents.question import Question

_WORDS = (
    ("SQL", r"sql|(?:sql )?warehouses"),
    ("MODEL_SERVING", r"model serving|serving endpoints?|served models?"),
    ("ALL_PURPOSE", r"all[- ]purpose"),
    ("INTERACTIVE", r"serverless notebooks?"),
    ("JOBS", r"jobs? compute|jobs? clusters?|serverless jobs?"),
    ("DLT", r"dlt|delta live tables?|declarative pipelines?"),
    ("VECTOR_SEARCH", r"vector search"),
    ("NETWORKING", r"networking|egress"),
    ("DEFAULT_STORAGE", r"storage"),
    ("PREDICTIVE_OPTIMIZATION", r"predictive optimi[sz]ation"),
    ("LAKEHOUSE_MONITORING", r"lakehouse monitoring"),
    ("AI_GATEWAY", r"ai gateway"),
    ("APPS", r"databricks apps|apps"),
    ("DATABASE", r"lakebase|database instances?"),
)
_PRODUCTS = tuple((product, re.compile(rf"\b(?:{words})\b")) for product, words in _WORDS)
_SERVERLESS = re.compile(r"(?<!to )(?<!on )\bserverless\b")
_CLASSIC = re.compile(r"\bclassic\b")
_SHARED = re.compile(r"\b(?:portion|share|percent|percentage|vs|versus|tagged)\b|%")  # asks for all of it, not for a part


def read_products(question: Question) -> tuple[tuple[str, ...], bool | None]:
    """The products of billing_origin_product that the words name, and whether serverless (or classic) only.

    Names of the account are no such words; a question to several specialists may use them about something else.
    """
    text = question.text.lower()
    named = question.entities
    if len(question.agents) > 1 or _SHARED.search(text):
        return (), None
    for name in (*named.workspaces, *named.jobs, *named.pipelines, *named.warehouses, *named.clusters, *named.endpoints,
                 *named.tables, *named.skus, *(value for _, value in named.tags)):  # fmt: skip
        text = text.replace(name.lower(), " ")
    products = tuple(product for product, words in _PRODUCTS if words.search(text))
    serverless, classic = bool(_SERVERLESS.search(text)), bool(_CLASSIC.search(text))
    return products, serverless if serverless != classic else None
