"""The reference's pipelines of pictures with texts on tiny random models: cases for make_pipelines.py.

transformers 5 has no image-to-text and visual-question-answering: they are computed from its models.
"""

import copy

import torch
import transformers
from make_joint import QUESTION, TILES, square, tokenizer
from PIL import Image
from transformers.utils.chat_template_utils import Chat

TASK = "image-text-to-text"
CHAT = ("{% for m in messages %}{{ m.role | upper }}:{% if m.content is string %} {{ m.content }}{% else %}{% for part in m.content %}"
        "{% if part.type == 'image' %}PLACE{% else %} {{ part.text }}{% endif %}{% endfor %}{% endif %}\n{% endfor %}"
        "{% if add_generation_prompt %}ASSISTANT:{% endif %}")
TOWER = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
SHORT = dict(max_new_tokens=9)


def text_of(tokenizer, **more) -> dict:
    return TOWER | dict(vocab_size=len(tokenizer), num_key_value_heads=2, max_position_embeddings=512, bos_token_id=0,
                        eos_token_id=1, pad_token_id=2) | more


def models(kit) -> None:
    """Each with its processor and, but for PaliGemma, a chat template."""
    words = tokenizer("<image>")
    image = words.convert_tokens_to_ids("<image>")
    kit.model("llava", "LlavaForConditionalGeneration", "llava", transformers.LlavaProcessor(
        transformers.LlavaImageProcessor(size={"shortest_edge": 42}, crop_size=square(42)), words, patch_size=14,
        vision_feature_select_strategy="default", num_additional_image_tokens=1, chat_template=CHAT.replace("PLACE", "<image>")),
        image_token_index=image, text_config=text_of(words, model_type="llama"),
        vision_config=TOWER | dict(model_type="clip_vision_model", image_size=42, patch_size=14))
    pictures = transformers.SiglipImageProcessor(size=square(28))
    pictures.image_seq_length = 4
    words = tokenizer("<image>")
    kit.model("paligemma", "PaliGemmaForConditionalGeneration", "paligemma", transformers.PaliGemmaProcessor(pictures, words),
              image_token_index=image, projection_dim=32, hidden_size=32,
              text_config=text_of(words, model_type="gemma", num_key_value_heads=1, head_dim=8),
              vision_config=TOWER | dict(model_type="siglip_vision_model", image_size=28, patch_size=14, vision_use_head=False))
    words = tokenizer("<image>", *TILES)
    kit.model("idefics3", "Idefics3ForConditionalGeneration", "idefics3", transformers.Idefics3Processor(
        transformers.Idefics3ImageProcessor(size={"longest_edge": 80}, max_image_size={"longest_edge": 40}), words,
        image_seq_len=4, chat_template=CHAT.replace("PLACE", "<image>")),
        image_token_id=image, scale_factor=2, pad_token_id=2, text_config=text_of(words, model_type="llama"),
        vision_config=TOWER | dict(image_size=40, patch_size=10))
    words = tokenizer("<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>")
    ids = words.convert_tokens_to_ids(["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"])
    kit.model("qwen2_vl", "Qwen2VLForConditionalGeneration", "qwen2_vl", transformers.Qwen2VLProcessor(
        transformers.Qwen2VLImageProcessor(patch_size=7, min_pixels=1000, max_pixels=9000), words,
        transformers.Qwen2VLVideoProcessor(), chat_template=CHAT.replace("PLACE", "<|vision_start|><|image_pad|><|vision_end|>")),
        **dict(zip(("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id"), ids)),
        text_config=text_of(words, rope_parameters=dict(rope_type="default", rope_theta=10000.0, mrope_section=[1, 1, 2])),
        vision_config=dict(depth=2, embed_dim=32, hidden_size=32, num_heads=4, mlp_ratio=2, patch_size=7))


def blip_models(kit, words) -> None:
    begin, end = words.cls_token_id, words.sep_token_id
    config = dict(text_config=TOWER | dict(vocab_size=len(words), encoder_hidden_size=32, max_position_embeddings=64,
                                           bos_token_id=begin, eos_token_id=end, sep_token_id=end, pad_token_id=words.pad_token_id),
                  vision_config=TOWER | dict(image_size=40, patch_size=10), projection_dim=16)
    processor = transformers.BlipProcessor(transformers.BlipImageProcessor(size=square(40)), words)
    kit.model("blip", "BlipForConditionalGeneration", "blip", processor, **config)
    kit.model("blip-vqa", "BlipForQuestionAnswering", "blip", processor, **config)
    marked = tokenizer("<image>")
    image = marked.convert_tokens_to_ids("<image>")
    kit.model("blip-2", "Blip2ForConditionalGeneration", "blip-2", transformers.Blip2Processor(
        transformers.BlipImageProcessor(size=square(40)), marked, num_query_tokens=3),
        image_token_index=image, num_query_tokens=3, vision_config=TOWER | dict(image_size=40, patch_size=10),
        qformer_config=TOWER | dict(encoder_hidden_size=32, vocab_size=99),
        text_config=dict(model_type="opt", vocab_size=len(marked), hidden_size=32, ffn_dim=48, num_hidden_layers=2,
                         num_attention_heads=4, max_position_embeddings=128, word_embed_proj_dim=32, bos_token_id=0,
                         eos_token_id=1, pad_token_id=2))
    kit.model("vit-gpt2", "VisionEncoderDecoderModel", "vision-encoder-decoder", transformers.ViTImageProcessor(size=square(40)),
              marked, encoder=TOWER | dict(model_type="vit", image_size=40, patch_size=10),
              decoder=dict(model_type="gpt2", vocab_size=len(marked), n_embd=32, n_head=4, n_layer=2, n_positions=64,
                           is_decoder=True, add_cross_attention=True, bos_token_id=0, eos_token_id=1),
              decoder_start_token_id=0, pad_token_id=2, eos_token_id=1)


def with_pictures(value, opened: dict):
    """Messages with pictures instead of their files, which are kept in `opened`."""
    if isinstance(value, dict):
        return {key: with_pictures(member, opened) for key, member in value.items()}
    if isinstance(value, list):
        return [with_pictures(member, opened) for member in value]
    if value.endswith((".png", ".jpg")):
        picture = Image.open(value).convert("RGB")
        opened[id(picture)] = (value, picture)
        return picture
    return value


def with_files(value, opened: dict):
    if isinstance(value, dict):
        return {key: with_files(member, opened) for key, member in value.items()}
    if isinstance(value, list):
        return [with_files(member, opened) for member in value]
    if torch.is_tensor(value):
        return value.tolist()
    if isinstance(value, Chat):
        return with_files(value.messages, opened)
    return opened[id(value)][0] if id(value) in opened else value


class Runner:
    def __init__(self, kit, name: str):
        self.kit, self.name = kit.kit, name
        self.pipeline = transformers.pipeline(TASK, str(self.kit.out / name), dtype=torch.float32, device="cpu")

    def chat(self, messages, **options) -> None:
        opened = {}
        result = self.pipeline(text=with_pictures(messages, opened), **copy.deepcopy(options))
        self.kit.add(self.name, TASK, messages, with_files(result, opened), **options)

    def text(self, text: str, *files: str, **options) -> None:
        pictures = [Image.open(file).convert("RGB") for file in files]
        result = self.pipeline(images=[pictures] if len(pictures) > 1 else pictures[0], text=text, **copy.deepcopy(options))
        given = {"images": list(files) if len(files) > 1 else files[0], "text": text}
        self.kit.add(self.name, TASK, given, with_files(result, {}), **options)


def image_text_to_text(kit) -> None:
    tall, wide, grey = kit.pictures
    for name, place in (("llava", "<image>"), ("idefics3", "<image>"), ("qwen2_vl", "<|vision_start|><|image_pad|><|vision_end|>")):
        run = Runner(kit, name)
        ask = [{"role": "user", "content": [{"type": "image", "url": tall}, {"type": "text", "text": QUESTION}]}]
        begun = ask + [{"role": "assistant", "content": [{"type": "text", "text": "It is"}]}]
        two = begun + [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": wide}}, {"type": "text", "text": "And now?"}]}]
        for messages in (ask, begun, two):
            run.chat(messages, **SHORT)
        run.text(f"{place}{QUESTION}", grey, **SHORT)
    run = Runner(kit, "llava")
    for options in (dict(return_full_text=False), dict(return_tensors=True), dict(skip_special_tokens=False),
                    dict(stop_sequence=["e", "o"]), dict(generate_kwargs={"repetition_penalty": 1.2})):
        run.chat(ask, **options, **SHORT)
    run.text("<image>And<image>?", tall, wide, **SHORT)
    run = Runner(kit, "paligemma")
    for file in kit.pictures:
        run.text(f"<image>{QUESTION}", file, **SHORT)
    for name in ("blip", "blip-2"):
        run = Runner(kit, name)
        for file in kit.pictures:
            run.text("The city", file, **SHORT)


def load(kit, name: str, class_name: str):
    folder = kit.kit.out / name
    return (getattr(transformers, class_name).from_pretrained(folder).eval(), transformers.AutoImageProcessor.from_pretrained(folder),
            transformers.AutoTokenizer.from_pretrained(folder))


def prompted(name: str, tokenizer, model, text: str) -> dict[str, torch.Tensor]:
    """BLIP-2's query tokens stand in front, as its processor puts them."""
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    if name == "blip-2":
        ids = torch.cat([torch.full((1, model.config.num_query_tokens), model.config.image_token_index), ids], 1)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@torch.no_grad()
def older_pipelines(kit) -> None:
    for name, class_name in (("blip", "BlipForConditionalGeneration"), ("blip-2", "Blip2ForConditionalGeneration"),
                             ("vit-gpt2", "VisionEncoderDecoderModel")):
        model, images, words = load(kit, name, class_name)
        prompts = (None,) if name == "vit-gpt2" else (None, "The city")
        for file in kit.pictures:
            for prompt in prompts:
                inputs = images(Image.open(file).convert("RGB"), return_tensors="pt")
                if prompt:
                    inputs |= prompted(name, words, model, prompt)
                rows = model.generate(**inputs, max_new_tokens=9, do_sample=False)
                expected = [{"generated_text": words.decode(row, skip_special_tokens=True)} for row in rows]
                kit.kit.add(name, "image-to-text", {"image": file}, expected, **SHORT | ({"prompt": prompt} if prompt else {}))
    for name, class_name in (("blip-vqa", "BlipForQuestionAnswering"), ("blip-2", "Blip2ForConditionalGeneration")):
        model, images, words = load(kit, name, class_name)
        for file in kit.pictures:
            inputs = images(Image.open(file).convert("RGB"), return_tensors="pt") | prompted(name, words, model, QUESTION)
            rows = model.generate(**inputs, max_new_tokens=9)
            expected = [{"answer": words.decode(row, skip_special_tokens=True).strip()} for row in rows]
            kit.kit.add(name, "visual-question-answering", {"image": file, "question": QUESTION}, expected, max_new_tokens=9)


def picture_text_cases(pictures, words) -> None:
    models(pictures)
    blip_models(pictures, words)
    image_text_to_text(pictures)
    older_pipelines(pictures)
