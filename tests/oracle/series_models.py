"""Tiny random checkpoints of models of time series, for make_models.py.

Where a case has trajectories.safetensors, its model drew `sequences`: generate() after torch.manual_seed(SEED), from the
case's inputs without the future's values; `log_prob` and `mean` are those of the distribution over the future that
`params.0`, …, `loc` and `scale` describe.
"""

import inspect
import math
from pathlib import Path

import torch
import transformers
from multimodal_models import write
from safetensors.torch import save_file

SEED = 5
CONTEXT, PREDICTION, LAGS = 24, 8, [1, 2, 5]
SMALL = dict(d_model=16, encoder_attention_heads=2, decoder_attention_heads=4, encoder_ffn_dim=24, decoder_ffn_dim=20,
             encoder_layers=2, decoder_layers=2, prediction_length=PREDICTION, context_length=CONTEXT,
             lags_sequence=LAGS, num_time_features=2, num_parallel_samples=3)
STATIC = dict(num_static_categorical_features=2, cardinality=[5, 4], embedding_dimension=[3, 2], num_static_real_features=1,
              num_dynamic_real_features=1)
MANY = dict(input_size=3, scaling="std")
COUNTS = dict(distribution_output="negative_binomial", scaling=True)
# The decoder leaves queries out from step 16 on, but for step 20.
LONG = dict(prediction_length=24, sampling_factor=5)
NORMAL = dict(distribution_output="normal", scaling=None, activation_function="relu")
TIMESFM = dict(patch_length=8, context_length=32, horizon_length=16, freq_size=3, num_hidden_layers=2, hidden_size=16,
               intermediate_size=24, head_dim=8, num_attention_heads=2, quantiles=[0.1, 0.5, 0.9])
PATCHES = dict(num_input_channels=3, context_length=24, prediction_length=8, patch_length=8, patch_stride=4, d_model=16)
PATCHTST = PATCHES | dict(num_hidden_layers=2, num_attention_heads=2, ffn_dim=24)
MIXER = PATCHES | dict(num_layers=2)


def series(variates: int = 1, features: int = 2, static: bool = False, counts: bool = False,
           prediction: int = PREDICTION) -> dict[str, torch.Tensor]:
    """Two series, one with gaps, one with a step of the future that does not count."""
    past = CONTEXT + max(LAGS)

    def values(steps: int) -> torch.Tensor:
        shape = (2, steps) if variates == 1 else (2, steps, variates)
        return torch.poisson(4 + torch.rand(shape)) if counts else 3 * torch.randn(shape) + 1

    inputs = {"past_values": values(past), "future_values": values(prediction),
              "past_time_features": torch.randn(2, past, features),
              "future_time_features": torch.randn(2, prediction, features)}
    for name in ("past", "future"):
        inputs[f"{name}_observed_mask"] = torch.ones_like(inputs[f"{name}_values"])
        inputs[f"{name}_observed_mask"][1, -3:-1] = 0
    if static:
        inputs |= {"static_categorical_features": torch.tensor([[4, 0], [1, 3]]),
                   "static_real_features": torch.randn(2, 1)}
    return inputs


def context() -> dict[str, torch.Tensor]:
    """Two series, shorter than the model's context."""
    return {"past_values": torch.randn(2, 21).abs(), "freq": torch.tensor([0, 2]), "future_values": torch.randn(2, 16)}


def patches() -> dict[str, torch.Tensor]:
    """Two series of whole patches, the second with padding in front."""
    padding = torch.zeros(2, 32)
    padding[1, :14] = 1
    return {"past_values": torch.randn(2, 32), "past_values_padding": padding, "freq": torch.tensor([[1], [0]])}


def patched(target: torch.Tensor | None = None, mask: str = "past_observed_mask", counts: bool = False) -> dict:
    """Two series of three channels with a gap; without a target also their future."""
    past, future = 3 * torch.randn(2, 24, 3) + 1, 3 * torch.randn(2, 8, 3)
    inputs = {"past_values": past, mask: torch.ones_like(past)}
    inputs[mask][1, 3:6, 0] = 0
    if target is not None:
        del inputs[mask]
        return inputs | {"target_values": target}
    return inputs | {"future_values": torch.poisson(future.abs()) if counts else future}


# class and what tells cases of it apart, model type, what its configuration changes, inputs
CASES = (
    ("TimeSeriesTransformerForPrediction", "time_series_transformer", SMALL, series),
    ("TimeSeriesTransformerForPrediction-counts", "time_series_transformer", SMALL | COUNTS, lambda: series(counts=True)),
    ("TimeSeriesTransformerForPrediction-normal", "time_series_transformer", SMALL | NORMAL, series),
    ("TimeSeriesTransformerForPrediction-many", "time_series_transformer", SMALL | MANY, lambda: series(variates=3)),
    ("TimeSeriesTransformerForPrediction-shallow", "time_series_transformer", SMALL | dict(decoder_layers=1), series),
    ("TimeSeriesTransformerModel-static", "time_series_transformer", SMALL | STATIC,
     lambda: series(features=3, static=True)),
    ("InformerForPrediction", "informer", SMALL | dict(sampling_factor=6), series),
    ("InformerForPrediction-sparse", "informer", SMALL | dict(sampling_factor=1), series),
    ("InformerForPrediction-long", "informer", SMALL | LONG | dict(num_parallel_samples=50), lambda: series(prediction=24)),
    ("InformerForPrediction-shallow", "informer", SMALL | LONG | dict(
        decoder_layers=1, sampling_factor=2, decoder_attention_heads=2), lambda: series(prediction=24)),
    ("InformerForPrediction-deep", "informer", SMALL | LONG | dict(decoder_layers=3, input_size=2),
     lambda: series(variates=2, prediction=24)),
    ("InformerForPrediction-deeper", "informer", SMALL | dict(
        decoder_layers=4, sampling_factor=2, decoder_attention_heads=8), series),
    ("InformerForPrediction-full", "informer", SMALL | dict(
        attention_type="full", decoder_layers=3, num_parallel_samples=50), series),
    ("InformerModel-full", "informer", SMALL | dict(attention_type="full", distil=False), series),
    ("AutoformerForPrediction", "autoformer", SMALL | dict(moving_average=7), series),
    ("AutoformerModel-many", "autoformer", SMALL | MANY | dict(label_length=20, moving_average=5),
     lambda: series(variates=3)),
    ("TimesFmModelForPrediction", "timesfm", TIMESFM | dict(use_positional_embedding=True), context),
    ("TimesFmModel", "timesfm", TIMESFM, patches),
    ("PatchTSTForPrediction", "patchtst", PATCHTST | dict(pooling_type=None), patched),
    ("PatchTSTForPrediction-student", "patchtst", PATCHTST | dict(
        loss="nll", use_cls_token=True, positional_encoding_type="random", norm_type="layernorm"), patched),
    ("PatchTSTForPrediction-counts", "patchtst", PATCHTST | dict(
        loss="nll", distribution_output="negative_binomial", scaling="mean"), lambda: patched(counts=True)),
    ("PatchTSTForPrediction-channels", "patchtst", PATCHTST | dict(
        channel_attention=True, pre_norm=False, share_embedding=False, pooling_type="max", scaling=True), patched),
    ("PatchTSTForRegression", "patchtst", PATCHTST | dict(num_targets=2, output_range=[-1.0, 2.0]),
     lambda: patched(torch.randn(2, 2))),
    ("PatchTSTForRegression-normal", "patchtst", PATCHTST | dict(num_targets=2, loss="nll", distribution_output="normal"),
     lambda: patched(torch.randn(2, 2))),
    ("PatchTSTForClassification", "patchtst", PATCHTST | dict(num_targets=3), lambda: patched(torch.tensor([2, 0]))),
    ("PatchTSTModel", "patchtst", PATCHTST | dict(scaling=None, bias=False), patched),
    ("PatchTSMixerForPrediction", "patchtsmixer", MIXER | dict(mode="mix_channel", norm_mlp="BatchNorm"),
     lambda: patched(mask="observed_mask")),
    ("PatchTSMixerForPrediction-chosen", "patchtsmixer", MIXER | dict(
        prediction_channel_indices=[2, 0], loss="nll", scaling="mean"), lambda: patched(mask="observed_mask")),
    ("PatchTSMixerForRegression", "patchtsmixer", MIXER | dict(
        self_attn=True, self_attn_heads=2, use_positional_encoding=True, num_targets=2, head_aggregation=None,
        loss="nll", distribution_output="normal"), lambda: patched(torch.randn(2, 2))),
    ("PatchTSMixerForTimeSeriesClassification", "patchtsmixer", MIXER | dict(
        gated_attn=False, num_targets=3, head_aggregation="use_last"), lambda: patched(torch.tensor([2, 0]))),
    ("PatchTSMixerModel", "patchtsmixer", MIXER | dict(scaling=None), lambda: patched(mask="observed_mask")),
)


@torch.no_grad()
def write_trajectories(folder: Path, class_name: str, inputs: dict[str, torch.Tensor]) -> None:
    model = getattr(transformers, class_name).from_pretrained(folder, attn_implementation="eager").eval()
    known = inspect.signature(model.generate).parameters
    torch.manual_seed(SEED)
    drawn = model.generate(**{name: value for name, value in inputs.items() if name in known})
    outputs = model(**inputs)
    # A negative binomial's parameters have been scaled in place.
    size = {} if model.config.distribution_output == "negative_binomial" else dict(loc=outputs.loc, scale=outputs.scale)
    distribution = model.output_distribution(outputs.params, **size)
    save_file({"sequences": drawn.sequences, "log_prob": distribution.log_prob(inputs["future_values"]),
               "mean": distribution.mean.contiguous(), **size,
               **{f"params.{i}": value for i, value in enumerate(outputs.params)}}, folder / "trajectories.safetensors")
    steps = model.config.context_length
    if class_name.startswith("Informer") and model.config.attention_type == "prob" and \
            model.config.sampling_factor * math.ceil(math.log1p(steps)) < steps:  # draws queries in every pass
        outputs = {name: outputs[name] for name in ("loc", "scale", "static_features")}
        save_file(outputs, folder / "expected.safetensors")


def make(out: Path) -> int:
    """Writes the cases and tells how many."""
    for name, model_type, changes, inputs in CASES:
        torch.manual_seed(len(name))
        batch, class_name = inputs(), name.partition("-")[0]
        write(out / name, class_name, model_type, changes, batch)
        if class_name.endswith("ForPrediction") and "past_time_features" in batch:
            write_trajectories(out / name, class_name, batch)
    return len(CASES)
