"""A job's task: runs a module of the project as `python -m` does. Databricks starts files, and not from the project's root."""

import runpy
import sys


def main(root: str, module: str, *arguments: str) -> None:
    """Returns where the module ends well: for Databricks any SystemExit is a failure."""
    sys.path.insert(0, root)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise RuntimeError(f"{module} ended with {ended.code}: its output says why") from ended


if __name__ == "__main__":
    main(*sys.argv[1:])
