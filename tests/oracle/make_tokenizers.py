"""Makes tiny tokenizers that together use every component of the tokenizers library, and what the library
does with many texts. For each: NAME/tokenizer.json and NAME/expected.json."""

import argparse
import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tokenizer_texts import texts

TEXTS = texts(300)
SPECIALS = ["<unk>", "<s>", "</s>", "<pad>", "<mask>", "[CLS]", "[SEP]"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def trained(model, trainer, normalizer=None, pre_tokenizer=None, decoder=None):
    tokenizer = Tokenizer(model)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder is not None:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(TEXTS[:120], trainer)
    return tokenizer


def bpe(vocab_size=600, specials=SPECIALS, **options):
    settings = {k: options.pop(k) for k in ("continuing_subword_prefix", "end_of_word_suffix") if k in options}
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=specials, show_progress=False,
                                  initial_alphabet=options.pop("alphabet", []), **settings)
    return models.BPE(**{"unk_token": "<unk>", **settings, **options}), trainer


def wordpiece(vocab_size=500):
    return (models.WordPiece(unk_token="<unk>", max_input_chars_per_word=30),
            trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=SPECIALS, show_progress=False))


def wordlevel():
    return (models.WordLevel(unk_token="<unk>"),
            trainers.WordLevelTrainer(vocab_size=800, special_tokens=SPECIALS, show_progress=False))


def edited(tokenizer, change):
    """The tokenizer after a change of its JSON, for what the library's constructors do not offer."""
    document = json.loads(tokenizer.to_str())
    change(document)
    return Tokenizer.from_str(json.dumps(document))


def byte_level(**options):
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    model, trainer = bpe(alphabet=alphabet, unk_token=None)
    return trained(model, trainer, pre_tokenizer=pre_tokenizers.ByteLevel(**options), decoder=decoders.ByteLevel())


def make_gpt2():
    tokenizer = byte_level(add_prefix_space=False)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    return tokenizer


def make_roberta():
    tokenizer = byte_level(add_prefix_space=True)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), True, True)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=True)])
    return tokenizer


def make_llama3():
    split = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
             r"|\s+(?!\S)|\s+")
    model, trainer = bpe(alphabet=pre_tokenizers.ByteLevel.alphabet(), unk_token=None, ignore_merges=True)
    tokenizer = trained(model, trainer, decoder=decoders.ByteLevel(), pre_tokenizer=pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(split), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)]))
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing("<s> $A", "<s> $A </s>:1 $B:1 <s>:2", [("<s>", 1), ("</s>", 2)])])
    return tokenizer


def make_llama2():
    model, trainer = bpe(specials=SPECIALS + BYTES, byte_fallback=True, fuse_unk=True)
    tokenizer = trained(
        model, trainer,
        normalizer=normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                   decoders.Strip(" ", 1, 0)]))
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", "<s> $A <s>:1 $B:1", [("<s>", 1)])
    return tokenizer


def make_gemma():
    model, trainer = bpe(specials=SPECIALS + BYTES, byte_fallback=True, fuse_unk=True)
    tokenizer = trained(model, trainer, normalizer=normalizers.Replace(" ", "▁"),
                        pre_tokenizer=pre_tokenizers.Split(" ", "merged_with_previous"),
                        decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]))
    tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("▁▁", normalized=False)])
    return tokenizer


def make_clip():
    model, trainer = bpe(end_of_word_suffix="</w>", alphabet=pre_tokenizers.ByteLevel.alphabet())
    split = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer = trained(model, trainer, decoder=decoders.BPEDecoder("</w>"), normalizer=normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]),
        pre_tokenizer=pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(split), "removed", invert=True), pre_tokenizers.ByteLevel(False)]))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), False, False)
    return tokenizer


def make_bert(**options):
    model, trainer = wordpiece()
    tokenizer = trained(model, trainer, normalizers.BertNormalizer(**options), pre_tokenizers.BertPreTokenizer(),
                        decoders.WordPiece("##", True))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 6), ("[CLS]", 5))
    return tokenizer


def make_bert_fixed():
    tokenizer = make_bert()
    tokenizer.enable_truncation(12, stride=3)
    tokenizer.enable_padding(length=16, pad_id=3, pad_token="<pad>", direction="left")
    return tokenizer


def make_unigram(scheme="always", split=True, fallback=False, normalizer=None):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer or normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", scheme, split)
    tokenizer.decoder = decoders.Metaspace("▁", scheme, split)
    tokenizer.train_from_iterator(TEXTS[:120], trainers.UnigramTrainer(
        vocab_size=1200, special_tokens=SPECIALS + (BYTES if fallback else []), unk_token="<unk>", show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 2)])
    if fallback:
        tokenizer = edited(tokenizer, lambda document: document["model"].update(byte_fallback=True))
        tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("▁", scheme, split)])
    return tokenizer


def make_unigram_ties():
    """Scores chosen so that the splits of a run of one letter differ by no more than rounding."""
    chance = random.Random(3)
    vocab = [("<unk>", 0.0)]
    for letter in "abcdefgh":
        score = -chance.uniform(2, 14)
        vocab += [(letter, score), (letter * 2, score * 1.3), (letter * 3, score * 1.5)]
    return Tokenizer(models.Unigram(vocab, 0, False))


TIES = [start + letter * count for letter in "abcdefgh" for start in ("", "b", "ac", "gh") for count in range(2, 12)]


def make_precompiled(charsmap):
    return make_unigram(normalizer=normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), "▁")]))


def make_words(pre_tokenizer, normalizer=None, decoder=None):
    model, trainer = wordlevel()
    return trained(model, trainer, normalizer, pre_tokenizer, decoder)


def make_characters(pre_tokenizer=None, normalizer=None, **options):
    model, trainer = bpe(**options)
    return trained(model, trainer, normalizer, pre_tokenizer)


def make_added():
    tokenizer = make_characters(pre_tokenizers.Whitespace(), normalizers.Lowercase())
    tokenizer.add_tokens([AddedToken("THE", single_word=True), AddedToken("ing", single_word=True, normalized=False),
                          AddedToken("XY", lstrip=True), AddedToken("model", rstrip=True), "brown fox", "brown"])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True), AddedToken("[MASK]", normalized=True)])
    return tokenizer


def make_ctc():
    vocab = {token: i for i, token in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|"] + list("abcdefghijklmnopqrstuvwxyz'"))}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split("", "isolated")])
    tokenizer.decoder = decoders.CTC("<pad>", "|", True)
    return tokenizer


def make_prefixed():
    return make_characters(pre_tokenizers.WhitespaceSplit(), continuing_subword_prefix="##", fuse_unk=False)


def sentencepiece_charsmap(folder):
    import sentencepiece
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(text.replace("\x00", "") for text in TEXTS[:120] for _ in range(2)), encoding="utf-8")
    return sentencepiece, corpus


def make_charsmap(folder):
    sentencepiece, corpus = sentencepiece_charsmap(folder)
    prefix = folder / "nmt_nfkc"
    sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(prefix), vocab_size=600,
                                             hard_vocab_limit=False, normalization_rule_name="nmt_nfkc_cf",
                                             minloglevel=2)
    from sentencepiece import sentencepiece_model_pb2
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((folder / "nmt_nfkc.model").read_bytes())
    return model.normalizer_spec.precompiled_charsmap


def all_tokenizers(folder):
    split = pre_tokenizers.Split
    yield "gpt2", make_gpt2()
    yield "roberta", make_roberta()
    yield "llama3", make_llama3()
    yield "llama2", make_llama2()
    yield "gemma", make_gemma()
    yield "clip", make_clip()
    yield "bert", make_bert()
    yield "bert_cased", make_bert(lowercase=False, strip_accents=False, handle_chinese_chars=False)
    yield "bert_fixed", make_bert_fixed()
    yield "unigram", make_unigram()
    yield "unigram_first", make_unigram("first")
    yield "unigram_never", make_unigram("never", split=False)
    yield "unigram_ties", make_unigram_ties()
    yield "unigram_bytes", make_unigram(fallback=True)
    yield "precompiled", make_precompiled(make_charsmap(folder))
    yield "whitespace", make_words(pre_tokenizers.Whitespace())
    yield "digits", make_words(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(False)]))
    yield "digits_each", make_words(pre_tokenizers.Digits(True), normalizers.NFKD())
    yield "punctuation", make_words(pre_tokenizers.Punctuation("merged_with_previous"))
    yield "punctuation_runs", make_words(pre_tokenizers.Punctuation("contiguous"))
    yield "punctuation_next", make_words(pre_tokenizers.Punctuation("merged_with_next"), normalizers.NFC())
    yield "punctuation_gone", make_words(pre_tokenizers.Punctuation("removed"), normalizers.Strip())
    yield "scripts", make_words(pre_tokenizers.UnicodeScripts())
    yield "fixed_length", make_words(pre_tokenizers.FixedLength(3))
    yield "delimiter", make_words(pre_tokenizers.CharDelimiterSplit("e"), normalizers.Strip(True, False))
    yield "accents", make_words(pre_tokenizers.WhitespaceSplit(), normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]))
    yield "byte_normalizer", make_characters(normalizer=normalizers.ByteLevel())
    yield "split_words", make_words(split(Regex(r"\w+"), "isolated"))
    yield "split_spaces", make_words(split(Regex(r"\s"), "merged_with_previous"))
    yield "split_sets", make_words(split(Regex(r"[\p{L}&&[^a-z]]+|[[0-9][xyz]]{2}|\h{3,}|a{1,2}+b?"), "isolated"))
    yield "split_lines", make_words(split(Regex(r"^.|\b|(?m:a.b)"), "isolated"))
    yield "split_text", make_words(split("a.", "merged_with_next", invert=True))
    yield "added", make_added()
    yield "ctc", make_ctc()
    yield "prefixed", make_prefixed()
    yield "plain", make_characters()


def described(encoding):
    return {"ids": encoding.ids, "tokens": encoding.tokens, "offsets": encoding.offsets, "type_ids": encoding.type_ids,
            "attention_mask": encoding.attention_mask, "special_tokens_mask": encoding.special_tokens_mask,
            "words": [-1 if word is None else word for word in encoding.word_ids],
            "sequences": [-1 if sequence is None else sequence for sequence in encoding.sequence_ids],
            "overflowing": [described(piece) for piece in encoding.overflowing]}


def decoded(tokenizer, ids, skip):
    try:
        return tokenizer.decode(ids, skip_special_tokens=skip)
    except BaseException:  # the library panics on some input
        return None


def expected(tokenizer, texts=TEXTS):
    cases = []
    for i, text in enumerate(texts):
        pair = texts[(i * 7 + 3) % len(texts)] if i % 5 == 0 else None
        special = i % 3 != 1
        try:
            encoding = tokenizer.encode(text, pair, add_special_tokens=special)
        except BaseException:
            continue
        cases.append({"text": text, "pair": pair, "add_special_tokens": special, "encoding": described(encoding),
                      "decoded": decoded(tokenizer, encoding.ids, False), "skipped": decoded(tokenizer, encoding.ids, True)})
    return {"vocab_size": tokenizer.get_vocab_size(), "cases": cases}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, tokenizer in all_tokenizers(out):
        folder = out / name
        folder.mkdir(exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"))
        # What is expected is what the saved file gives, not what its maker holds in memory.
        result = expected(Tokenizer.from_file(str(folder / "tokenizer.json")), TIES if name.endswith("_ties") else TEXTS)
        (folder / "expected.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
