"""The plan of one company: every clause decided, papers chosen, findings listed."""
