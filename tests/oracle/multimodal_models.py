"""Tiny random checkpoints of models that see pictures and read texts, for make_models.py.

Where a case has generation.json, its model writes about the first picture: generate()'s fields, the ids that went in and
what the reference wrote.
"""

import copy
import json
from pathlib import Path

import torch
import transformers
from detector_models import randomize
from safetensors.torch import save_file

TOWER = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
TEXT = TOWER | dict(vocab_size=96, max_position_embeddings=32, eos_token_id=95)
SPECIAL = dict(bos_token_id=1, sep_token_id=3, pad_token_id=0)
PICTURE = TOWER | dict(image_size=24, patch_size=8)
TOWERS = dict(text_config=TEXT, vision_config=PICTURE, projection_dim=24, num_labels=5)
BLIP = TOWERS | dict(text_config=TEXT | SPECIAL)
PATCHES = TOWERS | dict(vision_config=TOWER | dict(patch_size=8, num_patches=9))


OPT = dict(model_type="opt", vocab_size=96, hidden_size=24, ffn_dim=40, num_hidden_layers=2, num_attention_heads=4,
           max_position_embeddings=32, word_embed_proj_dim=24, bos_token_id=2, eos_token_id=2, pad_token_id=1)
T5 = dict(model_type="t5", vocab_size=96, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=4)
QUERIES = 3  # of BLIP-2 for each picture, whose places in a prompt hold this token
PLACE = 90


def blip2(language: dict, **changes) -> dict:
    return dict(vision_config=PICTURE, qformer_config=TEXT | dict(use_qformer_text_input=True), text_config=language,
                num_query_tokens=QUERIES, image_token_index=PLACE, image_text_hidden_size=20) | changes


def text() -> dict[str, torch.Tensor]:
    ids = torch.randint(3, 95, (2, 11))
    mask = torch.ones_like(ids)
    ids[0, 9] = 95
    ids[1, 8:], mask[1, 8:] = 0, 0
    return {"input_ids": ids, "attention_mask": mask}


def pictures() -> dict[str, torch.Tensor]:
    return {"pixel_values": torch.randn(2, 3, 24, 24)}


def patches() -> dict[str, torch.Tensor]:
    """Those of two pictures of 2 × 5 and 3 × 1 patches."""
    mask = torch.ones(2, 10, dtype=torch.long)
    mask[1, 3:] = 0
    return {"pixel_values": torch.randn(2, 10, 192), "pixel_attention_mask": mask,
            "spatial_shapes": torch.tensor([[2, 5], [3, 1]])}


def larger() -> dict[str, torch.Tensor]:
    """Pictures of another size than the configuration's."""
    return {"pixel_values": torch.randn(2, 3, 26, 40), "interpolate_pos_encoding": torch.tensor(True)}


def both() -> dict[str, torch.Tensor]:
    return text() | pictures()


def question() -> dict[str, torch.Tensor]:
    return both() | {"decoder_input_ids": torch.randint(3, 96, (2, 7))}


def prompt() -> dict[str, torch.Tensor]:
    """A text after the places of BLIP-2's queries."""
    inputs = both()
    inputs["input_ids"][:, :QUERIES] = PLACE
    return inputs


def short_prompt() -> dict[str, torch.Tensor]:
    """A prompt that lacks places: the last features find none."""
    inputs = prompt()
    inputs["input_ids"][:, 0] = 7
    return inputs


def prompt_and_answer() -> dict[str, torch.Tensor]:
    return prompt() | {"decoder_input_ids": torch.randint(3, 90, (2, 6))}


def caption() -> dict[str, torch.Tensor]:
    ids, mask = torch.randint(4, 96, (2, 7)), torch.ones(2, 7, dtype=torch.long)
    ids[1, 5:], mask[1, 5:] = 1, 0
    return pictures() | {"decoder_input_ids": ids, "decoder_attention_mask": mask}


def captioner(encoder: str, decoder: str, **changes) -> dict:
    """A vision model of one type before a decoder of another."""
    seen = PICTURE | dict(model_type=encoder)
    if encoder == "swin":
        seen = dict(model_type=encoder, embed_dim=8, depths=[2, 2], num_heads=[2, 4], window_size=3, image_size=24,
                    patch_size=2, mlp_ratio=2.0)
    sizes = TEXT | dict(bos_token_id=0, pad_token_id=1, eos_token_id=2, type_vocab_size=2)
    if decoder == "trocr":
        sizes = dict(vocab_size=96, d_model=24, decoder_layers=2, decoder_attention_heads=4, decoder_ffn_dim=40,
                     max_position_embeddings=32)
    if decoder == "gpt2":
        sizes = dict(vocab_size=96, n_embd=24, n_head=4, n_layer=2, n_positions=32)
    asked = dict(model_type=decoder, is_decoder=True, add_cross_attention=True)
    return dict(encoder=seen, decoder=sizes | asked | changes, decoder_start_token_id=2, pad_token_id=1)


# class, model type, what its configuration changes, inputs
CASES = (
    ("CLIPModel", "clip", TOWERS, both),
    ("CLIPForImageClassification", "clip", TOWERS, pictures),
    ("CLIPTextModelWithProjection", "clip_text_model", TEXT | dict(projection_dim=24, eos_token_id=2), text),
    ("CLIPVisionModelWithProjection", "clip_vision_model", PICTURE | dict(projection_dim=24), pictures),
    ("SiglipModel", "siglip", TOWERS, both),
    ("SiglipVisionModel", "siglip_vision_model", PICTURE, pictures),
    ("Siglip2Model", "siglip2", PATCHES, lambda: text() | patches()),
    ("Siglip2ForImageClassification", "siglip2", PATCHES, patches),
    ("BlipModel", "blip", TOWERS, both),
    ("BlipForConditionalGeneration", "blip", BLIP, both),
    ("BlipForQuestionAnswering", "blip", BLIP, question),
    ("BlipForImageTextRetrieval", "blip", TOWERS, both),
    ("CLIPModel-larger", "clip", TOWERS, lambda: text() | larger()),
    ("SiglipVisionModel-larger", "siglip_vision_model", PICTURE, larger),
    ("BlipForConditionalGeneration-larger", "blip", BLIP, lambda: text() | larger()),
    ("VisionEncoderDecoderModel-vit-trocr", "vision-encoder-decoder", captioner(
        "vit", "trocr", cross_attention_hidden_size=32, scale_embedding=True, layernorm_embedding=False,
        use_learned_position_embeddings=False), caption),
    ("VisionEncoderDecoderModel-deit-trocr", "vision-encoder-decoder", captioner(
        "deit", "trocr", activation_function="relu", tie_word_embeddings=False), caption),
    ("VisionEncoderDecoderModel-swin-gpt2", "vision-encoder-decoder", captioner("swin", "gpt2"), caption),
    ("VisionEncoderDecoderModel-beit-bert", "vision-encoder-decoder", captioner("beit", "bert"), caption),
    ("VisionEncoderDecoderModel-dinov2-roberta", "vision-encoder-decoder", captioner("dinov2", "roberta"), caption),
    ("VisionEncoderDecoderModel-clip-electra", "vision-encoder-decoder", captioner(
        "clip_vision_model", "electra", embedding_size=24), caption),
    ("Blip2ForConditionalGeneration", "blip-2", blip2(OPT), prompt),
    ("Blip2Model", "blip-2", blip2(OPT | dict(do_layer_norm_before=False, word_embed_proj_dim=16)),
     short_prompt),
    ("Blip2ForConditionalGeneration-t5", "blip-2", blip2(T5), prompt_and_answer),
    ("Blip2TextModelWithProjection", "blip-2", blip2(OPT), text),
    ("Blip2VisionModelWithProjection", "blip-2", blip2(OPT, vision_config=PICTURE | dict(qkv_bias=False)), pictures),
    ("Blip2ForImageTextRetrieval", "blip-2", blip2(OPT), prompt),
    ("Blip2ForImageTextRetrieval-matching", "blip-2", blip2(OPT, image_token_index=None),
     lambda: both() | {"use_image_text_matching_head": torch.tensor(True)}),
    ("TrOCRForCausalLM", "trocr", dict(vocab_size=96, d_model=24, decoder_layers=2, decoder_attention_heads=4,
                                       decoder_ffn_dim=40, max_position_embeddings=32), text),
)


def flat(outputs: dict, prefix: str = "") -> dict[str, torch.Tensor]:
    """Every tensor of an output by name, those inside of tuples and of outputs of parts too."""
    result = {}
    for name, value in outputs.items():
        if isinstance(value, torch.Tensor):
            result[prefix + name] = value.clone().contiguous()
        elif isinstance(value, (list, tuple)):
            result |= flat({str(i): item for i, item in enumerate(value)}, f"{prefix}{name}.")
        elif isinstance(value, dict):
            result |= flat(value, f"{prefix}{name}.")
    return result


# What generate() is asked for.
GREEDY = dict(max_new_tokens=9, no_repeat_ngram_size=1)
BEAMS = GREEDY | dict(num_beams=3, num_return_sequences=2)


def written(rows: torch.Tensor, prompt: int, end: int) -> list[list[int]]:
    """The new ids of each row, up to its end token."""
    result = []
    for row in rows[:, prompt:].tolist():
        result.append(row[:row.index(end) + 1] if end in row else row)
    return result


def generations(model, class_name: str, inputs: dict[str, torch.Tensor]) -> list[dict]:
    """What the model writes about the first picture."""
    results = []

    def add(fields: dict, prompt: list[int], end: int, encoder: list[int] = (), **ids) -> None:
        size = dict(interpolate_pos_encoding=True) if "interpolate_pos_encoding" in inputs else {}
        rows = model.generate(pixel_values=inputs["pixel_values"][:1], **size, **ids, **fields)
        results.append({"config": fields | dict(eos_token_id=end, decoder_start_token_id=prompt[0]), "prompt": prompt,
                        "encoder": list(encoder), "sequences": written(rows, len(prompt), end)})

    for fields in (GREEDY, BEAMS):
        if class_name == "VisionEncoderDecoderModel":
            add(fields, [2], 2, decoder_start_token_id=2, eos_token_id=2, pad_token_id=1)
        if class_name == "BlipForConditionalGeneration":
            add(fields, [1], 3)
            add(fields, [1, 20, 31], 3, input_ids=torch.tensor([[5, 20, 31, 3]]))
        if class_name == "Blip2ForConditionalGeneration":
            ids = [PLACE] * QUERIES + [2, 21, 30]
            if model.config.text_config.model_type == "t5":
                add(fields, [0], 1, ids, input_ids=torch.tensor([ids]), decoder_start_token_id=0, eos_token_id=1)
            else:
                add(fields, ids, 2, input_ids=torch.tensor([ids]))
        if class_name == "BlipForQuestionAnswering":
            add(fields, [1], 3, [7, 40, 21, 8], input_ids=torch.tensor([[7, 40, 21, 8]]))
    return results


@torch.no_grad()
def write(folder: Path, class_name: str, model_type: str, changes: dict, inputs: dict[str, torch.Tensor]) -> None:
    config = transformers.AutoConfig.for_model(model_type, **copy.deepcopy(changes))
    config._attn_implementation = "eager"
    model_class = getattr(transformers, class_name)
    model = model_class(config).eval()
    randomize(model)
    model.save_pretrained(folder)
    model = model_class.from_pretrained(folder, attn_implementation="eager").eval()
    if model_type == "vision-encoder-decoder":  # a table of waves is lost in loading
        for part in model.modules():
            if isinstance(vars(part).get("weights"), torch.Tensor):
                part.weights = part.get_embedding(*part.weights.shape, part.padding_idx)
    decoded = {}
    if class_name == "BlipForQuestionAnswering":  # does not give the answer's scores itself
        model.text_decoder.register_forward_hook(lambda module, args, output: decoded.update(logits=output.logits))
    save_file(inputs, folder / "inputs.safetensors")
    save_file(flat(model(**inputs)) | flat(decoded), folder / "expected.safetensors")
    if about := generations(model, class_name, inputs):
        (folder / "generation.json").write_text(json.dumps(about))


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(name))
        write(out / name, name.split("-")[0], model_type, changes, inputs())
    return len(CASES)
