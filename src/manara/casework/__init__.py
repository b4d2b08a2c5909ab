"""Casework: cases, evidence with its chain of custody, accounts, retention, court bundles."""
