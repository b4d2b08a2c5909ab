"""How the registry's tables came to be, one module per change; run by `Registry.upgrade`."""
