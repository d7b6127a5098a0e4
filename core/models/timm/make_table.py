"""Writes what timm's model names stand for: the class that builds each and the arguments that it gets.

    make_table.py --table models.json          # every name of timm
    make_table.py --parameters parameters.json --modules resnet,vgg,…   # of the names of these modules of timm
    make_table.py --list NAME                  # the parameters of a model, as the checksum of --parameters sees them

Run again when timm changes; timm's own code decides, nothing is written by hand. models.json is
{"timm": version, "shared": [values that many models have], "models": {name: [class, arguments, what timm adds from the
default weights' pretrained_cfg where that is not 1000 classes and 3 channels]}}. A layer or function stands as its name, a partial as {"$": name, its arguments}; {"#": n} is the n-th shared value, {"*": [value, n]} are n
equal elements of a list. The argument "pruned" holds the shapes of the weights that differ from the model as built.
parameters.json is {name: [number of parameters, checksum of their names and shapes]}.
"""

import argparse
import copy
import dataclasses
import functools
import json
import logging
import sys
import types
import warnings
from collections import Counter
from pathlib import Path

import timm
import torch
from timm.models import model_entrypoint

# What only training or timm's own loading looks at.
WITHOUT_EFFECT = {"device", "dtype", "drop_rate", "drop_path_rate", "pos_drop_rate", "patch_drop_rate",
                  "proj_drop_rate", "attn_drop_rate", "drop_block_rate", "weight_init", "fix_init", "head_init_scale",
                  "zero_init_last", "out_indices", "features_only", "default_cfg", "default_cfgs"}
SHARED_FROM = 40  # characters from which a value that occurs twice is worth a reference


class Recorded(Exception):
    """Ends an entry point once it has said what it builds."""


def plain(value):
    """`value` as JSON that holds the names of layers and functions."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, functools.partial):
        inner = plain(value.func)
        inner = inner if isinstance(inner, dict) else {"$": inner}
        return inner | {name: plain(part) for name, part in value.keywords.items()}
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)):
        return value.__name__
    if dataclasses.is_dataclass(value):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(part) for name, part in fields if part is not None}
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return runs([plain(part) for part in value])
    if isinstance(value, torch.nn.Module):  # a part that is made in advance: of a builder that is not ours
        return {"$": type(value).__name__}
    raise TypeError(f"{value!r} has no JSON form")


def runs(values: list) -> list:
    """Equal neighbours that are long to write become one with a number."""
    result = []
    for value in values:
        if result and isinstance(value, (dict, list)):
            last = result[-1]
            if isinstance(last, dict) and set(last) == {"*"} and last["*"][0] == value:
                last["*"][1] += 1
                continue
            if last == value:
                result[-1] = {"*": [value, 2]}
                continue
        result.append(value)
    return result


def pruned_shapes(name: str) -> dict:
    """The parameters that a pruned model has smaller than it is built."""
    adapt = timm.models._builder.adapt_model_from_file
    shapes = {}

    def compare(model, variant):
        smaller = adapt(model, variant)
        before = {key: list(value.shape) for key, value in model.named_parameters()}
        for key, value in smaller.named_parameters():
            if list(value.shape) != before[key]:
                shapes[key] = list(value.shape)
        return smaller

    timm.models._builder.adapt_model_from_file = compare
    try:
        timm.create_model(name)
    finally:
        timm.models._builder.adapt_model_from_file = adapt
    return shapes


def recorder(model_cls, variant, pretrained, pretrained_cfg=None, pretrained_cfg_overlay=None, model_cfg=None,
             kwargs_filter=None, feature_cfg=None, pretrained_filter_fn=None, pretrained_strict=True, cache_dir=None,
             **kwargs):
    """Stands in for build_model_with_cfg: what the constructor would be called with."""
    found = timm.models._builder.resolve_pretrained_cfg(variant, pretrained_cfg, pretrained_cfg_overlay).to_dict()
    own = copy.deepcopy(kwargs)
    timm.models._builder._update_default_model_kwargs(found, kwargs, kwargs_filter)
    added = {name: value for name, value in kwargs.items() if name not in own}
    if model_cfg is not None:
        own["cfg"] = model_cfg
    raise Recorded(model_cls.__name__, {name: value for name, value in own.items() if name in kwargs or name == "cfg"}, added)


def record(name: str) -> list:
    """[class, arguments, added arguments] of a name."""
    try:
        timm.create_model(name)
    except Recorded as found:
        builder, arguments, added = found.args
    else:
        raise RuntimeError(f"{name} is built without build_model_with_cfg")
    if arguments.get("pruned"):
        arguments["pruned"] = None
    usual = {"num_classes": 1000, "in_chans": 3}
    return [builder, {key: plain(value) for key, value in arguments.items() if key not in WITHOUT_EFFECT},
            {key: plain(value) for key, value in added.items() if usual.get(key) != value}]


def record_all() -> dict:
    modules = [module for key, module in sys.modules.items()
               if key.startswith("timm.models.") and hasattr(module, "build_model_with_cfg")]
    original = timm.models._builder.build_model_with_cfg
    models = {}
    for module in modules:
        module.build_model_with_cfg = recorder
    for name in timm.list_models():
        models[name] = record(name)
    for module in modules:
        module.build_model_with_cfg = original
    for name, (_, arguments, _) in models.items():
        if "pruned" in arguments:
            arguments["pruned"] = pruned_shapes(name)
    return models


def share(models: dict) -> dict:
    """Replaces values that several models have by references to one list."""
    counts = Counter()

    def count(value):
        if isinstance(value, (dict, list)):
            text = json.dumps(value)
            counts[text] += 1
            if counts[text] == 1:
                for part in value.values() if isinstance(value, dict) else value:
                    count(part)

    for _, arguments, _ in models.values():
        for value in arguments.values():
            count(value)
    shared, index = [], {}

    def replace(value):
        if not isinstance(value, (dict, list)):
            return value
        text = json.dumps(value)
        if text in index:
            return {"#": index[text]}
        if isinstance(value, dict):
            result = {key: replace(part) for key, part in value.items()}
        else:
            result = [replace(part) for part in value]
        if counts[text] > 1 and len(text) >= SHARED_FROM:
            index[text] = len(shared)
            shared.append(result)
            return {"#": index[text]}
        return result

    compact = {name: [builder, {key: replace(value) for key, value in arguments.items()}, *([added] if added else [])]
               for name, (builder, arguments, added) in models.items()}
    return {"timm": timm.__version__, "shared": shared, "models": compact}


def lines(name: str) -> list[str]:
    """Name and shape of each parameter, in alphabetical order."""
    try:
        with torch.device("meta"):
            model = timm.create_model(name)
    except NotImplementedError:  # computes with tensors while it is built
        model = timm.create_model(name)
    return sorted(f"{key}:{','.join(map(str, value.shape))}" for key, value in model.named_parameters())


def module_of(name: str) -> str:
    return model_entrypoint(name).__module__.rpartition(".")[2]


def checksum(text: str) -> str:
    """64-bit FNV-1a."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def parameters(names: list[str]) -> dict:
    result = {}
    for name in names:
        listed = lines(name)
        shapes = [[int(size) for size in line.partition(":")[2].split(",") if size] for line in listed]
        result[name] = [sum(int(torch.Size(shape).numel()) for shape in shapes), checksum("\n".join(listed))]
    return result


def write(document: dict, key: str | None, path: Path) -> None:
    """One model a line, so that changes can be read."""
    dump = functools.partial(json.dumps, separators=(",", ":"))
    entries = document if key is None else document[key]
    body = ",\n".join(f"{dump(name)}:{dump(value)}" for name, value in sorted(entries.items()))
    head = "" if key is None else "".join(f"{dump(name)}:{dump(value)},\n" for name, value in document.items() if name != key)
    path.write_text("{" + head + (f"{dump(key)}:{{\n{body}\n}}" if key else f"\n{body}\n") + "}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--parameters", type=Path)
    parser.add_argument("--modules", help="of timm, for --parameters")
    parser.add_argument("--list", metavar="NAME")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    if args.list:
        print("\n".join(lines(args.list)))
        return
    models = record_all()
    if args.table:
        write(share(models), "models", args.table)
    if args.parameters:
        wanted = set((args.modules or "").split(","))
        write(parameters([name for name in models if module_of(name) in wanted]), None, args.parameters)


if __name__ == "__main__":
    main()
