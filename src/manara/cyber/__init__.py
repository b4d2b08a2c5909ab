"""Signs of harm in networks: indicators compared with log lines, and with whom they belong to."""

from manara.cyber.match import Seen, seen
from manara.cyber.signs import keys_of

__all__ = ["Seen", "keys_of", "seen"]
