"""Papers with their final text: composed from a plan, numbered, checked, explained."""
