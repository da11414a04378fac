"""How good probabilities are: Brier score, AUROC and how far they lie from what happened."""

import numpy as np

from tools.ml.linear import Floats


def brier(happened: Floats, guess: Floats) -> float:
    return float(np.mean((guess - happened) ** 2))


def auroc(happened: Floats, guess: Floats) -> float:
    """Chance that something that happened was thought likelier than something that did not; ties count half."""
    order = np.argsort(guess, kind="stable")
    _, start, count = np.unique(guess[order], return_index=True, return_counts=True)
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(start + (count + 1) / 2, count)
    positive = float(np.sum(happened))
    negative = len(happened) - positive
    if not positive or not negative:
        return float("nan")
    return float((ranks[happened > 0].sum() - positive * (positive + 1) / 2) / (positive * negative))


def calibration(happened: Floats, guess: Floats, bins: int = 10) -> float:
    """Mean distance between what was guessed and what happened, over equally large groups from unlikely to likely."""
    groups = np.array_split(np.argsort(guess, kind="stable"), bins)
    return float(sum(len(each) * abs(guess[each].mean() - happened[each].mean()) for each in groups if len(each)) / len(guess))
