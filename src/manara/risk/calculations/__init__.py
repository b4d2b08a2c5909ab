"""Calculations that stand on their own: files in, plain answers out, for commands and pages."""
