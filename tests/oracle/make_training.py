"""What torch and transformers make of a few training steps: gradients of the first, weights after the last."""

import argparse
import copy
import json
from pathlib import Path
from unittest import mock

import torch
import transformers
from safetensors.torch import save_file

WINDOW = dict(num_input_channels=3, context_length=32, prediction_length=8, patch_length=8, patch_stride=4)
PATCHTST = WINDOW | dict(d_model=16, num_hidden_layers=2, num_attention_heads=4, ffn_dim=24, pooling_type=None)
MIXER = WINDOW | dict(d_model=8, num_layers=2, dropout=0.0, head_dropout=0.0)
# ProbSparse attention draws its own numbers, so Informer is compared with full attention.
TRANSFORMER = dict(context_length=20, prediction_length=6, lags_sequence=[1, 2, 5], num_time_features=2, d_model=16,
                   encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, dropout=0.0,
                   attention_dropout=0.0, activation_dropout=0.0, encoder_layerdrop=0.0, decoder_layerdrop=0.0)
AUTOFORMER = TRANSFORMER | dict(label_length=8, moving_average=5)
STEPS = 6

# name, model type, what its configuration changes, settings by the names of TrainingArguments
CASES = (
    ("adamw-linear", "patchtst", PATCHTST, dict(lr_scheduler_type="linear", warmup_steps=2)),
    ("adamw-cosine", "patchtst", PATCHTST | dict(norm_type="layernorm", use_cls_token=True,
                                                 positional_encoding_type="random", share_embedding=False),
     dict(lr_scheduler_type="cosine", warmup_ratio=0.3)),
    ("adamw-constant", "patchtst", PATCHTST | dict(channel_attention=True, pre_norm=False, loss="nll",
                                                   pooling_type="max"),
     dict(lr_scheduler_type="constant", gradient_accumulation_steps=2)),
    ("sgd-warmup", "patchtst", PATCHTST | dict(scaling="mean", pooling_type="mean"),
     dict(lr_scheduler_type="constant_with_warmup", warmup_steps=3, optim="sgd", max_grad_norm=0.05)),
    ("mixer-adamw", "patchtsmixer", MIXER | dict(mode="mix_channel", self_attn=True, self_attn_heads=2,
                                                 norm_mlp="BatchNorm", use_positional_encoding=True),
     dict(lr_scheduler_type="linear")),
    ("mixer-sgd", "patchtsmixer", MIXER | dict(prediction_channel_indices=[2, 0], loss="nll",
                                               distribution_output="normal"),
     dict(lr_scheduler_type="cosine", optim="sgd")),
    ("informer-adamw", "informer", TRANSFORMER | dict(attention_type="full", encoder_layers=3, scaling="std"),
     dict(lr_scheduler_type="cosine")),
    ("informer-sgd", "informer", TRANSFORMER | dict(attention_type="full", input_size=3, distribution_output="normal"),
     dict(lr_scheduler_type="linear", optim="sgd")),
    ("transformer-adamw", "time_series_transformer", TRANSFORMER, dict(lr_scheduler_type="constant")),
    ("transformer-features", "time_series_transformer",
     TRANSFORMER | dict(num_dynamic_real_features=1, num_static_categorical_features=2, cardinality=[5, 3],
                        embedding_dimension=[3, 2], num_static_real_features=1),
     dict(lr_scheduler_type="linear", covariates=["c"], static_categorical_features=[[0, 2], [4, 1]],
          static_real_features=[0.5])),
    ("autoformer-adamw", "autoformer", AUTOFORMER, dict(lr_scheduler_type="cosine")),
    ("autoformer-sgd", "autoformer", AUTOFORMER | dict(input_size=3, label_length=20, autocorrelation_factor=2,
                                                       distribution_output="normal", scaling="std"),
     dict(lr_scheduler_type="linear", optim="sgd")),
)
CLASSES = {"patchtst": transformers.PatchTSTForPrediction, "patchtsmixer": transformers.PatchTSMixerForPrediction,
           "informer": transformers.InformerForPrediction,
           "time_series_transformer": transformers.TimeSeriesTransformerForPrediction,
           "autoformer": transformers.AutoformerForPrediction}


def optimizer_of(model: torch.nn.Module, settings: dict) -> torch.optim.Optimizer:
    decaying = set(transformers.Trainer.get_decay_parameter_names(None, model))
    parameters = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    groups = [dict(params=[v for n, v in parameters if n in decaying], weight_decay=settings["weight_decay"]),
              dict(params=[v for n, v in parameters if n not in decaying], weight_decay=0.0)]
    kind = torch.optim.SGD if settings.get("optim") == "sgd" else torch.optim.AdamW
    return kind(groups, lr=settings["learning_rate"])


def train(model: torch.nn.Module, batches: list[dict], settings: dict) -> dict[str, torch.Tensor]:
    model.train()
    dtype = next(model.parameters()).dtype
    accumulation = settings.get("gradient_accumulation_steps", 1)
    warmup = settings.get("warmup_steps", -int(-settings.get("warmup_ratio", 0) * STEPS // 1))
    optimizer = optimizer_of(model, settings)
    schedule = transformers.get_scheduler(settings["lr_scheduler_type"], optimizer, warmup, STEPS)
    found = {}
    for step in range(STEPS):
        for part in range(accumulation):
            batch = batches[step * accumulation + part]
            inputs = {key: value.to(dtype) if value.is_floating_point() else value for key, value in batch.items()}
            # Autoformer calls float() inside, also where everything else is of doubles.
            with mock.patch.object(torch.Tensor, "float", lambda x: x.to(dtype)):
                (model(**inputs).loss / accumulation).backward()
        if step == 0:
            found |= {f"gradient.{n}": v.grad.clone() for n, v in model.named_parameters() if v.grad is not None}
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["max_grad_norm"])
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return found | {f"weight.{name}": value.clone() for name, value in model.state_dict().items()}


def tolerance(single: torch.Tensor, double: torch.Tensor) -> torch.Tensor:
    """1e-5, or ten times what rounding changes in the reference itself: AdamW makes large steps of gradients that are
    nothing but rounding, such as those of the biases of keys."""
    scale = max(1.0, double.abs().max().item())
    return torch.tensor(max(1e-5, 10 * (single - double).abs().max().item() / scale))


def batch_of(config: transformers.PretrainedConfig) -> dict[str, torch.Tensor]:
    if config.model_type.startswith("patch"):
        return {"past_values": torch.randn(5, 32, 3) * 3 + 1, "future_values": torch.randn(5, 8, 3) * 2}
    columns = (config.input_size,) if config.input_size > 1 else ()
    past, future = config.context_length + max(config.lags_sequence), config.prediction_length
    features = config.num_time_features + config.num_dynamic_real_features
    batch = {"past_values": torch.randn(5, past, *columns) * 3 + 1, "future_values": torch.randn(5, future, *columns) * 2,
             "past_time_features": torch.rand(5, past, features), "future_time_features": torch.rand(5, future, features),
             "past_observed_mask": torch.ones(5, past, *columns)}
    if config.num_static_categorical_features > 0:
        ids = [torch.randint(size, (5,)) for size in config.cardinality]
        batch["static_categorical_features"] = torch.stack(ids, 1)
    if config.num_static_real_features > 0:
        batch["static_real_features"] = torch.randn(5, config.num_static_real_features)
    return batch


def make(folder: Path, model_type: str, changes: dict, given: dict) -> None:
    settings = dict(learning_rate=0.01, weight_decay=0.1, max_steps=STEPS, max_grad_norm=1.0) | given
    model = CLASSES[model_type](transformers.AutoConfig.for_model(model_type, **changes))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    count = STEPS * settings.get("gradient_accumulation_steps", 1)
    batches = [batch_of(model.config) for _ in range(count)]
    exact = train(copy.deepcopy(model).double(), batches, settings)
    rounded = train(model, batches, settings)
    expected = {name: value.to(rounded[name].dtype) for name, value in exact.items()}
    expected |= {f"tolerance.{name}": tolerance(rounded[name].double(), value.double())
                 for name, value in exact.items()}
    tensors = {f"{key}.{i}": value for i, batch in enumerate(batches) for key, value in batch.items()}
    save_file(tensors, folder / "batches.safetensors")
    save_file({k: v.contiguous() for k, v in expected.items()}, folder / "expected.safetensors")
    (folder / "settings.json").write_text(json.dumps(settings))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    for index, case in enumerate(CASES):
        torch.manual_seed(index)
        make(out / case[0], *case[1:])
    print(f"{len(CASES)} cases")


if __name__ == "__main__":
    main()
