"""What the files of a deployment say, in one form: processes with their environments, Kubernetes' resources.

`kubectl` renders Kubernetes' part where there is one; `rendered_here` does the same for the features our
kustomizations use, and refuses any other, so that these tests say the same on every machine.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.chassis.config import PlatformSettings
from services.followup.config import Settings as FollowupSettings
from services.intake.config import Settings as IntakeSettings
from services.metrics.config import MetricsSettings
from services.resolution.config import Settings as ResolutionSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
BASE = ROOT / "deploy" / "k8s" / "base"
DEV = ROOT / "deploy" / "k8s" / "overlays" / "dev"
MONITORED = ROOT / "deploy" / "k8s" / "overlays" / "monitored"
SETTINGS: Mapping[str, type[PlatformSettings]] = {
    cls.service: cls for cls in (IntakeSettings, ResolutionSettings, FollowupSettings, MetricsSettings)
}
SERVICES = tuple(SETTINGS)
Resource = dict[str, Any]

# ${NAME} and ${NAME:-default}; the other forms are not used
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")
# what kustomize appends to the name of a generated ConfigMap or Secret
_HASH = re.compile(r"-[a-z0-9]{10}$")


# ------------------------------------------------------------------------------------------------
# docker-compose
def compose(env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """docker-compose.yml with the variables of `env` put in, as Compose would."""
    loaded: dict[str, Any] = _interpolated(_compose_file(), env or {})
    return loaded


@cache
def _compose_file() -> Any:
    return yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))


def compose_variables() -> dict[str, set[str]]:
    """Every variable that docker-compose.yml reads, with the defaults it gives."""
    found: dict[str, set[str]] = {}
    for name, default in _VARIABLE.findall(COMPOSE_FILE.read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(default)
    return found


def environment(service: Mapping[str, Any]) -> dict[str, str]:
    """The environment of one Compose service, as its process sees it."""
    return {name: str(value) for name, value in service.get("environment", {}).items()}


def _interpolated(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _interpolated(one, env) for key, one in value.items()}
    if isinstance(value, list):
        return [_interpolated(one, env) for one in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: env.get(found[1]) or found[2], value)
    return value


# ----------------------------------------------------------------------------------------------------
# Kubernetes
def rendered(folder: Path) -> list[Resource]:
    """The resources of a kustomization, by kubectl where there is one; generated names without their hash."""
    if shutil.which("kubectl") is None:
        return rendered_here(folder)
    return by_kubectl(folder)


@cache
def by_kubectl(folder: Path) -> list[Resource]:
    """What `kubectl kustomize` makes of the folder."""
    done = subprocess.run(["kubectl", "kustomize", str(folder)], check=True, capture_output=True, text=True)
    resources = [one for one in yaml.safe_load_all(done.stdout) if one]
    plain = {
        one["metadata"]["name"]: _HASH.sub("", one["metadata"]["name"])
        for one in resources
        if one["kind"] in ("ConfigMap", "Secret")
    }
    for one in resources:
        if one["kind"] == "Secret":  # kubectl breaks long base64 into lines
            one["data"] = {key: "".join(value.split()) for key, value in one["data"].items()}
    return [_renamed(one, plain) for one in resources]


@cache
def rendered_here(folder: Path) -> list[Resource]:
    """The same without kubectl."""
    resources = _kustomized(folder)
    for one in resources:
        if one["kind"] == "Secret":
            one.setdefault("type", "Opaque")
    return resources


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def _kustomized(folder: Path, resources: list[Resource] | None = None) -> list[Resource]:
    """A component is given the resources of who takes it in, and adds to them or changes them."""
    wanted = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    resources = [] if resources is None else resources
    for name in wanted.pop("resources", []):
        place = (folder / name).resolve()
        found = _kustomized(place) if place.is_dir() else list(yaml.safe_load_all(place.read_text("utf-8")))
        resources += [one for one in found if one]
    for name in wanted.pop("components", []):
        _kustomized((folder / name).resolve(), resources)
    for kind, generator in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for entry in wanted.pop(generator, []):
            _generate(resources, kind, entry, folder)
    for step in (_namespace, _labels, _images, _replicas):
        step(resources, wanted)
    unknown = wanted.keys() - {"apiVersion", "kind"}
    assert not unknown, f"{folder}: teach the renderer of these tests about {sorted(unknown)}"
    return resources


def _generate(resources: list[Resource], kind: str, entry: Mapping[str, Any], folder: Path) -> None:
    known = {"name", "literals", "files", "behavior", "options"}
    assert entry.keys() <= known, f"{entry['name']}: unknown to these tests"
    data = dict(literal.split("=", 1) for literal in entry.get("literals", []))
    data |= {Path(name).name: (folder / name).read_text("utf-8") for name in entry.get("files", [])}
    labels = entry.get("options", {}).get("labels")
    if kind == "Secret":
        data = {name: _base64(value) for name, value in data.items()}
    if entry.get("behavior", "create") == "merge":
        (there,) = (
            one for one in resources if (one["kind"], one["metadata"]["name"]) == (kind, entry["name"])
        )
        there["data"] |= data
    else:
        about = {"name": entry["name"]} | ({"labels": dict(labels)} if labels else {})
        resources.append({"apiVersion": "v1", "kind": kind, "metadata": about, "data": data})


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _namespace(resources: list[Resource], wanted: dict[str, Any]) -> None:
    namespace = wanted.pop("namespace", None)
    for one in resources:
        if namespace and one["kind"] != "Namespace":
            one["metadata"]["namespace"] = namespace


def _labels(resources: list[Resource], wanted: dict[str, Any]) -> None:
    for entry in wanted.pop("labels", []):
        assert entry.keys() <= {"pairs", "includeTemplates"}
        for one in resources:
            one["metadata"].setdefault("labels", {}).update(entry["pairs"])
            made = [one.get("spec", {}).get("jobTemplate"), _maker(one).get("template")]
            for template in filter(None, made if entry.get("includeTemplates") else ()):
                template.setdefault("metadata", {}).setdefault("labels", {}).update(entry["pairs"])


def _images(resources: list[Resource], wanted: dict[str, Any]) -> None:
    for entry in wanted.pop("images", []):
        for container in (container for one in resources for container in containers(one)):
            if container["image"].split(":")[0] == entry["name"]:
                container["image"] = f"{entry['name']}:{entry['newTag']}"


def _replicas(resources: list[Resource], wanted: dict[str, Any]) -> None:
    for entry in wanted.pop("replicas", []):
        (there,) = (
            one for one in resources if "replicas" in one.get("spec", {}) and name_of(one) == entry["name"]
        )
        there["spec"]["replicas"] = entry["count"]


# ------------------------------------------------------------------------------------------- reading
# resources
def name_of(resource: Resource) -> str:
    """Its metadata.name."""
    return str(resource["metadata"]["name"])


def of_kind(resources: list[Resource], kind: str) -> dict[str, Resource]:
    """Those of one kind by name."""
    return {name_of(one): one for one in resources if one["kind"] == kind}


def _maker(resource: Resource) -> dict[str, Any]:
    """What makes pods from a template: the resource's spec, or that of its jobs."""
    spec: dict[str, Any] = resource.get("spec", {})
    made: dict[str, Any] = spec.get("jobTemplate", {}).get("spec", spec)
    return made


def pod_of(resource: Resource) -> dict[str, Any]:
    """The pod's spec of a Deployment, StatefulSet, Job or CronJob; empty for anything else."""
    spec: dict[str, Any] = _maker(resource).get("template", {}).get("spec", {})
    return spec


def containers(resource: Resource) -> Iterator[dict[str, Any]]:
    """Every container of its pod."""
    pod = pod_of(resource)
    yield from (*pod.get("initContainers", []), *pod.get("containers", []))


def plain_environment(resources: list[Resource], container: Mapping[str, Any]) -> dict[str, str]:
    """What a container gets from ConfigMaps and as plain values."""
    maps = of_kind(resources, "ConfigMap")
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            found |= maps[source["configMapRef"]["name"]]["data"]
    return found | {one["name"]: one["value"] for one in container.get("env", []) if "value" in one}


def secret_environment(container: Mapping[str, Any]) -> dict[str, tuple[str, str, bool]]:
    """What a container gets from Secrets: variable -> (secret, key, optional)."""
    found = {}
    for one in container.get("env", []):
        reference = one.get("valueFrom", {}).get("secretKeyRef")
        if reference:
            found[one["name"]] = (reference["name"], reference["key"], reference.get("optional", False))
    return found


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels and In expressions) takes a pod with these labels."""
    wanted = selector.get("matchLabels", {})
    inside = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in inside)
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        labels.get(one["key"]) in one["values"] for one in inside
    )


def pod_labels(resource: Resource) -> dict[str, str]:
    """The labels of its pods."""
    labels: dict[str, str] = _maker(resource)["template"]["metadata"]["labels"]
    return labels
