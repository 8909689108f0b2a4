"""A grid expanded the way people do: yaml, itertools, json and a SHA-256 id for each combination."""

import hashlib
import itertools
import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    params = yaml.safe_load(file)["tasks"][0]["params"]
with open(sys.argv[2], "w", encoding="utf-8") as out:
    for combination in itertools.product(*params.values()):
        task = {"model": "replayed", "dataset": "few", **dict(zip(params, combination))}
        text = json.dumps(task, sort_keys=True)
        task["task_id"] = hashlib.sha256(text.encode()).hexdigest()[:16]
        out.write(json.dumps(task) + "\n")
