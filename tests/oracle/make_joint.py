"""Writes folders of joint processors, and the tensors that transformers makes with them of texts and pictures.

    make_joint.py --out DIR

DIR/images/ holds the pictures, DIR/<case>/ the files of one processor. DIR/cases.json lists cases of name, folder, texts
and images, or of messages with the text that the chat template makes of them; DIR/expected.safetensors holds their tensors as `<name>/<tensor>`.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
from make_media import picture
from make_pipelines import byte_pairs, unigram, word_piece
from PIL import Image
from safetensors.torch import save_file
from transformers.image_utils import load_image
from transformers.models.smolvlm import processing_smolvlm

processing_smolvlm.num2words = str  # only texts about videos need the package
SIZES = {"wide.png": (37, 53), "tall.png": (120, 45), "large.png": (301, 207)}
ROLES = dict(bos_token="<s>", eos_token="</s>", pad_token="<pad>")
QUESTION = "What is in Zürich?"
TILES = ("<fake_token_around_image>", "<global-img>", "<end_of_utterance>",
         *(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)))


def tokenizer(*special: str, **roles) -> transformers.PreTrainedTokenizerBase:
    """Byte pairs whose texts begin with <s>, as those of Llama and Gemma do."""
    from tokenizers import processors
    result = byte_pairs(("<s>", "</s>", "<pad>", *special), **ROLES, **roles)
    result.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])
    result.model_max_length = 100_000
    return result


def square(edge: int) -> dict:
    return {"height": edge, "width": edge}


class Cases:
    def __init__(self, out: Path):
        self.out, self.cases, self.tensors = out, [], {}

    def processor(self, folder: str, kind: str, image_processor, tokenizer, **settings) -> None:
        processor = getattr(transformers, kind)(image_processor=image_processor, tokenizer=tokenizer, **settings)
        processor.save_pretrained(self.out / folder)

    def add(self, folder: str, texts: list[str], images: list[str], **options) -> None:
        processor = transformers.AutoProcessor.from_pretrained(self.out / folder)
        pictures = [load_image(str(self.out / "images" / name)) for name in images]
        one = texts[0] if len(texts) == 1 else texts
        # A nested list of pictures belongs to one text; two towers take a flat one.
        nested = processor.__class__.__name__ not in ("CLIPProcessor", "SiglipProcessor", "Siglip2Processor",
                                                      "BlipProcessor", "Blip2Processor", "Qwen2VLProcessor", "LlavaProcessor")
        given = None if not pictures else [pictures] if nested else pictures
        outputs = processor(images=given, text=one, return_tensors="pt", **options)
        name = f"{folder} {len(self.cases)}"
        self.cases.append({"name": name, "folder": folder, "texts": texts, "images": images})
        for key, value in outputs.items():
            if key != "labels":  # for training, which has its own batches
                self.tensors[f"{name}/{key}"] = value.contiguous()


def two_towers(cases: Cases) -> None:
    names = list(SIZES)
    both = [QUESTION, "A dog"]
    cases.processor("clip", "CLIPProcessor", transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=square(32)), tokenizer())
    cases.processor("siglip", "SiglipProcessor", transformers.SiglipImageProcessor(size=square(32)),
                    tokenizer(model_input_names=["input_ids"]))
    # Its own size of patches counts more than that of the file.
    cases.processor("siglip2", "Siglip2Processor", transformers.Siglip2ImageProcessor(patch_size=8, max_num_patches=40), tokenizer())
    cases.processor("blip", "BlipProcessor", transformers.BlipImageProcessor(size=square(40)), word_piece())
    for folder in ("clip", "siglip", "siglip2", "blip"):
        cases.add(folder, [QUESTION], names[:1])
        cases.add(folder, both, names[:2], **({} if folder == "siglip2" else {"padding": True}))
    for folder, count in (("blip2", 5), ("blip2-bare", None)):
        cases.processor(folder, "Blip2Processor", transformers.BlipImageProcessor(size=square(40)), tokenizer(),
                        num_query_tokens=count)
        cases.add(folder, [QUESTION], names[:1])
    cases.add("blip2", [QUESTION], [])


def places(cases: Cases) -> None:
    wide, tall, large = SIZES
    one, two = f"USER: <image>\n{QUESTION}", "<image>And<image> now?"
    image = transformers.LlavaImageProcessor(size={"shortest_edge": 42}, crop_size=square(42))
    cases.processor("llava", "LlavaProcessor", image, tokenizer("<image>"), patch_size=14,
                    vision_feature_select_strategy="default", num_additional_image_tokens=1)
    cases.processor("llava-full", "LlavaProcessor", transformers.LlavaImageProcessor(size={"shortest_edge": 42}, do_center_crop=False),
                    tokenizer("<image>"), patch_size=6, vision_feature_select_strategy="full")
    image = transformers.SiglipImageProcessor(size=square(28))
    image.image_seq_length = 4
    cases.processor("paligemma", "PaliGemmaProcessor", image, tokenizer("<image>"))
    for name in ("llava", "paligemma"):
        cases.add(name, [one], [large])
        cases.add(name, [two], [wide, tall])
    cases.add("llava", [QUESTION], [])
    cases.add("llava-full", [one], [tall])
    cases.add("paligemma", [QUESTION], [large])
    for kind, folder in (("Idefics3", "idefics3"), ("SmolVLM", "smolvlm")):
        image = getattr(transformers, f"{kind}ImageProcessor")(size={"longest_edge": 150}, max_image_size={"longest_edge": 60})
        more = {"video_processor": transformers.SmolVLMVideoProcessor()} if kind == "SmolVLM" else {}
        cases.processor(folder, f"{kind}Processor", image, tokenizer("<image>", *TILES), image_seq_len=3, **more)
        for picture_name in SIZES:
            cases.add(folder, [one], [picture_name])
        cases.add(folder, [two], [large, wide])
        cases.add(folder, [QUESTION], [])
    image = transformers.Qwen2VLImageProcessor(patch_size=7, min_pixels=1000, max_pixels=9000)
    cases.processor("qwen2_vl", "Qwen2VLProcessor", image, tokenizer("<|image_pad|>", "<|video_pad|>"),
                    video_processor=transformers.Qwen2VLVideoProcessor())
    for texts, images in ((one, [tall]), (two, [large, wide]), (QUESTION, [])):
        cases.add("qwen2_vl", [texts.replace("<image>", "<|vision_start|><|image_pad|><|vision_end|>")], images)


CHAT = ("{{ begin }}{% for m in messages %}{{ m.role | upper }}:{% for part in m.content %}{% if part.type == 'image' %}"
        "PLACE{% else %} {{ part.text }}{% endif %}{% endfor %}\n{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}")


def loaded(value):
    """Messages with pictures instead of their files: reading these needs more of torchvision than is installed."""
    if isinstance(value, dict):
        return {key: loaded(member) for key, member in value.items()}
    if isinstance(value, list):
        return [loaded(member) for member in value]
    return load_image(value) if value.endswith(".png") else value


def chats(cases: Cases) -> None:
    """Conversations with pictures, their templates in each of the places where transformers looks."""
    wide, tall, large = (str((cases.out / "images" / name).resolve()) for name in SIZES)
    ask = {"type": "text", "text": QUESTION}
    one = [{"role": "user", "content": [{"type": "image", "path": large}, ask]}]
    two = [{"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
           {"role": "user", "content": [{"type": "image", "url": wide}, ask, {"type": "image", "image": tall}]},
           {"role": "assistant", "content": [{"type": "text", "text": "A dog."}]},
           {"role": "user", "content": [{"type": "image_url", "image_url": {"url": wide}}, {"type": "image_url", "image_url": tall}]}]
    for folder, place, begin in (("llava", "<image>", "<s>"), ("idefics3", "<image>", ""),
                                 ("qwen2_vl", "<|vision_start|><|image_pad|><|vision_end|>", "")):
        template = CHAT.replace("{{ begin }}", begin and "{{ bos_token }}").replace("PLACE", place)
        path = cases.out / folder / "processor_config.json"
        if folder == "llava":
            path.write_text(json.dumps(json.loads(path.read_text()) | {"chat_template": template}))
            (cases.out / folder / "chat_template.jinja").write_text("not this one")
        elif folder == "idefics3":
            (cases.out / folder / "chat_template.json").write_text(json.dumps({"chat_template": template}))
            (cases.out / folder / "chat_template.jinja").write_text("not this one")
        else:
            (cases.out / folder / "chat_template.jinja").write_text(template)
        processor = transformers.AutoProcessor.from_pretrained(cases.out / folder)
        for messages in (one, two, [{"role": "user", "content": [ask]}]):
            name, given = f"{folder} chat {len(cases.cases)}", loaded(messages)
            text = processor.apply_chat_template(given, add_generation_prompt=True)
            outputs = processor.apply_chat_template(given, add_generation_prompt=True, tokenize=True, return_dict=True,
                                                    return_tensors="pt")
            cases.cases.append({"name": name, "folder": folder, "messages": messages, "text": text})
            cases.tensors |= {f"{name}/{key}": value.contiguous() for key, value in outputs.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    (out / "images").mkdir(parents=True, exist_ok=True)
    for seed, (name, (height, width)) in enumerate(SIZES.items()):
        Image.fromarray(picture(height, width, seed=seed)).save(out / "images" / name)
    cases = Cases(out)
    two_towers(cases)
    places(cases)
    chats(cases)
    (out / "cases.json").write_text(json.dumps(cases.cases, indent=1))
    save_file(cases.tensors, out / "expected.safetensors")


if __name__ == "__main__":
    main()
