"""What each model learns from and how it is tried: one study a model, in one tuple."""

from tools.ml.studies import cost, latency, runs, threats

STUDIES = (cost.STUDY, latency.STUDY, runs.STUDY, threats.STUDY)
