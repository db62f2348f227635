"""``python -m pipeline``: see ``python -m pipeline --help``."""

from pipeline.cli import main
from pipeline.core.command import leave

leave(main())
