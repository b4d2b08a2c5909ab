"""Running an exercise: a node for each state, what each finds alone, and what all find together."""

from manara.exercise.running.run import Ran, run_exercise

__all__ = ["Ran", "run_exercise"]
