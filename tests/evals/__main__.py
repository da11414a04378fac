"""`make eval`: how good understanding and models are, on cases held back from their making; fails if nothing was measured."""

import sys

from tests.evals.injection import __main__ as injection
from tests.evals.language import __main__ as language
from tests.evals.ml import __main__ as models
from tests.evals.understand import __main__ as understand

if __name__ == "__main__":
    sys.exit(understand.main() or injection.main() or language.main() or models.main(sys.argv[1:]))
