"""``python -m pipeline``: see ``python -m pipeline --help``."""

from pipeline.cli import main
from pipeline.command import leave

leave(main())
