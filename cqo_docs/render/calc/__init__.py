"""Excel formulas: read, computed, compiled."""
