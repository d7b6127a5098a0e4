"""Tiny random checkpoints of models that write text about pictures, for make_models.py.

Beside inputs and outputs of one pass a case has prompt.safetensors: the inputs of one prompt, and what transformers
generates from it with the greatest logit each time, with all logits.
"""

from pathlib import Path

import torch
import transformers
from multimodal_models import PICTURE, TOWER, write
from safetensors.torch import save_file

IMAGE, VIDEO = 90, 91
NEW_TOKENS = 12
TEXT = TOWER | dict(vocab_size=96, num_key_value_heads=2, head_dim=8, max_position_embeddings=64, pad_token_id=0,
                    bos_token_id=1, eos_token_id=2, num_hidden_layers=3)
LLAVA = dict(image_token_index=IMAGE, text_config=TEXT | dict(model_type="llama"),
             vision_config=PICTURE | dict(model_type="clip_vision_model", num_hidden_layers=3))
SEVERAL_LAYERS = LLAVA | dict(
    vision_feature_layer=[0, -1], vision_feature_select_strategy="full", multimodal_projector_bias=False,
    tie_word_embeddings=True, text_config=TEXT | dict(model_type="granite", embedding_multiplier=3.0),
    vision_config=PICTURE | dict(model_type="siglip_vision_model", vision_use_head=False))
OPT = LLAVA | dict(text_config=dict(
    model_type="opt", vocab_size=96, hidden_size=32, ffn_dim=48, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=64, word_embed_proj_dim=32, tie_word_embeddings=False))
PALIGEMMA = dict(image_token_index=IMAGE, projection_dim=32, hidden_size=32,
                 text_config=TEXT | dict(model_type="gemma", num_key_value_heads=1),
                 vision_config=PICTURE | dict(model_type="siglip_vision_model", vision_use_head=False))
PALIGEMMA2 = PALIGEMMA | dict(text_config=TEXT | dict(model_type="gemma2", sliding_window=4))
IDEFICS3 = dict(image_token_id=IMAGE, scale_factor=2, pad_token_id=0, text_config=TEXT | dict(model_type="llama"),
                vision_config=TOWER | dict(image_size=40, patch_size=8))
QWEN2_VL = dict(
    image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=92, vision_end_token_id=93,
    text_config={name: value for name, value in TEXT.items() if name != "head_dim"} | dict(
        rope_parameters=dict(rope_type="default", rope_theta=10000.0, mrope_section=[1, 1, 2])),
    vision_config=dict(depth=2, embed_dim=32, hidden_size=32, num_heads=4, mlp_ratio=2, patch_size=4))


def ids(*rows: list[int]) -> dict[str, torch.Tensor]:
    """Rows as a batch, filled up on the right."""
    longest = max(map(len, rows))
    return {"input_ids": torch.tensor([row + [0] * (longest - len(row)) for row in rows]),
            "attention_mask": torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])}


def words(count: int) -> list[int]:
    return torch.randint(3, IMAGE, (count,)).tolist()


def around(places: int, rows: int = 2) -> dict[str, torch.Tensor]:
    """Prompts with one picture of so many places each."""
    return ids(*(words(2 + i) + [IMAGE] * places + words(5 - i) for i in range(rows)))


def pictures(count: int = 2) -> dict[str, torch.Tensor]:
    return {"pixel_values": torch.randn(count, 3, 24, 24)}


def every_patch() -> dict[str, torch.Tensor]:
    return around(9) | pictures()


def prefix() -> dict[str, torch.Tensor]:
    inputs = every_patch()
    types = torch.zeros_like(inputs["input_ids"])
    types[:, 13:] = 1
    return inputs | {"token_type_ids": types}


def prefix_prompt() -> dict[str, torch.Tensor]:
    prompt = around(9, 1) | pictures(1)
    return prompt | {"token_type_ids": torch.zeros_like(prompt["input_ids"])}


def squares() -> dict[str, torch.Tensor]:
    """Two pictures for one prompt and one for the other; parts of them are padding."""
    values, seen = torch.randn(2, 2, 3, 32, 32), torch.ones(2, 2, 32, 32, dtype=torch.long)
    values[1, 1] = 0
    seen[0, 1, 24:], seen[1, 0, :, 17:] = 0, 0
    prompts = ids(words(3) + [IMAGE] * 4 + words(1) + [IMAGE] * 4 + words(2), words(2) + [IMAGE] * 4 + words(5))
    return prompts | {"pixel_values": values, "pixel_attention_mask": seen}


def squares_prompt() -> dict[str, torch.Tensor]:
    return ids(words(2) + [IMAGE] * 4 + words(3) + [IMAGE] * 4) | {"pixel_values": torch.randn(1, 2, 3, 32, 32)}


def grids(rows: list[list[int]], of_images: list[list[int]], of_videos: list[list[int]]) -> dict[str, torch.Tensor]:
    """Prompts with pictures and videos of these numbers of frames, rows and columns of patches."""
    inputs = ids(*rows)
    tokens = inputs["input_ids"]
    inputs["mm_token_type_ids"] = (tokens == IMAGE).long() + 2 * (tokens == VIDEO).long()
    for values, name, sizes in (("pixel_values", "image_grid_thw", of_images),
                                ("pixel_values_videos", "video_grid_thw", of_videos)):
        inputs[name] = torch.tensor(sizes)
        inputs[values] = torch.randn(inputs[name].prod(-1).sum(), 96)
    return inputs


def films() -> dict[str, torch.Tensor]:
    return grids([words(3) + [92] + [IMAGE] * 6 + [93] + words(3),
                  words(1) + [92] + [VIDEO] * 12 + [93] + words(1) + [IMAGE] * 4 + words(2)],
                 [[1, 4, 6], [1, 4, 4]], [[3, 4, 4]])


def films_prompt() -> dict[str, torch.Tensor]:
    """The last frame lies behind the last word."""
    return grids([words(2) + [IMAGE] * 6 + words(1) + [VIDEO] * 24 + words(1)], [[1, 6, 4]], [[6, 4, 4]])


# folder, class, model type, what its configuration changes, inputs, a prompt to continue
CASES = (
    ("LlavaModel", "LlavaModel", "llava", LLAVA, every_patch, None),
    ("LlavaForConditionalGeneration", "LlavaForConditionalGeneration", "llava", LLAVA, every_patch,
     lambda: around(9, 1) | pictures(1)),
    ("Llava-layers", "LlavaForConditionalGeneration", "llava", SEVERAL_LAYERS, every_patch,
     lambda: around(9, 1) | pictures(1)),
    ("Llava-opt", "LlavaForConditionalGeneration", "llava", OPT, every_patch, lambda: around(9, 1) | pictures(1)),
    ("PaliGemmaForConditionalGeneration", "PaliGemmaForConditionalGeneration", "paligemma", PALIGEMMA, prefix,
     prefix_prompt),
    ("PaliGemma2", "PaliGemmaForConditionalGeneration", "paligemma", PALIGEMMA2, prefix, prefix_prompt),
    ("Idefics3ForConditionalGeneration", "Idefics3ForConditionalGeneration", "idefics3", IDEFICS3, squares,
     squares_prompt),
    ("Idefics3VisionTransformer", "Idefics3VisionTransformer", "idefics3_vision", IDEFICS3["vision_config"],
     lambda: {"pixel_values": torch.randn(2, 3, 24, 32)}, None),
    ("SmolVLMForConditionalGeneration", "SmolVLMForConditionalGeneration", "smolvlm", IDEFICS3, squares,
     squares_prompt),
    ("Qwen2VLForConditionalGeneration", "Qwen2VLForConditionalGeneration", "qwen2_vl", QWEN2_VL, films, films_prompt),
    ("Qwen2VLTextModel", "Qwen2VLTextModel", "qwen2_vl_text", QWEN2_VL["text_config"], lambda: ids(words(9)), None),
)


@torch.no_grad()
def continue_prompt(folder: Path, class_name: str, prompt: dict[str, torch.Tensor]) -> None:
    model = getattr(transformers, class_name).from_pretrained(folder, attn_implementation="eager").eval()
    model.generation_config.eos_token_id = None
    result = model.generate(**prompt, max_new_tokens=NEW_TOKENS, do_sample=False, output_logits=True,
                            return_dict_in_generate=True)
    prompt["generated"] = result.sequences[0, prompt["input_ids"].shape[1]:].contiguous()
    prompt["logits"] = torch.cat(result.logits)
    save_file(prompt, folder / "prompt.safetensors")


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, class_name, model_type, changes, inputs, prompt in CASES:
        torch.manual_seed(len(name))
        write(out / name, class_name, model_type, changes, inputs())
        if prompt:
            continue_prompt(out / name, class_name, prompt())
    return len(CASES)
