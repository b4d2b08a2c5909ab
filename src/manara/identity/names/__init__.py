"""Names in one form: words, their readings in Latin letters, their roles, groups of spellings."""

from manara.identity.names.keys import name_key, name_tokens, number_key

__all__ = ["name_key", "name_tokens", "number_key"]
