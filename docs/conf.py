"""How the documentation is built: `make docs`."""

import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from minmax import __version__  # noqa: E402

project = "minmax"
author = "The minmax developers"
copyright = "2026, the minmax developers"
release = version = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "written",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"minmax {version}"
# Pages show their formulas without a network.
html_static_path = [str(Path(find_spec("sphinx-mathjax-offline").origin).parent / "static")]
mathjax_path = "mathjax/tex-chtml.js"
html_show_sphinx = False

default_role = "code"  # docstrings name things between single backticks
autodoc_typehints = "none"  # the sections of parameters say types and more
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Guarantee", "notes_style"), ("Source", "notes_style")]

myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are run by the tests, and kept with what they show
suppress_warnings = ["ref.python"]  # parameters share their names with members of classes
