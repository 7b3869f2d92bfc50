"""The version of the tables."""

HEAD = "0005"
"""The newest migration: what a database of this version is stamped with."""
