"""`make eval`: how good understanding and causes are, on cases held back from their making; fails if nothing was measured."""

import sys

from tests.evals.causes import __main__ as causes
from tests.evals.understand import __main__ as understand

if __name__ == "__main__":
    sys.exit(understand.main() or causes.main())
