"""Sessions that click through the dashboard as browsers do, without the browsers.

A browser and Streamlit's server speak protocol buffers over a web socket. So
does this: it opens pages, changes filters and presses buttons, and counts what
goes wrong. Fifty of them fit into one process, so that the server is what is
measured.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from dashboard.serving import server

_THINK_SECONDS = (2.0, 8.0)
_ANSWER_SECONDS = 60
_SAMPLE_SECONDS = 1.0


@dataclass
class Load:
    """What all sessions saw.

    Parameters
    ----------
    seconds : list of float
        From each click to the end of its answer.
    errors : list of str
        Exceptions shown on a page, scripts that did not finish, lost sockets.
    memory : list of int
        Bytes of the server, sampled through the whole of it.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)

    @property
    def p95(self) -> float:
        """Seconds within which 95 of 100 clicks were answered."""
        return quantiles(self.seconds, n=20)[-1]

    @property
    def growth(self) -> float:
        """Memory of the last fifth over that of the second fifth, after the caches have filled."""
        fifth = max(len(self.memory) // 5, 1)
        return median(self.memory[-fifth:]) / median(self.memory[fifth : 2 * fifth])


class Session:
    """One browser tab.

    Parameters
    ----------
    socket : ClientConnection
        Its connection to the server.
    load : Load
        Where it counts.
    dice : random.Random
        Decides where it clicks.
    """

    def __init__(self, socket: ClientConnection, load: Load, dice: random.Random) -> None:
        self._socket, self._load, self._dice = socket, load, dice
        self._pages: dict[str, str] = {}
        self._page = ""
        self._widgets: dict[str, list[WidgetState]] = {}
        self._chosen: dict[str, WidgetState] = {}

    async def open(self) -> None:
        """Open the first page."""
        await self._ask()
        assert len(self._pages) > 1, "the server named no pages"

    async def click(self) -> None:
        """Go to another page, or change something on this one."""
        if not self._widgets or self._dice.random() < 0.5:
            # Pages that nobody has opened come first, however slow the machine is.
            unseen = [at for at, name in self._pages.items() if name not in self._load.pages]
            self._page = self._dice.choice(unseen or list(self._pages))
            self._chosen.clear()
            await self._ask()
        else:
            chosen = self._dice.choice(self._widgets[self._dice.choice(list(self._widgets))])
            self._chosen[chosen.id] = chosen
            await self._ask()
            if chosen.HasField("trigger_value"):
                del self._chosen[chosen.id]

    async def _ask(self) -> None:
        """Have the server run the page's script, and wait for the end of it."""
        request = BackMsg()
        request.rerun_script.page_script_hash = self._page
        request.rerun_script.widget_states.widgets.extend(self._chosen.values())
        self._widgets = {}
        begin = time.monotonic()
        await self._socket.send(request.SerializeToString())
        async with asyncio.timeout(_ANSWER_SECONDS):
            while not self._is_end(await self._next()):
                pass
        self._load.seconds.append(time.monotonic() - begin)
        self._load.pages.add(self._pages.get(self._page, ""))

    async def _next(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(await self._socket.recv())
        return message

    def _is_end(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._pages = {
                page.page_script_hash: page.page_name for page in message.navigation.app_pages
            }
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._see(message.delta.new_element)
        elif kind == "script_finished":
            end = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
            if end == "FINISHED_WITH_COMPILE_ERROR":
                self._load.errors.append(end)
            return end.startswith("FINISHED") and "FRAGMENT" not in end
        return False

    def _see(self, element) -> None:
        """Remember what can be clicked, and count what went wrong."""
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._load.errors.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "selectbox":
            box = element.selectbox
            self._widgets[box.id] = [WidgetState(id=box.id, string_value=o) for o in box.options]
        elif kind == "button_group":
            group = element.button_group
            states = [WidgetState(id=group.id) for _ in group.options]
            for state, option in zip(states, group.options, strict=True):
                state.string_array_value.data.append(option.content)
            self._widgets[group.id] = states
        elif kind == "button" and not element.button.disabled:
            button = element.button
            self._widgets[button.id] = [WidgetState(id=button.id, trigger_value=True)]
        self._widgets = {key: states for key, states in self._widgets.items() if states}


async def _be(address: str, load: Load, seed: int, until: float) -> None:
    dice = random.Random(seed)
    socket_address = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    try:
        async with connect(socket_address, subprotocols=["streamlit"], max_size=None) as socket:
            session = Session(socket, load, dice)
            await session.open()
            while time.monotonic() < until:
                await asyncio.sleep(dice.uniform(*_THINK_SECONDS))
                await session.click()
    except Exception as error:
        load.errors.append(f"session {seed}: {type(error).__name__}: {error}")


async def _sample(process: psutil.Process, load: Load, until: float) -> None:
    while time.monotonic() < until:
        load.memory.append(process.memory_info().rss)
        await asyncio.sleep(_SAMPLE_SECONDS)


def click_through(exports: Path, sessions: int, seconds: float, seed: int) -> Load:
    """Serve an export, let so many sessions click for so long, and return what they saw."""
    load = Load()

    async def all_of_it(address: str, process: psutil.Process) -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(
            _sample(process, load, until),
            *(_be(address, load, seed + number, until) for number in range(sessions)),
        )

    with server(exports) as address:
        asyncio.run(all_of_it(address, _listener(address)))
    return load


def _listener(address: str) -> psutil.Process:
    """Return the process that listens at an address."""
    port = int(address.rsplit(":", 1)[1])
    (found,) = (
        process
        for process in psutil.Process().children(recursive=True)
        if any(c.laddr.port == port for c in process.net_connections() if c.status == "LISTEN")
    )
    return found
