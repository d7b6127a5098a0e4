"""Small valid inputs for the fuzz targets, so that they begin deep inside: make_seeds.py FOLDER

Writes FOLDER/<target>/<name>, and the words of these inputs as FOLDER/<target>.dict. Needs nothing but Python's
standard library.
"""

import base64
import io
import json
import math
import pathlib
import re
import struct
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))
import image_seeds  # noqa: E402
from template_snippets import FAMILIES, SNIPPETS  # noqa: E402

# Numbers of llama.cpp's tensor types: values in a block and its bytes.
GGML_TYPES = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84),
              11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 16: (256, 66), 17: (256, 74),
              18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
              24: (1, 1), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
              40: (64, 36)}


def pattern(size):
    return bytes((i * 37 + 11) % 256 for i in range(size))


def product(shape):
    result = 1
    for size in shape:
        result *= size
    return result


# safetensors

def safetensors(tensors, metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + pattern(at)


def safetensors_seeds():
    yield "two", safetensors({"a.weight": ("F32", [2, 3], 24), "b": ("BF16", [4], 8)}, {"format": "pt"})
    yield "kinds", safetensors({"scalar": ("I64", [], 8), "empty": ("F16", [0, 3], 0), "fp4": ("F4", [2, 4], 4),
                                "fp6": ("F6_E2M3", [4], 3), "bool": ("BOOL", [3], 3), "e4m3": ("F8_E4M3", [2], 2)})
    yield "none", safetensors({})


# GGUF

def gguf_string(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def gguf_value(value):
    if isinstance(value, bool):
        return struct.pack("<IB", 7, value)
    if isinstance(value, int):
        return struct.pack("<Ii", 5, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, (str, bytes)):
        return struct.pack("<I", 8) + gguf_string(value)
    elements = [gguf_value(item) for item in value]
    kind = elements[0][:4] if elements else struct.pack("<I", 5)
    return struct.pack("<I", 9) + kind + struct.pack("<Q", len(elements)) + b"".join(e[4:] for e in elements)


def gguf(values, tensors):
    """`tensors`: name to (shape as in PyTorch, number of the type)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    for key, value in values.items():
        head += gguf_string(key) + gguf_value(value)
    data = b""
    for name, (shape, kind) in tensors.items():
        block, size = GGML_TYPES[kind]
        data += b"\0" * (-len(data) % 32)
        head += gguf_string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        head += struct.pack("<IQ", kind, len(data))
        data += pattern(product(shape) // block * size)
    return head + b"\0" * (-len(head) % 32) + data


BYTE_LEVEL = {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe",
              "tokenizer.ggml.tokens": ["a", "b", "Ġ", "ab", "<s>", "<|x|>", "Ġab"],
              "tokenizer.ggml.token_type": [1, 1, 1, 1, 3, 4, 1], "tokenizer.ggml.merges": ["a b", "Ġ ab"],
              "tokenizer.ggml.bos_token_id": 4, "tokenizer.ggml.eos_token_id": 5,
              "tokenizer.chat_template": "{{ messages[0].content }}"}
SENTENCEPIECE = {"tokenizer.ggml.model": "llama",
                 "tokenizer.ggml.tokens": ["<unk>", "<s>", "a", "b", "ab", " ", "<0x0A>"],
                 "tokenizer.ggml.scores": [0.0, 0.0, -1.0, -2.0, -3.0, -4.0, 0.0],
                 "tokenizer.ggml.token_type": [2, 3, 1, 1, 1, 1, 6], "tokenizer.ggml.unknown_token_id": 0,
                 "tokenizer.ggml.add_bos_token": True, "tokenizer.ggml.precompiled_charsmap": [1, 2, 3]}


def gguf_model(architecture, vocabulary, tensors, **more):
    values = {"general.architecture": architecture, "general.alignment": 32}
    fields = {"context_length": 16, "block_count": 1, "embedding_length": 8, "feed_forward_length": 4,
              "attention.head_count": 2, "attention.head_count_kv": [1], "attention.layer_norm_rms_epsilon": 1e-5,
              "rope.freq_base": 10000.0, "rope.dimension_count": 4}
    values |= {f"{architecture}.{key}": value for key, value in (fields | more).items()}
    return gguf(values | vocabulary, {"token_embd.weight": ([7, 8], 0)} | tensors)


def gguf_seeds():
    llama = {"output_norm.weight": ([8], 0), "blk.0.attn_q.weight": ([8, 8], 1), "blk.0.attn_k.weight": ([4, 8], 0)}
    yield "llama", gguf_model("llama", BYTE_LEVEL, llama | {"rope_freqs.weight": ([2], 0)})
    experts = {f"blk.0.ffn_{part}_exps.weight": ([2, 4, 8], 0) for part in ("gate", "up", "down")}
    yield "mixtral", gguf_model("llama", BYTE_LEVEL, llama | experts, expert_count=2, expert_used_count=1)
    shared = {"blk.0.ffn_gate_inp_shexp.weight": ([8], 0), "blk.0.ffn_gate_shexp.weight": ([4, 8], 0)}
    yield "qwen2moe", gguf_model("qwen2moe", BYTE_LEVEL, experts | shared, expert_count=2)
    yield "gemma2", gguf_model("gemma2", SENTENCEPIECE, {"blk.0.attn_norm.weight": ([8], 0)}, block_count=46)
    packed = {"blk.0.attn_qkv.weight": ([24, 32], 2), "blk.0.ffn_up.bias": ([4], 0)}
    yield "gpt2", gguf_model("gpt2", BYTE_LEVEL, packed)
    fused = {"blk.0.attn_qkv.weight": ([24, 8], 0)}
    yield "gptneox", gguf_model("gptneox", BYTE_LEVEL, fused, use_parallel_residual=True)
    oss = {f"blk.0.ffn_{part}_exps.{kind}": (shape, number) for part in ("gate", "up", "down")
           for kind, shape, number in (("weight", [2, 4, 32], 39), ("bias", [2, 4], 0))}
    yield "gpt-oss", gguf_model("gpt-oss", BYTE_LEVEL, oss, **{"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0})
    longrope = {"rope_factors_long.weight": ([2], 0), "rope_factors_short.weight": ([2], 0)}
    yield "phi3", gguf_model("phi3", BYTE_LEVEL, longrope | {"blk.0.ffn_up.weight": ([8, 8], 30)})
    t5 = {"enc.blk.0.ffn_gate.weight": ([4, 8], 0), "enc.blk.0.ffn_up.weight": ([4, 8], 0),
          "dec.blk.0.attn_q.weight": ([8, 8], 0)}
    yield "t5", gguf_model("t5", SENTENCEPIECE, t5)
    yield "bert", gguf_model("bert", SENTENCEPIECE, {"token_types.weight": ([2, 8], 0), "cls.weight": ([8, 8], 0)})
    yield "types", gguf({"general.architecture": "llama"},
                        {f"t{kind}": ([block * 2], kind) for kind, (block, _) in GGML_TYPES.items()})


# torch.save

def pickle_string(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def pickle_tensor(key, kind, elements, offset, shape, strides):
    numbers = lambda values: b"(" + b"".join(b"J" + struct.pack("<i", v) for v in values) + b"t"
    storage = b"(" + pickle_string("storage") + f"ctorch\n{kind}\n".encode() + pickle_string(key)
    storage += pickle_string("cpu") + b"J" + struct.pack("<i", elements) + b"tQ"
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"J" + struct.pack("<i", offset) + numbers(shape)
            + numbers(strides) + b"\x89ccollections\nOrderedDict\n)RtR")


def torch_zip(pickle, storages):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/byteorder", "little")
        for key, size in storages.items():
            archive.writestr(f"archive/data/{key}", pattern(size))
    return file.getvalue()


def pytorch_seeds():
    first = pickle_string("w") + pickle_tensor("0", "FloatStorage", 6, 0, [2, 3], [3, 1])
    turned = pickle_string("t") + pickle_tensor("0", "FloatStorage", 6, 0, [3, 2], [1, 3])
    late = pickle_string("h") + b"q\x05" + pickle_tensor("1", "HalfStorage", 8, 2, [3], [2]) + b"q\x06"
    pickle = b"\x80\x02}q\x00(" + first + turned + late + b"u."
    yield "pickle", pickle
    attributes = b"}(" + pickle_string("_metadata") + b"}ub"
    yield "ordered", b"\x80\x02ccollections\nOrderedDict\n)R" + first + b"s" + late + b"s" + attributes + b"."
    yield "zip", torch_zip(pickle, {"0": 24, "1": 16})


# tokenizer.json

def added(content, number, special):
    return {"id": number, "content": content, "special": special, "single_word": not special, "lstrip": special,
            "rstrip": special, "normalized": not special}


def sequence(name, *steps):
    return {"type": "Sequence", name: list(steps)}


def kind(name, **fields):
    return {"type": name, **fields}


WORDS = ["<s>", "a", "b", "ab", "Ġ", "c", "##b", "<0xC3>", "<0xA9>", "▁", "1", "2", "."]
VOCABULARY = {token: i for i, token in enumerate(WORDS)}
MODELS = {
    "bpe": kind("BPE", vocab=VOCABULARY, merges=["a b"], unk_token="<s>", fuse_unk=True, byte_fallback=True,
                ignore_merges=True),
    "suffix": kind("BPE", vocab=VOCABULARY | {"##a": 20, "a</w>": 21}, merges=[["a", "##b"]], unk_token="<s>",
                   continuing_subword_prefix="##", end_of_word_suffix="</w>"),
    "wordpiece": kind("WordPiece", vocab=VOCABULARY, unk_token="<s>", continuing_subword_prefix="##",
                      max_input_chars_per_word=100),
    "wordlevel": kind("WordLevel", vocab=VOCABULARY, unk_token="<s>"),
    "unigram": kind("Unigram", unk_id=0, byte_fallback=True,
                    vocab=[[token, -0.5 * i] for token, i in VOCABULARY.items()]),
}
TRIE = struct.pack("<I4I", 16, 0x400, 0x100, 0x80000001, 7) + b"x\0yz\0"
NORMALIZERS = [
    kind("BertNormalizer", clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True),
    sequence("normalizers", kind("NFD"), kind("Lowercase"), kind("StripAccents"), kind("Nmt")),
    sequence("normalizers", kind("NFKC"), kind("Strip", strip_left=True, strip_right=True),
             kind("Replace", pattern={"Regex": " {2,}"}, content="▁")),
    sequence("normalizers", kind("Prepend", prepend="▁"), kind("NFC"),
             kind("Replace", pattern={"String": " "}, content="▁")),
    kind("Precompiled", precompiled_charsmap=base64.b64encode(TRIE).decode()),
]
SPLIT = kind("Split", pattern={"Regex": r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\s+(?!\S)|\w+\b"},
             behavior="Isolated", invert=False)
PRE_TOKENIZERS = [
    kind("BertPreTokenizer"),
    kind("Metaspace", replacement="▁", prepend_scheme="first", split=True),
    sequence("pretokenizers", SPLIT, kind("ByteLevel", add_prefix_space=True, use_regex=False)),
    sequence("pretokenizers", kind("Digits", individual_digits=True), kind("Whitespace"), kind("UnicodeScripts"),
             kind("FixedLength", length=2)),
    sequence("pretokenizers", kind("Punctuation", behavior="Contiguous"), kind("WhitespaceSplit"),
             kind("CharDelimiterSplit", delimiter="d")),
]
FIRST, SECOND = ({"Sequence": {"id": name, "type_id": i}} for i, name in enumerate("AB"))
TEMPLATE = kind("TemplateProcessing", single=[{"SpecialToken": {"id": "<s>", "type_id": 0}}, FIRST],
                pair=[FIRST, SECOND], special_tokens={"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}})
PROCESSORS = [
    TEMPLATE,
    kind("BertProcessing", sep=["<s>", 0], cls=["a", 1]),
    kind("ByteLevel", add_prefix_space=True, trim_offsets=True),
    kind("RobertaProcessing", sep=["<s>", 0], cls=["a", 1], trim_offsets=True, add_prefix_space=False),
    sequence("processors", kind("ByteLevel", trim_offsets=True, add_prefix_space=False), TEMPLATE),
]
DECODERS = [
    kind("ByteLevel"),
    kind("WordPiece", prefix="##", cleanup=True),
    kind("BPEDecoder", suffix="</w>"),
    sequence("decoders", kind("Replace", pattern={"String": "▁"}, content=" "), kind("ByteFallback"), kind("Fuse"),
             kind("Strip", content=" ", start=1, stop=0)),
    kind("CTC", pad_token="<s>", word_delimiter_token="|", cleanup=True),
]
CONFIG = {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "model_max_length": 512,
          "clean_up_tokenization_spaces": True, "added_tokens_decoder": {"0": added("<s>", 0, True)},
          "additional_special_tokens": ["<x>"], "padding_side": "left"}


def tokenizer_seeds():
    steps = zip(MODELS.items(), NORMALIZERS, PRE_TOKENIZERS, PROCESSORS, DECODERS)
    for (name, model), normalizer, pre_tokenizer, processor, decoder in steps:
        whole = {"version": "1.0", "added_tokens": [added("<s>", 0, True), added("ab d", 9, False)],
                 "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
                 "post_processor": processor, "decoder": decoder, "model": model,
                 "truncation": {"max_length": 6, "stride": 1, "direction": "Left", "strategy": "LongestFirst"},
                 "padding": {"strategy": {"Fixed": 12}, "direction": "Right", "pad_to_multiple_of": 4, "pad_id": 0,
                             "pad_type_id": 0, "pad_token": "<s>"}}
        text = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        yield name, text
        yield name + "_config", text + b"\0" + json.dumps(CONFIG).encode()


# The others

def template_seeds():
    for name, text in FAMILIES.items():
        yield name, text.encode()
    for i, text in enumerate(SNIPPETS):
        yield f"snippet{i}", text.encode()


def framing_seeds():
    params = {"prompt": {"text": "Hi"}, "stream": True, "config": {"max_new_tokens": 4, "top_p": 0.9}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "generate", "params": params}).encode()
    frame = b"Content-Length: %d\r\n\r\n%s" % (len(message), message)
    binary = b"content-length: 4\r\nContent-Type: application/x-safetensors\r\nContent-Id: x\r\n\r\nabcd"
    yield "request", b"\x07" + frame
    yield "both", b"\x50" + binary + frame
    yield "bare", b"\x00" + message


def generation_config_seeds():
    yield "sampling", json.dumps({"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.9, "min_p": 0.1,
                                  "eos_token_id": [1, 2], "max_new_tokens": 64, "stop_strings": ["x"],
                                  "transformers_version": "5.18.0"}).encode()
    yield "tokens", json.dumps({"num_beams": 4, "early_stopping": "never", "bad_words_ids": [[1, 2]],
                                "suppress_tokens": [3], "sequence_bias": [[[1], -2.5]], "forced_eos_token_id": 2,
                                "eos_token_id": 2, "exponential_decay_length_penalty": [3, 1.1]}).encode()
    yield "assignment", b"top_p=0.5"


# The hub

COMMIT, SHA256 = "0123456789abcdef0123456789abcdef01234567", "ab" * 32
MODEL_INFO = {"id": "org/name", "author": "org", "sha": COMMIT, "pipeline_tag": "text-generation", "gated": "manual",
              "private": False, "downloads": 12, "likes": 3, "trendingScore": 1.5, "usedStorage": 400,
              "tags": ["license:mit", "base_model:quantized:org/base", "base_model:org/base"],
              "safetensors": {"parameters": {"BF16": 7}, "total": 7}, "config": {"model_type": "llama"},
              "gguf": {"total": 7, "architecture": "llama", "context_length": 16}}


def hub_json_seeds():
    yield "model", json.dumps(MODEL_INFO).encode()
    yield "search", json.dumps([MODEL_INFO, {"id": "name"}]).encode()
    yield "tree", json.dumps([{"type": "directory", "path": "sub", "size": 0, "oid": COMMIT},
                              {"type": "file", "path": "sub/a.json", "size": 3, "oid": COMMIT, "xetHash": "x",
                               "lfs": {"oid": SHA256, "size": 9, "pointerSize": 100}}]).encode()
    yield "refs", json.dumps({"branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}],
                              "tags": [], "converts": [], "pullRequests": []}).encode()
    yield "kept", json.dumps({"format_version": 1, "files": {"a.json": {
        "size": 3, "blob_id": COMMIT, "lfs_sha256": SHA256, "lfs_size": 3, "xet_hash": "x"}}}).encode()


def card_seeds():
    yield "card", b"---\nlicense: mit\ntags: [a, 'b']\nbase:\n- x: 1\n  y: 0.5\n---\n# Title\n\n| a | b |\n"
    yield "alias", b"---\na: &a [1, true]\nb: *a\nc: |\n  text\n---\nbody"
    yield "none", b"# Title\n---\n"


def http_headers_seeds():
    yield "page", b'200\nLink: <https://hub.test/api/models?cursor=b>; rel="next"\nETag: W/"abc"\n'
    yield "range", b"206\nContent-Range: bytes 0-99/1000\nETag: \"" + SHA256.encode() + b"\"\n"
    yield "wait", b"429\nRetry-After: Fri, 31 Dec 2999 23:59:59 GMT\nRateLimit: \"api\";r=0;t=30\n"
    yield "moved", b"302\nLocation: //cdn.test/x?Signature=a\nRetry-After: 3\n"
    yield "gate", b"403\nX-Error-Code: GatedRepo\nX-Error-Message: is awaiting a review\n"


def cache_scan_seeds():
    place, other = "models--org--name", "f" * 40
    yield "whole", f"""f {place}/refs/main>{COMMIT}
f {place}/blobs/{SHA256}>abc
f {place}/blobs/{other}.incomplete>a
f {place}/trees/{COMMIT}.json>{{"format_version": 1, "files": {{}}}}
l {place}/snapshots/{COMMIT}/config.json>../../blobs/{SHA256}
l {place}/snapshots/{other}/sub/config.json>../../../blobs/{SHA256}
d {place}/.no_exist/{COMMIT}
f .locks/{place}/{SHA256}.lock>
""".encode()
    yield "links", f"""l {place}/snapshots/{COMMIT}/a>../../../../kept/file
l {place}/snapshots/{COMMIT}/sub>../../../../kept
l {place}/blobs/{SHA256}>{SHA256}
l {place}/blobs/{other}>../../../kept/file
l models--y/snapshots/{COMMIT}>../../../kept
l {place}/refs/main>/dev/null
""".encode()


# Image processors

def processor_seeds():
    for kind in ("ViT", "ConvNext", "Detr", "Yolos", "Mask2Former", "Sam", "DPT", "GLPN", "EfficientNet", "MobileViT",
                 "Llava", "Siglip2", "Qwen2VL", "Idefics3", "VitMatte"):
        file = {"image_processor_type": f"{kind}ImageProcessor", "size": {"shortest_edge": 20, "longest_edge": 40}}
        if kind in ("ViT", "DPT", "EfficientNet"):
            file["size"] = {"height": 20, "width": 30}
        yield kind, json.dumps(file).encode()
    file = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 20, "crop_size": [17, 30], "resample": 1,
            "image_mean": 0.5, "image_std": [0.2, 0.3, 0.4], "rescale_factor": 0.01, "do_center_crop": True, "do_pad": True,
            "pad_size": 60, "size_divisor": 3, "ensure_multiple_of": 7, "keep_aspect_ratio": True, "crop_pct": 0.9}
    yield "all", json.dumps(file).encode()
    yield "timm", json.dumps({"pretrained_cfg": {"input_size": [3, 20, 24], "crop_pct": 0.9, "crop_mode": "border",
                                                 "interpolation": "bicubic", "mean": [0.1, 0.2, 0.3]}}).encode()


def sound_seeds():
    """Short tones as WAV (16 bit, float, 8 bit, A-law) and AU, each behind the byte that chooses features."""
    tone = [math.sin(0.3 * i) * (1 - i / 900) for i in range(900)]
    pcm16 = b"".join(struct.pack("<h", int(20000 * x)) for x in tone)
    floats = b"".join(struct.pack("<f", x) for x in tone)
    bytes8 = bytes(int(127 * x) + 128 for x in tone)

    def wav(form, channels, rate, bits, samples):
        block = channels * bits // 8
        head = struct.pack("<HHIIHH", form, channels, rate, rate * block, block, bits)
        chunks = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(samples)) + samples
        return b"RIFF" + struct.pack("<I", len(chunks)) + chunks

    au = b".snd" + struct.pack(">IIIII", 24, len(pcm16), 3, 8000, 1) + b"".join(
        struct.pack(">h", int(20000 * x)) for x in tone)
    files = {"pcm": wav(1, 1, 16000, 16, pcm16), "float": wav(3, 2, 44100, 32, floats), "bytes": wav(1, 1, 8000, 8, bytes8),
             "alaw": wav(6, 1, 8000, 8, bytes8), "au": au, "empty": wav(1, 1, 16000, 16, b"")}
    for i, (name, file) in enumerate(files.items()):
        yield name, bytes([i % 4]) + file


def table_seeds():
    rows = "date,\"load, kW\",note\n2016-07-01 00:00:00,1.5,\"a \"\"b\"\"\nc\"\n2016-07-01T01:00:00Z,NA,x\n"
    yield "commas", b"\0" + rows.encode()
    yield "marked", b"\0\xef\xbb\xbf" + rows.encode()
    yield "wide", b"\4" + rows.encode("utf-16")
    yield "semicolons", b"\2Zeit;a;b\r\n1.2.2020 13:45;1,5;1.234,5\r\n2.2.2020 1:45 PM;-2e3;7%\r\n"
    yield "notes", b"\0Station 7\n\ntime\ttemp\n-\tC\n20200101\t3\n20200102\t5\n20200103\t\n"
    yield "two", b"\0date,time,x\n07/13/2016,23:00,1\n07/14/2016,00:30:10.5,2\n"
    yield "bare", b"\1" + b"1467331200000|2\n1467334800000|4\n" * 3
    yield "latin", b"\20Temp\xe9rature,y\n1 000,2\n"


def main():
    out = pathlib.Path(sys.argv[1])
    for target, seeds in {"safetensors": safetensors_seeds, "gguf": gguf_seeds, "pytorch": pytorch_seeds,
                          "tokenizer": tokenizer_seeds, "template": template_seeds, "framing": framing_seeds,
                          "generation_config": generation_config_seeds, "hub_json": hub_json_seeds,
                          "card": card_seeds, "http_headers": http_headers_seeds,
                          "cache_scan": cache_scan_seeds, "processor": processor_seeds, "table": table_seeds,
                          "sound": sound_seeds,
                          **{f"image_{name}": seeds for name, seeds in image_seeds.SEEDS.items()}}.items():
        folder = out / f"fuzz_{target}"
        folder.mkdir(parents=True, exist_ok=True)
        words = set()
        for name, data in seeds():
            (folder / name).write_bytes(data)
            words.update(re.findall(rb"[A-Za-z0-9_.]{3,40}", data))
        lines = [f'"{word.decode()}"\n' for word in sorted(words)]
        (out / f"fuzz_{target}.dict").write_text("".join(lines))


main()
