"""Serve the dashboard: ``python -m dashboard [streamlit's own options]``."""

import os
import sys
from pathlib import Path

from streamlit.web import cli

_OPTION, _VARIABLE = "--server.address", "STREAMLIT_SERVER_ADDRESS"


def address(arguments: list[str]) -> str:
    """Return where the dashboard will listen, 127.0.0.1 unless told otherwise."""
    for at, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == _OPTION:
            return value or "".join(arguments[at + 1 : at + 2])
    return os.environ.get(_VARIABLE, "").strip() or "127.0.0.1"


if __name__ == "__main__":
    if address(sys.argv[1:]) not in ("127.0.0.1", "localhost", "::1"):
        print(
            f"listening on {address(sys.argv[1:])}: whoever reaches it sees every customer and "
            "can ask the export any question, as there is no password; put a proxy before it",
            file=sys.stderr,
        )
    script = Path(__file__).parent / "streamlit_app.py"
    sys.argv = ["streamlit", "run", str(script), *sys.argv[1:]]
    sys.exit(cli.main())
