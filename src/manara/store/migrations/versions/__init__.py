"""One module per change of the registry's tables, in order."""
