"""Ctrl-C and SIGTERM end a command wherever it is."""

import signal
from types import FrameType

__all__ = ["StopSignals", "Stopped"]

_NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}
_AGAIN_SECONDS = 1.0


class Stopped(BaseException):
    """A signal asked the command to end."""


class StopSignals:
    """What is heard of Ctrl-C and SIGTERM while a command works.

    Python drops what is raised inside a destructor, and py4j and pyspark
    answer some interrupted calls with an error of their own. So a signal is
    remembered, and raised anew every second until the command has ended.

    Attributes
    ----------
    seen : signal.Signals or None
        The first that arrived.
    """

    def __init__(self) -> None:
        self.seen: signal.Signals | None = None
        self._alarm = signal.getsignal(signal.SIGALRM)

    def listen(self) -> None:
        """Hear them from now on; what the caller's shell has ignored stays ignored."""
        for number in _NAMES:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)

    def ignore(self) -> None:
        """Ignore them from now on: the command is ending."""
        for number in _NAMES:
            signal.signal(number, signal.SIG_IGN)
        if self.seen is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._alarm)

    def message(self) -> str:
        """Return one line that says what ended the command."""
        assert self.seen is not None
        return f"stopped by {_NAMES[self.seen]}; the last export is untouched"

    @property
    def exit_code(self) -> int:
        """The exit code that a shell gives a process ended by that signal."""
        assert self.seen is not None
        return 128 + self.seen

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self.seen is None:
            self.seen = signal.Signals(number)
            signal.signal(signal.SIGALRM, self._again)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS, _AGAIN_SECONDS)
            raise Stopped

    def _again(self, *_: object) -> None:
        raise Stopped
