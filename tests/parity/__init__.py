"""One small account, three engines, the same rows."""
