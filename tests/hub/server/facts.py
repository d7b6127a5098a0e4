"""What the hub reads out of a repository's files: the card's front matter, the configuration, parameters."""

import json

try:
    import yaml
except ImportError:  # then a scenario gives "cardData" itself
    yaml = None


def card_of(files):
    """(front matter, Markdown body) of README.md, or (None, '')."""
    blob = files.get("README.md")
    text = blob.read().decode("utf-8", "replace") if blob else ""
    if not text.startswith("---\n") or (end := text.find("\n---", 4)) < 0:
        return None, text
    data = None
    if yaml:
        try:
            data = yaml.safe_load(text[4:end])
        except yaml.YAMLError:
            pass
    return data if isinstance(data, dict) else None, text[end + 4 :].lstrip("\n")


def facts_of(files):
    facts = {"config": config_of(files)}
    if parameters := parameters_of(files):
        facts["safetensors"] = {"parameters": parameters, "total": sum(parameters.values())}
    card, _ = card_of(files)
    if card:
        facts["cardData"] = card
        facts["tags"] = tags_of(card)
        for name in ("pipeline_tag", "library_name"):
            if name in card:
                facts[name] = card[name]
    return facts


def config_of(files):
    config = {k: v for k, v in json_of(files, "config.json").items() if k in ("architectures", "model_type")}
    tokenizer = json_of(files, "tokenizer_config.json")
    kept = {k: v for k, v in tokenizer.items() if k.endswith("_token") or k == "chat_template"}
    return {**config, **({"tokenizer_config": kept} if kept else {})}


def json_of(files, name):
    try:
        value = json.loads(files[name].read())
    except (KeyError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def parameters_of(files):
    """Count of values by type over all safetensors files."""
    counts = {}
    for name, blob in files.items():
        if not name.endswith(".safetensors"):
            continue
        try:
            with open(blob.path, "rb") as file:
                header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            for key, tensor in header.items():
                if key != "__metadata__":
                    count = 1
                    for extent in tensor["shape"]:
                        count *= extent
                    counts[tensor["dtype"]] = counts.get(tensor["dtype"], 0) + count
        except (ValueError, KeyError, TypeError, OverflowError, MemoryError):
            continue  # the hub shows nothing for a file that it cannot read
    return counts


def tags_of(card):
    tags = [str(t) for t in as_list(card.get("tags"))]
    tags += [str(card[k]) for k in ("library_name", "pipeline_tag") if k in card]
    tags += [str(t) for t in as_list(card.get("language"))]
    for key, prefix in (("license", "license:"), ("datasets", "dataset:")):
        tags += [prefix + str(t) for t in as_list(card.get(key))]
    relation = card.get("base_model_relation")
    for base in as_list(card.get("base_model")):
        tags.append(f"base_model:{base}")
        if relation:
            tags.append(f"base_model:{relation}:{base}")
    return list(dict.fromkeys(tags))


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]
