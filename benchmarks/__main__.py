from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    modules = pkgutil.iter_modules(benchmarks.__path__)
    found = {module.name for module in modules if not module.ispkg} - {"__main__"}
    if unknown := sorted(set(names) - found):
        print(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join(sorted(found))}", file=sys.stderr
        )
        return 2
    for name in names or sorted(found):
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
