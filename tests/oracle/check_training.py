"""Trains with orrery-cli, opens what it wrote with transformers, and compares what the two forecast; then the other way
round: a checkpoint of transformers is trained on and opened again."""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file

# What a model is like, and settings that only it takes.
CASES = (
    (dict(model_type="patchtst", d_model=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16, pooling_type=None), {}),
    (dict(model_type="patchtsmixer", d_model=8, num_layers=1, self_attn=True), {}),
    (dict(model_type="time_series_transformer"),
     dict(covariates=["known"], static_categorical_features=[[0], [2]], static_real_features=[0.5])),
    (dict(model_type="autoformer", label_length=4, moving_average=5), dict(covariates=["known"])),
)
WINDOW = dict(context_length=24, prediction_length=6)
PATCHES = dict(patch_length=6, patch_stride=6)
LAGS = dict(lags_sequence=[1, 2], d_model=16, num_time_features=1)
CLASSES = {"patchtst": transformers.PatchTSTForPrediction, "patchtsmixer": transformers.PatchTSMixerForPrediction,
           "time_series_transformer": transformers.TimeSeriesTransformerForPrediction,
           "autoformer": transformers.AutoformerForPrediction}


def run(cli: str, *arguments: str) -> None:
    subprocess.run([cli, *arguments], check=True, stdout=subprocess.DEVNULL)


def inputs_of(config: transformers.PretrainedConfig) -> dict[str, torch.Tensor]:
    if config.model_type.startswith("patch"):
        return {"past_values": torch.randn(3, 24, 2)}
    width = config.num_time_features + config.num_dynamic_real_features
    assert width == 2
    inputs = {"past_values": torch.randn(3, 26), "past_observed_mask": torch.ones(3, 26), "future_values": torch.randn(3, 6),
              "past_time_features": torch.rand(3, 26, width), "future_time_features": torch.rand(3, 6, width)}
    if config.num_static_categorical_features > 0:
        assert config.cardinality == [3] and config.num_static_real_features == 1
        inputs |= {"static_categorical_features": torch.tensor([[0], [2], [1]]), "static_real_features": torch.rand(3, 1)}
    return inputs


def compare(cli: str, folder: Path) -> None:
    """transformers and orrery-cli forecast the same from `folder`, of which no tensor is missing or left over."""
    kind = CLASSES[json.loads((folder / "config.json").read_text())["model_type"]]
    model, told = kind.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    inputs = inputs_of(model.config)
    save_file(inputs, folder / "inputs.safetensors")
    run(cli, "forward", "--model", str(folder), "--inputs", str(folder / "inputs.safetensors"), "--outputs",
        str(folder / "outputs.safetensors"))
    with torch.no_grad():
        outputs = model.eval()(**inputs)
    patches = model.config.model_type.startswith("patch")
    name, expected = ("prediction_outputs", outputs.prediction_outputs) if patches else ("params.1", outputs.params[1])
    found = load_file(folder / "outputs.safetensors")[name]
    assert torch.allclose(found, expected, atol=1e-4), (found - expected).abs().max()


def begun_by_transformers(config: dict, only: dict) -> transformers.PreTrainedModel:
    if config["model_type"].startswith("patch"):
        return CLASSES[config["model_type"]](transformers.AutoConfig.for_model(**config, num_input_channels=2))
    features = dict(num_dynamic_real_features=1)
    if "static_real_features" in only:
        features |= dict(num_static_real_features=1, num_static_categorical_features=1, cardinality=[3])
    return CLASSES[config["model_type"]](transformers.AutoConfig.for_model(**config, **features))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    cli = parser.parse_args().cli
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        rows = [f"{i},{math.sin(i * 0.26):.5f},{math.cos(i * 0.13):.5f},{i % 3}" for i in range(200)]
        (root / "table.csv").write_text("\n".join(["time,a,b,known", *rows]) + "\n")
        for case, only in CASES:
            patches = case["model_type"].startswith("patch")
            config = WINDOW | (PATCHES if patches else LAGS) | case
            common = dict(train_file=str(root / "table.csv"), value_columns=["a", "b"], max_steps=5, learning_rate=0.01) | only
            if not patches:
                common["time_features"] = ["age"]
            out = root / config["model_type"]
            (root / "a.json").write_text(json.dumps(common | dict(config=config, output_dir=str(out))))
            run(cli, "train", str(root / "a.json"))
            compare(cli, out)
            theirs, on = root / ("theirs-" + config["model_type"]), root / ("on-" + config["model_type"])
            begun_by_transformers(config, only).save_pretrained(theirs)
            (root / "b.json").write_text(json.dumps(common | dict(model=str(theirs), output_dir=str(on))))
            run(cli, "train", str(root / "b.json"))
            compare(cli, on)
    print("written checkpoints open in transformers, and the other way round")


if __name__ == "__main__":
    main()
