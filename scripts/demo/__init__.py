"""Invents a small world and states it the way real publishers would."""
