"""Scores of an exercise: what was found against what was planted, from truth files alone."""

from manara.exercise.scoring.score import Score, score_exercise

__all__ = ["Score", "score_exercise"]
