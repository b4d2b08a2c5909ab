"""Partners, packages, blind questions and the audit log between nodes."""
