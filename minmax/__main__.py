"""`python -m minmax`: the command line without the script."""

import sys

from minmax.cli import main

sys.exit(main())
