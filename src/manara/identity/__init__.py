"""Who is the same: names in one form, pairs judged with their reasons, clusters."""

from manara.identity.candidates import props
from manara.identity.cluster import clusters
from manara.identity.names import name_key, name_tokens
from manara.identity.rules import judge

__all__ = ["clusters", "judge", "name_key", "name_tokens", "props"]
