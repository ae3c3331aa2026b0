"""Blank papers with fields to fill in: written, read back."""
