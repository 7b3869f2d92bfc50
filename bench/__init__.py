"""Measures the server on loopback: ``make bench`` (Linux, a C compiler, two cores)."""
