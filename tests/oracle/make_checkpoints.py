"""Checkpoints and unpacked values made by the reference libraries, for tests/checkpoint."""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

BLOCKS = 64  # of each packed type


def make_dequantize(out):
    """Random blocks of every type that the reference unpacks, and their values."""
    rng = np.random.default_rng(4)
    tensors = {}
    for kind in gguf.GGMLQuantizationType:
        _, size = gguf.GGML_QUANT_SIZES[kind]
        packed = rng.integers(0, 256, size=(BLOCKS, size), dtype=np.uint8)
        try:
            with np.errstate(all="ignore"):
                values = gguf.dequantize(packed, kind)
        except (NotImplementedError, ValueError):
            continue
        if values.dtype != np.float32:
            continue
        tensors[f"{kind.name}.packed"] = packed
        tensors[f"{kind.name}.values"] = np.ascontiguousarray(values)
    safetensors.numpy.save_file(tensors, out / "dequantize.safetensors")


def make_safetensors(out):
    """One tensor of each dtype that torch and safetensors share, with what they are."""
    kinds = [torch.bool, torch.uint8, torch.int8, torch.uint16, torch.int16, torch.uint32, torch.int32,
             torch.uint64, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64,
             torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu,
             torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]
    bytes_ = torch.arange(48, dtype=torch.uint8)
    tensors = {}
    for kind in kinds:
        data = bytes_ % 2 if kind == torch.bool else bytes_
        tensors[f"a.{str(kind).split('.')[1]}"] = data.view(kind).reshape(2, -1).clone()
    tensors["empty"] = torch.zeros(0, 3)
    tensors["scalar"] = torch.tensor(1.5)
    path = out / "kinds.safetensors"
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt", "note": "Grüße"})


def make_gguf(out):
    """Metadata of every type, and tensors of a few."""
    writer = gguf.GGUFWriter(out / "kinds.gguf", "llama")
    writer.add_custom_alignment(64)
    writer.add_uint8("t.uint8", 200)
    writer.add_int8("t.int8", -7)
    writer.add_uint16("t.uint16", 60000)
    writer.add_int16("t.int16", -600)
    writer.add_uint32("t.uint32", 4000000000)
    writer.add_int32("t.int32", -400000)
    writer.add_uint64("t.uint64", 2**40)
    writer.add_int64("t.int64", -(2**40))
    writer.add_float32("t.float32", 1e-5)
    writer.add_float64("t.float64", 0.1)
    writer.add_bool("t.bool", True)
    writer.add_string("t.string", "Grüße")
    writer.add_array("t.strings", ["a", "", "ü"])
    writer.add_array("t.ints", [1, -2, 3])
    writer.add_array("t.floats", [0.5, -1.25])
    writer.add_array("t.bools", [True, False])
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((3, 64), dtype=np.float32)
    expected = {"rows": rows}
    writer.add_tensor("rows", rows)
    writer.add_tensor("half", rows.astype(np.float16))
    packed = gguf.quantize(rows, gguf.GGMLQuantizationType.Q4_0)
    writer.add_tensor("packed", packed, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
    expected["packed"] = gguf.dequantize(packed, gguf.GGMLQuantizationType.Q4_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    safetensors.numpy.save_file(expected, out / "kinds.gguf.safetensors")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    make_dequantize(out)
    make_safetensors(out)
    make_gguf(out)


if __name__ == "__main__":
    main()
