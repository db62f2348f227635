"""Read source configs from their YAML files, and say in one line what is wrong with one."""

import re
import stat
from pathlib import Path

import yaml
from pydantic import ValidationError
from yaml.events import AliasEvent

from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown

__all__ = ["load_config", "shipped_configs"]

_SOURCES = Path(__file__).resolve().parent.parent / "sources"
_LONGEST_CONFIG = 65_536


def load_config(path: Path) -> SourceConfig:
    """Read a source config.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    SourceConfig

    Raises
    ------
    InputError
        If the file can't be read, is no YAML or is no source config.
    """
    path = Path(path)
    try:
        # Not opened before it is known to be a file: reading a FIFO would hang.
        is_regular = stat.S_ISREG(path.stat().st_mode)
        data = path.read_bytes() if is_regular and path.stat().st_size <= _LONGEST_CONFIG else None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{shown(path)}: the source config can't be read ({reason})") from error
    if data is None:
        raise InputError(f"{shown(path)}: expected a source config, a YAML file of at most 64 kB")
    try:
        content = yaml.load(data.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        raise InputError(f"{shown(path)}: the source config is not UTF-8 text") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{shown(path)}: not valid YAML ({_yaml_fault(error)})") from error
    if not isinstance(content, dict):
        raise InputError(
            f"{shown(path)}: expected names and values, as in pipeline/sources/minimal.yml"
        )
    try:
        return SourceConfig.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{shown(path)}: {_validation_fault(error)}") from error


def shipped_configs() -> list[SourceConfig]:
    """Return the configs that come with the project, by name."""
    return [load_config(path) for path in sorted(_SOURCES.glob("*.yml"))]


class _Loader(yaml.SafeLoader):
    """YAML without repeated keys and without aliases, which nest without bound."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(AliasEvent):
            event = self.peek_event()
            raise yaml.constructor.ConstructorError(
                None, None, "aliases are not allowed", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _yaml_fault(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    mark = getattr(error, "problem_mark", None)
    where = f", line {mark.line + 1}" if mark else ""
    return shown(" ".join(str(problem).split()), 500) + where


def _validation_fault(error: ValidationError) -> str:
    """Return what is wrong, at most three faults on one line."""
    faults = []
    for item in error.errors():
        place = ".".join(str(part) for part in item["loc"] if not _is_type_name(part))
        if item["type"] == "extra_forbidden":
            text = f"{place} is not a setting of a source"
        elif item["type"] == "missing":
            text = f"{place} is required"
        else:
            message = item["msg"].removeprefix("Value error, ")
            given = "" if isinstance(item["input"], dict) else f", not {item['input']!r:.60}"
            text = (
                f"{place}: {message}"
                if item["type"] == "value_error"
                else (f"{place}: {message[0].lower()}{message[1:]}{given}")
            )
            text = text.removeprefix(": ")
        if text not in faults:
            faults.append(text)
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    return shown(" ".join(("; ".join(faults[:3]) + more).split()), 1000)


def _is_type_name(part: object) -> bool:
    """Say whether a place in an error is pydantic's name of a union's branch."""
    return isinstance(part, str) and bool(re.search(r"[\[\(\]]|^(bool|str)$", part))
