"""How likely each payment is one of those labelled before, or how unusual without labels."""

from manara.money.score.explain import Explained, explain
from manara.money.score.few import Guessed, guess
from manara.money.score.reasons import Reason
from manara.money.score.run import Scored, score
from manara.money.score.sight import NAMES
from manara.money.score.tables import FewLabelsError
from manara.money.score.unlabelled import Unlabelled, Unusual, explain_unusual, rank

__all__ = [
    "NAMES",
    "Explained",
    "FewLabelsError",
    "Guessed",
    "Reason",
    "Scored",
    "Unlabelled",
    "Unusual",
    "explain",
    "explain_unusual",
    "guess",
    "rank",
    "score",
]
