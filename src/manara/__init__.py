"""Manara: watch lists, registers and reports turned into resolved, sourced facts."""

__version__ = "0.1.0"
