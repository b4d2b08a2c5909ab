"""Exercises: worlds with a known answer, to train people and to measure the platform."""
