"""One script for each library: fit a model in a fresh process and report times as JSON."""
