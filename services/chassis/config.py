"""Settings from the environment: typed, frozen, and every problem told at once.

A service's settings are a frozen dataclass derived from `PlatformSettings`; each field says its variable,
default and help through `setting`. `load` alone reads the environment: tests build settings directly.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from services.chassis.errors import ConfigError

S = TypeVar("S")

_META = "amends.setting"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Setting:
    """What one variable means; `env` may hold `{SERVICE}`, replaced by the settings class' service name."""

    env: str
    help: str
    secret: bool


def setting(env: str, *, default: Any = MISSING, help: str, secret: bool = False) -> Any:
    """A dataclass field read from variable `env`, required without a default. Secrets are never printed."""
    return dataclasses.field(default=default, repr=not secret, metadata={_META: Setting(env, help, secret)})


@dataclass(frozen=True, kw_only=True)
class PlatformSettings:
    """What every service needs to run; a service derives its own settings and sets `service`."""

    service: ClassVar[str] = "platform"

    kafka_bootstrap: str = setting(
        "KAFKA_BOOTSTRAP", default="127.0.0.1:9092", help="brokers, host:port[,...]"
    )
    app_dsn: str = setting(
        "AMENDS_{SERVICE}_APP_DSN", default="", help="PostgreSQL, tenant-bound role", secret=True
    )
    system_dsn: str = setting(
        "AMENDS_{SERVICE}_SYSTEM_DSN", default="", help="PostgreSQL, infrastructure role", secret=True
    )
    owner_dsn: str = setting(
        "AMENDS_{SERVICE}_OWNER_DSN",
        default="",
        help="PostgreSQL, schema owner: migrations only",
        secret=True,
    )
    superuser_url: str = setting(
        "AMENDS_SUPERUSER_URL",
        default="",
        help="PostgreSQL, to make roles and databases: migrate only",
        secret=True,
    )
    topic_prefix: str = setting("AMENDS_TOPIC_PREFIX", default="", help="before every topic and group name")
    grpc_bind: str = setting(
        "AMENDS_{SERVICE}_GRPC_BIND", default="127.0.0.1:0", help="host:port of the gRPC server"
    )
    grpc_reflection: bool = setting("AMENDS_GRPC_REFLECTION", default=False, help="serve gRPC reflection")
    admin_host: str = setting(
        "AMENDS_ADMIN_HOST", default="127.0.0.1", help="address of /livez /readyz /metrics"
    )
    admin_port: int = setting("AMENDS_{SERVICE}_ADMIN_PORT", default=0, help="port of the same, 0 = any free")
    otlp_endpoint: str = setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", default="", help="OTLP/HTTP collector, empty = none"
    )
    log_level: str = setting("AMENDS_LOG_LEVEL", default="info", help="debug, info, warning or error")
    trace_ratio: float = setting("AMENDS_TRACE_RATIO", default=0.1, help="share of new traces kept, 0..1")
    pre_stop_s: float = setting(
        "AMENDS_PRE_STOP_S", default=0.0, help="seconds unready before the servers close"
    )
    grace_s: float = setting(
        "AMENDS_GRACE_S", default=30.0, help="seconds to finish what is in flight when stopping"
    )


def load(cls: type[S], env: Mapping[str, str]) -> S:
    """Settings of type `cls` from `env`; an empty variable counts as unset.

    Field types: str, int, float, bool, Path, tuple of one of these separated by commas, and `X | None`.
    Raises ConfigError listing every missing or malformed variable, never a secret's value.
    """
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, found in described(cls):
        text = env.get(found.env, "").strip()
        try:
            if text:
                values[name] = _parse(hints[name], text)
        except ValueError as wrong:
            shown = "the value" if found.secret else repr(text)
            problems[found.env] = f"{shown} is not {wrong} ({found.help})"
        if not text and _required(cls, name):
            problems[found.env] = f"is missing ({found.help})"
    if problems:
        told = "; ".join(f"{variable} {why}" for variable, why in problems.items())
        raise ConfigError("bad_configuration", told, problems)
    return cls(**values)


def described(cls: type[Any]) -> Iterator[tuple[str, Setting]]:
    """Every field of `cls` with its variable's full name; documents and manifests are checked against it."""
    service = str(getattr(cls, "service", "platform")).upper()
    for field in dataclasses.fields(cls):
        found: Setting | None = field.metadata.get(_META)
        if found is not None:
            yield field.name, dataclasses.replace(found, env=found.env.replace("{SERVICE}", service))


def _required(cls: type[Any], name: str) -> bool:
    field = next(field for field in dataclasses.fields(cls) if field.name == name)
    return field.default is MISSING and field.default_factory is MISSING


def _parse(kind: Any, text: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _parse(next(one for one in arguments if one is not type(None)), text)
    if origin is tuple:
        return tuple(_parse(arguments[0], part.strip()) for part in text.split(",") if part.strip())
    return _PARSERS[kind](text)


def _bool(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("true or false")


def _number(kind: type[int] | type[float], told: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(told) from None

    return parse


_PARSERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    Path: Path,
    bool: _bool,
    int: _number(int, "a whole number"),
    float: _number(float, "a number"),
}
