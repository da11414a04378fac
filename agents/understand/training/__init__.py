"""The questions that the classifier learns from."""
