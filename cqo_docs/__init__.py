"""Plan and write the paper pack of a Chief Quality Officer institution (首席质量官制度)."""

__version__ = "0.1.0"
