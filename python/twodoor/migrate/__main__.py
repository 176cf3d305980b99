"""`python -m twodoor.migrate`"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from .command import main
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "sqlalchemy":
            raise
        print('SQLAlchemy is not there: pip install "twodoor[migrate]"', file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1:]))
