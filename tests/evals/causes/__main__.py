"""`python -m tests.evals.causes`: are causes found, and none where nothing happened? Fails if it measured nothing."""

import sys
import time
from collections import Counter

from tests.evals.causes.cases import DIMS, KINDS, Case, cases, rows
from tools.ml.cause import localize


def main() -> int:
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    hits = answers = labels = 0
    seconds = []
    for case in cases():
        started = time.perf_counter()
        found = localize(case.frame, DIMS, "actual", "expected")
        seconds.append(time.perf_counter() - started)
        matched = _matched(case, found)
        hits, answers, labels = hits + matched, answers + len(found), labels + len(case.truth)
        count[case.kind] += 1
        right[case.kind] += matched == len(case.truth) == len(found)
    if not seconds or not labels:
        print("no case was measured", file=sys.stderr)
        return 1
    print("\nCauses of cost changes (an element counts when it selects the same rows)\n")
    print("| kind | n | whole answer right |\n|---|---:|---:|")
    for kind in KINDS:
        print(f"| {kind} | {count[kind]} | {right[kind] / count[kind]:.0%} |")
    precision, recall = hits / max(answers, 1), hits / labels
    score = 2 * precision * recall / max(precision + recall, 1e-9)
    middle = sorted(seconds)[len(seconds) // 2] * 1000
    print(f"\nF1 {score:.3f}, precision {precision:.3f}, recall {recall:.3f}; n {len(seconds)}; median {middle:.0f} ms a case\n")
    return 0


def _matched(case: Case, found: list[dict[str, str]]) -> int:
    left = [rows(case.frame, element) for element in case.truth]
    matched = 0
    for element in found:
        chosen = rows(case.frame, element)
        if chosen in left:
            left.remove(chosen)
            matched += 1
    return matched


if __name__ == "__main__":
    sys.exit(main())
