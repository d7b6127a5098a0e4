"""Cases for tests/chat: templates with what transformers' own environment renders.

Writes cases.json: a list of {name, template, messages, tools, variables, add_generation_prompt, and either
expected with spans (code points) or fails}.
"""

import argparse
import json
import pathlib
import sys

from transformers.utils import chat_template_utils

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from template_snippets import FAMILIES, FAMILY_INPUTS, SNIPPETS, VARIABLES

SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}


def rendered(case):
    compiled = chat_template_utils._compile_jinja_template(case["template"])
    names = {**SPECIAL, **case["variables"]}
    try:
        text, spans = chat_template_utils._render_with_assistant_indices(
            compiled, case["messages"], case["tools"], None, case["add_generation_prompt"], **names)
    except Exception as error:
        return {"fails": f"{type(error).__name__}: {error}"}
    return {"expected": text, "spans": [list(span) for span in spans]}


def with_result(case):
    try:
        return {**case, **rendered(case)}
    except Exception as error:  # a template that does not compile
        return {**case, "fails": f"{type(error).__name__}: {error}"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    plain = [{"role": "user", "content": "Grüße 👋 <b>"}, {"role": "assistant", "content": "Hi"}]
    cases = [{"name": f"snippet {i}: {source[:60]}", "template": source, "messages": plain, "tools": None,
              "variables": VARIABLES, "add_generation_prompt": True} for i, source in enumerate(SNIPPETS)]
    for family, source in FAMILIES.items():
        for name, inputs in FAMILY_INPUTS.items():
            for prompt in (True, False):
                cases.append({"name": f"{family}: {name}, {prompt}", "template": source,
                              "messages": inputs["messages"], "tools": inputs.get("tools"),
                              "variables": inputs.get("variables", {}), "add_generation_prompt": prompt})
    results = [with_result(case) for case in cases]
    (out / "cases.json").write_text(json.dumps({"special": SPECIAL, "cases": results}, ensure_ascii=False))
    failing = sum("fails" in result for result in results)
    print(f"{len(results)} cases, {failing} of them errors")


main()
