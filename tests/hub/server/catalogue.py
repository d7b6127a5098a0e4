"""Many models without files, for searching: {"count": N, "seed": S}."""

import random

TASKS = {"text-generation": "transformers", "fill-mask": "transformers", "image-classification": "timm",
         "automatic-speech-recognition": "transformers", "feature-extraction": "sentence-transformers"}
WORDS = ("aurora", "basalt", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "iris", "juniper")
SIZES = (22_000_000, 135_000_000, 360_000_000, 1_700_000_000, 8_000_000_000, 70_000_000_000)
LICENSES = ("apache-2.0", "mit", "llama3", "cc-by-4.0")


def catalogue(rule):
    chance = random.Random((rule or {}).get("seed", 1))
    for number in range((rule or {}).get("count", 0)):
        yield model(chance, number)


def model(chance, number):
    task = chance.choice(list(TASKS))
    total = chance.choice(SIZES)
    tags = [TASKS[task], task, "safetensors", f"license:{chance.choice(LICENSES)}", chance.choice(("en", "de", "fr"))]
    return {"id": f"{chance.choice(WORDS)}-lab/{chance.choice(WORDS)}-{total // 1_000_000}m-{number:05}",
            "pipeline_tag": task, "library_name": TASKS[task], "tags": tags,
            "likes": chance.randrange(10_000), "downloads": chance.randrange(10_000_000),
            "trendingScore": chance.randrange(1_000), "gated": chance.random() < 0.05 and "manual",
            "apps": ["vllm", "ollama"] if task == "text-generation" else [],
            "createdAt": f"20{chance.randrange(22, 26)}-{chance.randrange(1, 13):02}-15T08:00:00.000Z",
            "lastModified": f"2025-{chance.randrange(1, 13):02}-20T08:00:00.000Z",
            "safetensors": {"parameters": {"BF16": total}, "total": total},
            "files": {"config.json": {"text": '{"model_type": "llama"}'}}}
