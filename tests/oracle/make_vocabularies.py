"""Makes tiny checkpoints whose tokenizer is not in a tokenizer.json: sentencepiece models, vocab.json with merges.txt,
vocab.txt, and vocabularies inside GGUF files. For each: NAME/ as a hub folder would be (or NAME/model.gguf), and
NAME/expected.json, what transformers makes of it."""

import argparse
import json
import random
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer

from make_tokenizers import TEXTS, expected

NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = 1, 2, 3, 4, 5, 6


class Writer:
    """Writes one checkpoint after another below `out`, and what is expected of each."""

    def __init__(self, out):
        self.out = out
        self.models = {}

    def trained(self, name, **options):
        """A sentencepiece model: its file's bytes."""
        if name not in self.models:
            corpus = self.out / "corpus.txt"
            lines = [text.replace("\n", " ") for text in TEXTS if text and min(text) >= "\t" and max(text) < "\u0500"]
            corpus.write_text("\n".join(lines * 2), encoding="utf-8")
            sentencepiece.SentencePieceTrainer.train(
                input=str(corpus), model_prefix=str(self.out / name), vocab_size=900, hard_vocab_limit=False,
                character_coverage=0.98, minloglevel=2, num_threads=1, **options)
            self.models[name] = (self.out / f"{name}.model").read_bytes()
        return self.models[name]

    def save(self, name, reference):
        (self.out / name / "expected.json").write_text(json.dumps(expected(reference)), encoding="utf-8")

    def folder(self, name, files, tokenizer_config=None, config=None):
        """A folder of `files` (text, bytes or JSON); transformers says what is expected."""
        folder = self.out / name
        folder.mkdir(exist_ok=True)
        files = dict(files, **{"config.json": config or {"model_type": "llama"}})
        if tokenizer_config is not None:
            files["tokenizer_config.json"] = tokenizer_config
        for file, content in files.items():
            if not isinstance(content, (str, bytes)):
                content = json.dumps(content)
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        reference = AutoTokenizer.from_pretrained(folder).backend_tokenizer
        self.save(name, reference)
        return reference

    def gguf(self, name, architecture, tokens, types, scores=None, roles=None, reference=None, merges=None,
             charsmap=None, **strings):
        """A GGUF file; without `reference`, transformers says what is expected of it."""
        folder = self.out / name
        folder.mkdir(exist_ok=True)
        writer = gguf.GGUFWriter(str(folder / "model.gguf"), architecture)
        for key in ("context_length", "embedding_length", "block_count", "feed_forward_length", "attention.head_count",
                    "attention.key_length", "attention.value_length", "attention.relative_buckets_count"):
            writer.add_uint32(f"{architecture}.{key}", 32)
        writer.add_float32(f"{architecture}.attention.layer_norm_epsilon", 1e-6)
        for key, value in strings.items():
            writer.add_string(f"tokenizer.ggml.{key}", value)
        writer.add_token_list(tokens)
        writer.add_token_types(types)
        if scores is not None:
            writer.add_token_scores(scores)
        if merges is not None:
            writer.add_token_merges(merges)
        if charsmap is not None:
            writer.add_precompiled_charsmap(charsmap)
        for role, token in (roles or {}).items():
            writer.add_uint32(f"tokenizer.ggml.{role}_token_id", token)
        writer.add_tensor("token_embd.weight", np.zeros((len(tokens), 32), np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        if reference is None:
            reference = AutoTokenizer.from_pretrained(folder, gguf_file="model.gguf").backend_tokenizer
        self.save(name, reference)


def pieces_of(data):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(data)
    return model


def byte_pairs(writer):
    return writer.trained("bpe", model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
                          user_defined_symbols=["<tool>", "of the"], control_symbols=["<ctl>"], pad_id=3)


def t5_pieces(writer):
    return writer.trained("t5", pad_id=0, eos_id=1, unk_id=2, bos_id=-1)


def fairseq_pieces(writer):
    return writer.trained("fairseq", unk_id=0, bos_id=1, eos_id=2)


def sentencepiece_models(writer):
    pairs, t5 = byte_pairs(writer), t5_pieces(writer)
    fallback = writer.trained("fallback", byte_fallback=True, normalization_rule_name="nmt_nfkc_cf")
    llama = {"tokenizer_class": "LlamaTokenizer"}
    writer.folder("spm_llama", {"tokenizer.model": pairs}, llama | {"add_bos_token": True, "add_eos_token": True})
    writer.folder("spm_llama_legacy", {"tokenizer.model": pairs}, llama | {"legacy": True, "unk_token": "<unk>"})
    writer.folder("spm_llama_never", {"tokenizer.model": pairs}, llama | {"add_prefix_space": False})
    writer.folder("spm_llama_unnamed", {"tokenizer.model": pairs})
    writer.folder("spm_mistral", {"tokenizer.model": pairs}, llama | {"add_bos_token": True}, {"model_type": "mistral"})
    writer.folder("spm_renamed", {"tokenizer.model": pairs}, {"added_tokens_decoder": {
        "4": {"content": "<new>", "lstrip": True, "special": True, "normalized": False},
        "5000": {"content": "<far>", "special": False, "normalized": True}}}, {"model_type": "phi3"})
    writer.folder("spm_gemma", {"tokenizer.model": pairs}, {"tokenizer_class": "GemmaTokenizer", "bos_token": "<s>",
                                                            "add_bos_token": True}, {"model_type": "gemma2"})
    writer.folder("spm_plain", {"tokenizer.model": fallback}, {"tokenizer_class": "PreTrainedTokenizerFast"})
    writer.folder("spm_t5", {"spiece.model": t5}, {"extra_ids": 20}, {"model_type": "t5"})
    writer.folder("spm_t5_listed", {"spiece.model": t5, "special_tokens_map.json": {"eos_token": "</s>"}},
                  {"additional_special_tokens": [f"<extra_id_{i}>" for i in range(100)]}, {"model_type": "t5"})
    writer.folder("spm_xlm_roberta", {"sentencepiece.bpe.model": fairseq_pieces(writer)}, {
        "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": False,
                       "normalized": True, "single_word": False}}, {"model_type": "xlm-roberta"})


def byte_level(specials):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(TEXTS[:120], trainers.BpeTrainer(
        vocab_size=600, special_tokens=specials, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    model = json.loads(tokenizer.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return model["vocab"], merges


def merge_files(vocab, merges):
    return {"vocab.json": vocab, "merges.txt": "\n".join(["#version: 0.2", *merges]) + "\n"}


def merge_vocabularies(writer):
    gpt2 = merge_files(*byte_level(["<|endoftext|>", "<pad>"]))
    writer.folder("merges_gpt2", gpt2, {"tokenizer_class": "GPT2Tokenizer"}, {"model_type": "gpt2"})
    writer.folder("merges_gpt2_bos", gpt2, {"add_bos_token": True, "add_prefix_space": True, "pad_token": "<pad>",
                                            "mask_token": "<new mask>"}, {"model_type": "opt"})
    writer.folder("merges_qwen2", gpt2 | {"added_tokens.json": {"<|im_start|>": 700, "<|im_end|>": 701}},
                  {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "<|im_end|>"}, {"model_type": "qwen2"})
    roberta = merge_files(*byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))
    mask = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": False, "normalized": True,
            "single_word": False}
    writer.folder("merges_roberta", roberta, {"mask_token": mask}, {"model_type": "roberta"})
    writer.folder("merges_roberta_prefix", roberta, {"add_prefix_space": True, "trim_offsets": False},
                  {"model_type": "roberta"})


def word_pieces(specials, lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(TEXTS[:120], trainers.WordPieceTrainer(
        vocab_size=700, special_tokens=specials, show_progress=False))
    vocab = tokenizer.get_vocab()
    return sorted(vocab, key=vocab.get)


BERT_SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def word_lists(writer):
    uncased, cased = word_pieces(BERT_SPECIALS, True), word_pieces(BERT_SPECIALS, False)
    bert = {"model_type": "bert"}
    writer.folder("words_bert", {"vocab.txt": "\n".join(uncased) + "\n"}, None, bert)
    writer.folder("words_bert_cased", {"vocab.txt": "\n".join(cased)}, {"do_lower_case": False}, bert)
    writer.folder("words_bert_options", {"vocab.txt": "\r\n".join(cased) + "\r\n"}, {
        "tokenizer_class": "BertTokenizerFast", "strip_accents": False, "tokenize_chinese_chars": False}, bert)
    writer.folder("words_bert_stripped", {"vocab.txt": "\n".join(cased) + "\n"}, {
        "do_lower_case": False, "strip_accents": True}, bert)
    writer.folder("words_distilbert", {"vocab.txt": "\n".join(uncased) + "\n"}, {
        "tokenizer_class": "DistilBertTokenizer"}, {"model_type": "distilbert"})
    writer.folder("words_electra", {"vocab.txt": "\n".join(uncased) + "\n"}, {
        "tokenizer_class": "ElectraTokenizer", "do_lower_case": True}, {"model_type": "electra"})
    mpnet = word_pieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"], True)
    writer.folder("words_mpnet", {"vocab.txt": "\n".join(mpnet) + "\n"}, None, {"model_type": "mpnet"})


def gguf_pieces(data):
    model = pieces_of(data)
    return ([piece.piece for piece in model.pieces], [piece.type for piece in model.pieces],
            [float(piece.score) for piece in model.pieces])


def gguf_decoders(writer):
    tokens, types, scores = gguf_pieces(byte_pairs(writer))
    chance = random.Random(5)
    shuffled = [float(np.float32(-chance.randint(1, 60))) if kind == NORMAL else score for kind, score in zip(types, scores)]
    roles = {"bos": 1, "eos": 2, "unknown": 0}
    writer.gguf("gguf_llama", "llama", tokens, types, shuffled, roles, model="llama", pre="default")
    writer.gguf("gguf_llama_padded", "llama", tokens, types, scores, roles | {"padding": 3}, model="llama")
    writer.gguf("gguf_phi3", "phi3", tokens, types, scores, roles, model="llama", pre="default")
    gemma = ["  " if token == "▁▁" else token for token in tokens]
    writer.gguf("gguf_gemma", "gemma2", gemma, types, shuffled, roles | {"padding": 3}, model="llama", pre="default")
    vocab, merges = byte_level(["<|end|>", "<think>"])
    tokens = sorted(vocab, key=vocab.get)
    kinds = [CONTROL, USER] + [NORMAL] * (len(tokens) - 2)
    for name, pre in (("gguf_gpt2", "gpt-2"), ("gguf_llama3", "llama-bpe"), ("gguf_qwen2", "qwen2")):
        writer.gguf(name, "llama", tokens, kinds, None, {"eos": 0, "bos": 0}, merges=merges, model="gpt2", pre=pre)
    tokens, types, scores = gguf_pieces(t5_pieces(writer))
    tokens += [f"[PAD{len(tokens) + i}]" for i in range(110)]
    writer.gguf("gguf_t5", "t5", tokens, types + [UNUSED] * 110, scores + [-1000.0] * 110,
                {"eos": 1, "unknown": 2, "padding": 0}, model="t5", pre="default",
                charsmap=pieces_of(t5_pieces(writer)).normalizer_spec.precompiled_charsmap)


def phantom(tokens, types):
    """How llama.cpp writes a WordPiece vocabulary."""
    return [token if kind == CONTROL else token[2:] if token.startswith("##") else "▁" + token
            for token, kind in zip(tokens, types)]


def gguf_encoders(writer):
    """transformers reads none of these; the folder that the file would be made of is the reference."""
    roles = {"cls": 2, "seperator": 3, "unknown": 1, "padding": 0, "mask": 4}
    for name, lowercase in (("gguf_bert", True), ("gguf_bert_cased", False)):
        tokens = word_pieces(BERT_SPECIALS, lowercase)
        reference = writer.folder(name, {"vocab.txt": "\n".join(tokens)}, {"do_lower_case": lowercase},
                                  {"model_type": "bert"})
        types = [CONTROL] * 5 + [NORMAL] * (len(tokens) - 5)
        writer.gguf(name, "bert", phantom(tokens, types), types, None, roles, reference, model="bert", pre="jina-v2-en")
    vocab, merges = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    mask = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": False, "normalized": False,
            "single_word": False}
    reference = writer.folder("gguf_roberta", merge_files(vocab, merges), {"mask_token": mask}, {"model_type": "roberta"})
    tokens = sorted(vocab, key=vocab.get)
    roles = {"bos": 0, "eos": 2, "seperator": 2, "padding": 1, "unknown": 3, "cls": 0, "mask": 4}
    writer.gguf("gguf_roberta", "bert", tokens, [CONTROL] * 5 + [NORMAL] * (len(tokens) - 5), None, roles, reference,
                merges=merges, model="gpt2", pre="roberta-bpe")
    data = fairseq_pieces(writer)
    reference = writer.folder("gguf_xlm_roberta", {"sentencepiece.bpe.model": data}, {"mask_token": mask},
                              {"model_type": "xlm-roberta"})
    tokens, types, scores = gguf_pieces(data)
    count = len(tokens)
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *tokens[3:], f"[PAD{count + 1}]"]
    writer.gguf("gguf_xlm_roberta", "bert", tokens, [CONTROL] * 3 + [UNKNOWN] + types[3:] + [UNUSED],
                [0.0] * 4 + scores[3:] + [-1000.0],
                {"bos": 0, "eos": 2, "seperator": 2, "padding": 1, "unknown": 3, "cls": 0}, reference,
                charsmap=pieces_of(data).normalizer_spec.precompiled_charsmap, model="t5", pre="default")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    writer = Writer(out)
    for make in (sentencepiece_models, merge_vocabularies, word_lists, gguf_decoders, gguf_encoders):
        make(writer)


if __name__ == "__main__":
    main()
