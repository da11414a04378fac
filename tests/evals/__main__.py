"""`make eval`: how good understanding and models are, on cases held back from their making; fails if nothing was measured."""

import sys

from tests.evals.ml import __main__ as models
from tests.evals.understand import __main__ as understand

if __name__ == "__main__":
    sys.exit(understand.main() or models.main(sys.argv[1:]))
