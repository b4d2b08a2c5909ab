"""Playing an exercise: trainees work as the agency of one state, day by day of its calendar."""

from manara.exercise.playing.begin import Invited, begin
from manara.exercise.playing.debriefing import debriefing
from manara.exercise.playing.diary import Message
from manara.exercise.playing.partners import Partners
from manara.exercise.playing.play import JOB, Play, played, trainees_of

__all__ = [
    "JOB",
    "Invited",
    "Message",
    "Partners",
    "Play",
    "begin",
    "debriefing",
    "played",
    "trainees_of",
]
