"""Speed and memory of cqo-docs beside the scripts and engines it replaces."""
