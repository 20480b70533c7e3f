from . import diagnostics as diagnostics
from . import domains as domains
from . import dynamics as dynamics
from . import exact as exact
from . import games as games
