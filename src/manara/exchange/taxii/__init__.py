"""TAXII 2.1: collections that others read and post to, and a client for those of others."""

from manara.exchange.taxii.config import Account, Collection, Config
from manara.exchange.taxii.server import Server
from manara.exchange.taxii.store import Store

__all__ = ["Account", "Collection", "Config", "Server", "Store"]
