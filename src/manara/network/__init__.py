"""Networks: who holds them together, where crimes converge, what acting would change."""
