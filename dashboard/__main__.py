"""Serve the dashboard: ``python -m dashboard [streamlit's own options]``."""

import sys
from pathlib import Path

from streamlit.web import cli

if __name__ == "__main__":
    script = Path(__file__).parent / "streamlit_app.py"
    sys.argv = ["streamlit", "run", str(script), *sys.argv[1:]]
    sys.exit(cli.main())
