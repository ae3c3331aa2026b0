"""The answers of one company: the questions as models, read and checked."""
