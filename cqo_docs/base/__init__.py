"""What everything stands on: errors with their places, strict YAML, the user's cache."""
