"""The `manara` command."""
