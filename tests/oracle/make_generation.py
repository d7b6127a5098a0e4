"""Reference outputs for tests/generation: processed scores and generated ids of transformers.

Writes DIR/processors.json, DIR/strategies.json and DIR/model.json, which holds the table model: the scores
of the next token are A[last] + B[the one before], and for an encoder-decoder model + C[first input id].
"""

import argparse
import json
import logging
import math
import pathlib
import warnings

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GenerationConfig, GenerationMixin, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
VOCAB = 48


class TableConfig(PreTrainedConfig):
    model_type = "table"

    def __init__(self, is_encoder_decoder=False, **kwargs):
        super().__init__(is_encoder_decoder=is_encoder_decoder, **kwargs)
        self.vocab_size = VOCAB
        self.num_hidden_layers = 1


class Encoder(torch.nn.Module):
    main_input_name = "input_ids"

    def forward(self, input_ids=None, attention_mask=None, return_dict=True, **_):
        return BaseModelOutput(last_hidden_state=input_ids[:, :1, None].float())


class TableModel(PreTrainedModel, GenerationMixin):
    config_class = TableConfig
    main_input_name = "input_ids"

    def __init__(self, config):
        super().__init__(config)
        generator = torch.Generator().manual_seed(20)
        self.a, self.b, self.c = (
            torch.nn.Parameter(torch.randn(VOCAB, VOCAB, generator=generator) * scale) for scale in (2.0, 1.0, 1.0)
        )
        self.encoder = Encoder()

    def get_encoder(self):
        return self.encoder

    def _supports_default_dynamic_cache(self):
        return False

    def prepare_inputs_for_generation(self, input_ids, encoder_outputs=None, **_):
        name = "decoder_input_ids" if self.config.is_encoder_decoder else "input_ids"
        return {name: input_ids, "encoder_outputs": encoder_outputs}

    def forward(self, input_ids=None, decoder_input_ids=None, encoder_outputs=None, **_):
        ids = decoder_input_ids if decoder_input_ids is not None else input_ids
        logits = self.a[ids]
        if ids.shape[1] > 1:
            logits = torch.cat([logits[:, :1], logits[:, 1:] + self.b[ids[:, :-1]]], dim=1)
        if encoder_outputs is not None:
            logits = logits + self.c[encoder_outputs.last_hidden_state[:, 0, 0].long()][:, None]
        return Seq2SeqLMOutput(logits=logits)


def numbers(row):
    """JSON has no infinities: null is minus infinity."""
    return [None if value == -math.inf else value for value in row.tolist()]


def python_config(fields):
    fields = dict(fields)
    return GenerationConfig(**fields)


PROCESSORS = [
    dict(do_sample=True, top_k=0, temperature=0.7),
    dict(do_sample=True, top_k=0, temperature=1.9),
    dict(do_sample=True),
    dict(do_sample=True, top_k=1),
    dict(do_sample=True, top_k=7),
    dict(do_sample=True, top_k=100000),
    dict(do_sample=True, top_k=0, top_p=0.9),
    dict(do_sample=True, top_k=0, top_p=0.2),
    dict(do_sample=True, top_k=0, top_p=0.0),
    dict(do_sample=True, top_k=0, top_p=0.999),
    dict(do_sample=True, top_k=0, min_p=0.1),
    dict(do_sample=True, top_k=0, min_p=0.9),
    dict(do_sample=True, top_k=0, top_h=0.4),
    dict(do_sample=True, top_k=0, top_h=0.9),
    dict(do_sample=True, top_k=20, top_h=0.5),
    dict(do_sample=True, top_k=0, typical_p=0.3),
    dict(do_sample=True, top_k=0, typical_p=0.95),
    dict(do_sample=True, top_k=0, epsilon_cutoff=0.002),
    dict(do_sample=True, top_k=0, epsilon_cutoff=0.5),
    dict(do_sample=True, top_k=0, eta_cutoff=0.002),
    dict(do_sample=True, top_k=0, eta_cutoff=0.3),
    dict(do_sample=True, top_k=0, top_p=0.3, num_beams=3, eos_token_id=[5, 6]),
    dict(do_sample=True, top_k=2, num_beams=3, eos_token_id=[5, 6]),
    dict(do_sample=True, top_k=0, min_p=0.99, num_beams=3),
    dict(do_sample=True, top_k=0, typical_p=0.05, num_beams=3, eos_token_id=5),
    dict(do_sample=True, top_k=0, epsilon_cutoff=0.9, num_beams=3, eos_token_id=5),
    dict(do_sample=True, top_k=0, eta_cutoff=0.9, num_beams=2),
    dict(repetition_penalty=1.3),
    dict(repetition_penalty=0.7),
    dict(encoder_repetition_penalty=1.5),
    dict(no_repeat_ngram_size=1),
    dict(no_repeat_ngram_size=2),
    dict(no_repeat_ngram_size=3),
    dict(encoder_no_repeat_ngram_size=2),
    dict(encoder_no_repeat_ngram_size=1),
    dict(encoder_no_repeat_ngram_size=9),
    dict(bad_words_ids=[[3], [7, 3], [4, 9], [5]], eos_token_id=5),
    dict(bad_words_ids=[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]]),
    dict(sequence_bias=[[[3], 2.5], [[7, 3], -1.0], [[9], -4.0], [[4, 7, 11], 3.0], [[7, 11], 0.5]]),
    dict(min_length=9, eos_token_id=5),
    dict(min_length=10, eos_token_id=[5, 6]),
    dict(min_new_tokens=3, eos_token_id=[5, 6]),
    dict(min_new_tokens=4, eos_token_id=5),
    dict(min_new_tokens=2, min_length=30, eos_token_id=5),
    dict(min_length=30),
    dict(forced_bos_token_id=4),
    dict(forced_eos_token_id=4),
    dict(forced_eos_token_id=[4, 8]),
    dict(suppress_tokens=[1, 2, 3]),
    dict(begin_suppress_tokens=[1, 2, 3]),
    dict(begin_suppress_tokens=[1, 2], forced_bos_token_id=9),
    dict(exponential_decay_length_penalty=[1, 1.4], eos_token_id=5),
    dict(exponential_decay_length_penalty=[9, 1.4], eos_token_id=5),
    dict(renormalize_logits=True),
    dict(remove_invalid_values=True),
    dict(remove_invalid_values=True, sequence_bias=[[[3], 2.5]], suppress_tokens=[3]),
    dict(repetition_penalty=1.2, no_repeat_ngram_size=2, do_sample=True, temperature=0.8, top_k=30, top_p=0.95),
    dict(do_sample=True, temperature=1.5, min_p=0.05, typical_p=0.9, top_k=40, renormalize_logits=True),
    dict(do_sample=True, temperature=0.5, top_h=0.8, top_p=0.7, epsilon_cutoff=0.01, eta_cutoff=0.01),
    dict(sequence_bias=[[[3], 9.0]], suppress_tokens=[4], repetition_penalty=1.9, encoder_repetition_penalty=1.4,
         bad_words_ids=[[8]], eos_token_id=3, exponential_decay_length_penalty=[0, 2.0],
         do_sample=True, temperature=2.0, top_k=12, renormalize_logits=True),
]


def processor_cases(model):
    cases = []
    for index, fields in enumerate(PROCESSORS):
        for prompt, new, vocab, scale in ((6, 3, VOCAB, 2.0), (1, 0, VOCAB, 5.0), (6, 0, 700, 1.5), (6, 3, 700, 4.0)):
            generator = torch.Generator().manual_seed(1000 * index + vocab + prompt)
            small = 12 if vocab == VOCAB else 20
            ids = torch.randint(small, (1, prompt + new), generator=generator)
            if prompt + new > 1:
                ids[0, -3:] = torch.tensor([7, 4, 7])
                ids[0, 1:3] = torch.tensor([4, 7])
            scores = torch.randn(1, vocab, generator=generator) * scale
            if fields == dict(remove_invalid_values=True):
                scores[0, :3] = torch.tensor([math.nan, math.inf, -math.inf])
            config = python_config({**fields, "max_length": 10})
            config.update(**config._get_default_generation_params(), defaults_only=True)
            model._prepare_special_tokens(config, device="cpu")
            if config.min_new_tokens is not None:
                config.min_length = config.min_new_tokens + prompt
            inputs = ids[:, :prompt]
            processors = model._get_logits_processor(
                config, input_ids_seq_length=prompt, encoder_input_ids=inputs, device="cpu")
            bad = {} if scores.isfinite().all() else {"nan_inf": True}
            expected = processors(ids, scores.clone())
            scores[scores != scores] = 0.0
            scores[scores == math.inf] = 0.0
            cases.append({"config": {**fields, "max_length": 10}, "ids": ids[0].tolist(), "prompt": prompt,
                          "scores": numbers(scores[0]), "expected": numbers(expected[0]), **bad})
    return cases


def make_tokenizer():
    """A byte-level vocabulary whose tokens cross the borders of the stop strings."""
    tokens = [*"abcdefgh", "Ġ", "ab", "bc", "cd", "abc", "Ġa", "Ġb", "dĠ", "efg", "hh", "Ã", "¤", "Ã¤b", "aĠb", "gĠh"]
    tokens += [f"x{i}" for i in range(VOCAB - len(tokens))]
    backend = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend), tokens


def token_bytes(token):
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    byte_of = {char: byte for byte, char in bytes_to_unicode().items()}
    return [byte_of[char] for char in token]


STRATEGIES = [
    dict(),
    dict(max_length=9),
    dict(max_new_tokens=30, eos_token_id=[5, 11, 17]),
    dict(max_new_tokens=30, eos_token_id=[5, 11, 17], min_new_tokens=12),
    dict(max_new_tokens=25, repetition_penalty=1.6),
    dict(max_new_tokens=25, no_repeat_ngram_size=2),
    dict(max_new_tokens=25, guidance_scale=1.7, repetition_penalty=1.3),
    dict(max_new_tokens=15, guidance_scale=0.4, negative=[9, 2, 4], no_repeat_ngram_size=1),
    dict(max_new_tokens=12, forced_eos_token_id=7, begin_suppress_tokens=list(range(0, 48, 2))),
    dict(max_new_tokens=30, no_repeat_ngram_size=2, stop_strings=["c d", "hh"]),
    dict(max_new_tokens=40, no_repeat_ngram_size=1, stop_strings=["ab", "\u00e4b", "g"]),
    dict(max_new_tokens=40, no_repeat_ngram_size=1, stop_strings="b"),
    dict(num_beams=2, max_new_tokens=12),
    dict(num_beams=4, max_new_tokens=12, num_return_sequences=4),
    dict(num_beams=4, max_new_tokens=20, num_return_sequences=3, eos_token_id=[5, 11, 17]),
    dict(num_beams=4, max_new_tokens=20, num_return_sequences=4, eos_token_id=5, length_penalty=2.0),
    dict(num_beams=3, max_new_tokens=20, num_return_sequences=3, eos_token_id=[5, 6, 8], length_penalty=-0.7),
    dict(num_beams=3, max_new_tokens=20, num_return_sequences=2, eos_token_id=[5, 6, 8], early_stopping=True),
    dict(num_beams=3, max_new_tokens=20, num_return_sequences=3, eos_token_id=[5, 6, 8], early_stopping="never"),
    dict(num_beams=3, max_new_tokens=20, eos_token_id=[5, 6], early_stopping="never", length_penalty=0.0),
    dict(num_beams=5, max_new_tokens=18, eos_token_id=5, no_repeat_ngram_size=2, repetition_penalty=1.2),
    dict(num_beams=3, max_new_tokens=18, eos_token_id=5, min_new_tokens=8, renormalize_logits=True,
         bad_words_ids=[[3], [4, 9]], num_return_sequences=3),
    dict(num_beams=3, max_new_tokens=10, forced_eos_token_id=7, eos_token_id=7, num_return_sequences=3),
    dict(num_beams=3, max_new_tokens=30, no_repeat_ngram_size=1, stop_strings=["ab", "hh"], num_return_sequences=3),
    dict(num_beams=3, max_new_tokens=30, no_repeat_ngram_size=2, stop_strings=["c", "e", "f"], eos_token_id=5,
         num_return_sequences=3),
    dict(num_beams=8, max_length=10, exponential_decay_length_penalty=[2, 1.5], eos_token_id=5),
    dict(encoder=True, max_new_tokens=15, decoder_start_token_id=1, eos_token_id=5),
    dict(encoder=True, max_new_tokens=15, decoder_start_token_id=1, forced_bos_token_id=9, eos_token_id=5,
         encoder_no_repeat_ngram_size=2, encoder_repetition_penalty=1.4),
    dict(encoder=True, num_beams=4, max_length=15, decoder_start_token_id=1, forced_bos_token_id=9,
         eos_token_id=[5, 6], num_return_sequences=4, early_stopping=True),
    dict(encoder=True, num_beams=3, bos_token_id=2, eos_token_id=[5, 6], no_repeat_ngram_size=2, length_penalty=1.5),
]


def strategy_cases(models_by_kind, tokenizer):
    cases = []
    for fields in STRATEGIES:
        for prompt in ([3, 7, 4, 7, 1], [20], [10, 30, 41, 2, 2, 9, 15]):
            fields = dict(fields)
            encoder, negative = fields.get("encoder", False), fields.get("negative")
            config = {key: value for key, value in fields.items() if key not in ("encoder", "negative")}
            kwargs = {"negative_prompt_ids": torch.tensor([negative])} if negative else {}
            if "stop_strings" in config:
                kwargs["tokenizer"] = tokenizer
            model = models_by_kind[encoder]
            output = model.generate(
                torch.tensor([prompt]), use_cache=False, return_dict_in_generate=True, output_scores=True,
                generation_config=python_config({**config, "pad_token_id": 47}), **kwargs)
            start = 1 if encoder else len(prompt)
            scores = getattr(output, "sequences_scores", None)
            cases.append({"config": config, "encoder": encoder, "prompt": prompt, "negative": negative or [],
                          "sequences": [row[start:].tolist() for row in output.sequences],
                          "scores": scores.tolist() if scores is not None else None})
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    model, encoder_model = TableModel(TableConfig()), TableModel(TableConfig(is_encoder_decoder=True))
    tokenizer, tokens = make_tokenizer()
    with torch.no_grad():
        write = {
            "model": {"a": model.a.tolist(), "b": model.b.tolist(), "c": model.c.tolist(),
                      "tokens": [token_bytes(token) for token in tokens]},
            "processors": processor_cases(model),
            "strategies": strategy_cases({False: model, True: encoder_model}, tokenizer),
            "defaults": GenerationConfig._get_default_generation_params(),
        }
    write["fields"] = sorted(
        name for name in vars(GenerationConfig()) if not name.startswith("_") and name != "transformers_version")
    for name, document in write.items():
        (out / f"{name}.json").write_text(json.dumps(document, allow_nan=False))


if __name__ == "__main__":
    main()
