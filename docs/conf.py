"""How Sphinx builds this documentation: `make docs`."""

from manara import __version__

project = "Manara"
author = "The Manara contributors"
copyright = "2026, the Manara contributors"  # noqa: A001
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

html_theme = "furo"
html_title = f"Manara {release}"
html_copy_source = False
html_show_sphinx = False
