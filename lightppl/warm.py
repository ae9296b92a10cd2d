"""``python -m lightppl.warm`` compiles all samplers; see `lightppl.infer.warm`."""

import sys

from lightppl.infer.warm import main, warm

__all__ = ["warm"]

if __name__ == "__main__":
    sys.exit(main())
