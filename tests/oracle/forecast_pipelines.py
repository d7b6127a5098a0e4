"""Cases of time-series-forecasting, for make_pipelines.py: what transformers draws and numpy says of it."""

import datetime
import math

import numpy as np
import torch
import transformers
from detector_models import randomize
from series_models import LAGS, SMALL, TIMESFM

TASK = "time-series-forecasting"
START, STEP = datetime.datetime(2019, 12, 30, 18), 3600
ROWS, SEED, DRAWS = 90, 4, 20
PAST = SMALL["context_length"] + max(LAGS)
STEPS = SMALL["prediction_length"]


def model_of(kit, name: str, class_name: str, model_type: str, **config):
    torch.manual_seed(len(name))
    model = getattr(transformers, class_name)(transformers.AutoConfig.for_model(model_type, **config)).eval()
    randomize(model)
    model.save_pretrained(kit.out / name)
    return getattr(transformers, class_name).from_pretrained(kit.out / name, attn_implementation="eager").eval()


def values() -> np.ndarray:
    """Two columns: waves of a day with noise, and a slow climb."""
    at, noise = np.arange(ROWS), np.random.default_rng(7).normal(size=(2, ROWS))
    return np.stack([10 + 4 * np.sin(2 * np.pi * at / 24) + 0.3 * noise[0], 50 + 0.2 * at + noise[1]]).astype(np.float32)


def hours(row: int) -> list[float]:
    """GluonTS's features of an hour, and age."""
    time = START + datetime.timedelta(seconds=STEP * row)
    return [time.hour / 23 - 0.5, time.weekday() / 6 - 0.5, (time.day - 1) / 30 - 0.5,
            (time.timetuple().tm_yday - 1) / 365 - 0.5, math.log10(2 + row)]


@torch.no_grad()
def draw(model, series: np.ndarray, origins: list[int], draws: int) -> np.ndarray:
    """Futures [origins, series, draws, steps]."""
    past = np.concatenate([series[:, origin - PAST:origin] for origin in origins])
    times = [[[hours(row) for row in range(first, last)] for _ in series]
             for origin in origins for first, last in [(origin - PAST, origin)]]
    future = [[[hours(row) for row in range(origin, origin + STEPS)] for _ in series] for origin in origins]
    model.config.num_parallel_samples = draws
    torch.manual_seed(SEED)
    drawn = model.generate(past_values=torch.from_numpy(past), past_observed_mask=torch.ones(past.shape),
                           past_time_features=torch.tensor(times).flatten(0, 1),
                           future_time_features=torch.tensor(future).flatten(0, 1)).sequences
    return drawn.reshape(len(origins), len(series), draws, STEPS).double().numpy()


def names(origin: int) -> list[str]:
    return [str(START + datetime.timedelta(seconds=STEP * (origin + i))) for i in range(STEPS)]


def scores(levels, truth, point, quantiles, draws, scale) -> dict:
    """truth and point [windows, series, steps], quantiles [levels, …] or None, draws [windows, series, draws, steps]."""
    error = np.abs(truth - point)
    shown = [point] * len(levels) if quantiles is None else quantiles
    pinball = np.mean([np.maximum(level * (truth - q), (level - 1) * (truth - q)) for level, q in zip(levels, shown)])
    if draws is None:
        crps = error.mean()
    else:
        spread = np.abs(draws[:, :, :, None] - draws[:, :, None]).mean((2, 3))
        crps = (np.abs(draws - truth[:, :, None]).mean(2) - spread / 2).mean()
    result = dict(mae=error.mean(), mse=(error ** 2).mean(), crps=crps, mase=(error / scale[None, :, None]).mean(),
                  pinball=pinball, mae_by_step=error.mean((0, 1)).tolist(), mse_by_step=(error ** 2).mean((0, 1)).tolist())
    if quantiles is not None:
        inside = (truth >= quantiles[0]) & (truth <= quantiles[-1])
        result[f"coverage_{levels[-1] - levels[0]:.4g}"] = inside.mean()
    return {name: value if isinstance(value, list) else float(value) for name, value in result.items()}


def backtest(model, series: np.ndarray, levels, windows: int, stride: int, season: int) -> dict:
    last = ROWS - STEPS
    origins = [last - stride * i for i in reversed(range(windows))]
    drawn = draw(model, series, origins, DRAWS)
    truth = np.stack([series[:, origin:origin + STEPS] for origin in origins]).astype(float)
    naive = np.stack([series[:, [origin + k - season * (k // season + 1) for k in range(STEPS)]]
                      for origin in origins]).astype(float)
    before = series[:, :origins[0]].astype(float)
    scale = np.abs(before[:, season:] - before[:, :-season]).mean(1)
    point, quantiles = drawn.mean(2), np.quantile(drawn, levels, axis=2)
    mae = np.abs(truth - point).mean((0, 2))
    return dict(windows=windows, stride=stride, season=season,
                model=scores(levels, truth, point, quantiles, drawn, scale),
                seasonal_naive=scores(levels, truth, naive, None, None, scale),
                mae_by_column={name: float(value) for name, value in zip("ab", mae)})


def document(origin, levels, point, quantiles, series, draws=None) -> list[dict]:
    result = []
    for i, name in enumerate("ab"):
        one = dict(column=name, point=point[i].tolist())
        if quantiles is not None:
            one["quantiles"] = {str(level): quantiles[j][i].tolist() for j, level in enumerate(levels)}
        if draws is not None:
            one["trajectories"] = draws[i].tolist()
        if origin < ROWS:
            one["truth"] = [float(value) for value in series[i, origin:origin + STEPS]]
        result.append(one)
    return result


def forecast_cases(kit) -> None:
    series = values()
    given = {"values": {name: [float(v) for v in column] for name, column in zip("ab", series)}, "start": str(START),
             "step": STEP}
    model = model_of(kit, "series-hours", "TimeSeriesTransformerForPrediction", "time_series_transformer",
                     **SMALL | dict(num_time_features=5))
    levels = [0.1, 0.5, 0.9]
    for origin, more in ((ROWS, {}), (ROWS - STEPS, dict(trajectories=True)), (ROWS - STEPS, dict(backtest=3, stride=5))):
        drawn = draw(model, series, [origin], DRAWS)[0]
        expected = dict(origin=origin, times=names(origin), series=document(
            origin, levels, drawn.mean(1), np.quantile(drawn, levels, axis=1), series,
            drawn if "trajectories" in more else None))
        if "backtest" in more:
            expected["backtest"] = backtest(model, series, levels, 3, 5, 24)
        kit.add("series-hours", TASK, given, expected, quantiles=levels, num_samples=DRAWS, seed=SEED, **more,
                **({} if origin == ROWS else dict(origin=origin)))
    scaled_case(kit, model, series)
    timesfm_case(kit, series, given)
    patch_cases(kit, series)


def scaled_case(kit, model, series: np.ndarray) -> None:
    """From a file with decimal commas, its columns in another order, values standardised."""
    origin, table = ROWS, kit.out / "hours.csv"
    cells = [[str(value).replace(".", ",") for value in column] for column in series]
    times = [f"{START + datetime.timedelta(seconds=STEP * i):%d.%m.%Y;%H:%M}" for i in range(ROWS)]
    table.write_text("\n".join(["day;time;b;a", *map(";".join, zip(times, cells[1], cells[0]))]))
    mean, deviation = series[:, :60].astype(float).mean(1), series[:, :60].astype(float).std(1)
    drawn = draw(model, ((series - mean[:, None]) / deviation[:, None]).astype(np.float32), [origin], DRAWS)[0]
    drawn = drawn * deviation[:, None, None] + mean[:, None, None]
    expected = dict(origin=origin, times=names(origin), series=document(
        origin, [0.25], drawn.mean(1), np.quantile(drawn, [0.25], axis=1), series))
    kit.add("series-hours", TASK, {"series": str(table)}, expected, columns=["a", "b"], quantiles=[0.25], seed=SEED,
            num_samples=DRAWS, scaling="standard", scaling_rows=60, table={"time_form": "dmy"})


@torch.no_grad()
def timesfm_case(kit, series: np.ndarray, given: dict) -> None:
    """Levels between those that the model knows."""
    model = model_of(kit, "series-timesfm", "TimesFmModelForPrediction", "timesfm", **TIMESFM)
    outputs = model(past_values=torch.from_numpy(series[:, :70]))
    full = outputs.full_predictions[:, :STEPS].double().numpy()
    quantiles = [full[..., 2], 0.25 * full[..., 2] + 0.75 * full[..., 3]]
    expected = dict(origin=70, times=names(70), series=document(70, [0.5, 0.8], full[..., 0], quantiles, series))
    kit.add("series-timesfm", TASK, given, expected, quantiles=[0.5, 0.8], origin=names(70)[0], horizon=STEPS)


@torch.no_grad()
def patch_cases(kit, series: np.ndarray) -> None:
    """Two channels that are forecast together: points, and draws where the loss was a likelihood. No times."""
    sizes = dict(context_length=32, patch_length=8, patch_stride=8, prediction_length=STEPS, d_model=16, num_input_channels=2)
    patchtst = sizes | dict(num_attention_heads=2, num_hidden_layers=2, ffn_dim=24)
    given = {"values": {name: [float(v) for v in column] for name, column in zip("ab", series)}}
    past = torch.from_numpy(series[:, -32:].T[None].copy())
    for name, class_name, config in (
            ("series-patchtst", "PatchTSTForPrediction", patchtst | dict(loss="mse")),
            ("series-patchtst-nll", "PatchTSTForPrediction", patchtst | dict(loss="nll", num_parallel_samples=7)),
            ("series-mixer", "PatchTSMixerForPrediction", sizes | dict(loss="mse", num_layers=2))):
        model = model_of(kit, name, class_name, "patchtsmixer" if "mixer" in name else "patchtst", **config)
        torch.manual_seed(SEED)
        drawn = model.generate(past_values=past).sequences if "nll" in name else model(past_values=past).prediction_outputs
        drawn = drawn.double().numpy().reshape(-1, STEPS, 2).transpose(2, 0, 1)
        quantiles = np.quantile(drawn, [0.5], axis=1) if "nll" in name else None
        expected = dict(origin=ROWS, series=document(ROWS, [0.5], drawn.mean(1), quantiles, series))
        kit.add(name, TASK, given, expected, quantiles=[0.5], seed=SEED)
