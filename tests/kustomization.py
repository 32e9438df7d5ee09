"""What `kubectl apply -k` would send: as much of Kustomize as deploy/kubernetes uses, for machines without kubectl."""

import json
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
HANDLED = {"apiVersion", "kind", "namespace", "resources", "labels", "configMapGenerator", "images"}
_OF_CLUSTER = {"Namespace"}


def build(folder: Path) -> list[Object]:
    """Its objects, names of generated ConfigMaps without Kustomize's hash."""
    plan: Object = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert plan.keys() <= HANDLED, "tests/kustomization.py knows no such field yet"
    objects = [each for name in plan["resources"] for each in yaml.safe_load_all((folder / name).read_text())]
    objects += [_config_map(folder, each) for each in plan.get("configMapGenerator", ())]
    for each in objects:
        metadata = each["metadata"]
        if each["kind"] not in _OF_CLUSTER:
            metadata["namespace"] = plan["namespace"]
        for label in plan.get("labels", ()):
            metadata.setdefault("labels", {}).update(label["pairs"])
    text = json.dumps(objects)
    for image in plan.get("images", ()):
        text = text.replace(f'"image": "{image["name"]}"', f'"image": "{image["newName"]}:{image["newTag"]}"')
    built: list[Object] = json.loads(text)
    return built


def _config_map(folder: Path, plan: Object) -> Object:
    data = {name: (folder / name).read_text() for name in plan["files"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": plan["name"]}, "data": data}
