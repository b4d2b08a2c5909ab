"""How Sphinx builds this documentation: `make docs`."""

from sphinx.application import Sphinx

from manara import __version__

project = "Manara"
author = "The Manara contributors"
copyright = "2026, the Manara contributors"
release = version = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
default_role = "py:obj"

html_theme = "furo"
html_title = f"Manara {release}"
html_copy_source = False
html_show_sphinx = False


def _skip(app: object, what: str, name: str, thing: object, skip: bool, options: object) -> bool:
    """Skip the fields of named tuples: their class says what they are."""
    return skip or (getattr(thing, "__doc__", "") or "").startswith("Alias for field number")


def setup(app: Sphinx) -> None:
    """Tell Sphinx about it."""
    app.connect("autodoc-skip-member", _skip)
