"""Writes sounds, files of feature extractors, and the tensors that transformers' extractors make of the sounds.

    make_sounds.py --out DIR

DIR/<case>/ is a model folder. DIR/cases.json lists cases of name, folder, sounds and options (arguments of the call);
DIR/expected.safetensors holds their tensors as `<name>/<tensor>`, the sounds as `sound/<name>`, and spectrograms and
filter banks of many settings as `spectrogram/<settings>`. DIR/files/ has sound and video files of many kinds,
and files.json and videos.json what is in them.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
from safetensors.torch import save_file
from sound_files import write_files, write_videos
from transformers import AutoFeatureExtractor, logging
from transformers.audio_utils import mel_filter_bank, power_to_db, spectrogram, window_function

logging.set_verbosity_error()
MASK, LONGEST = {"return_attention_mask": True}, {"padding": "longest"}
WHISPER = [({}, [{}, MASK, {"do_normalize": True}, LONGEST | {"truncation": False} | MASK, LONGEST | {"pad_to_multiple_of": 1000},
                 {"max_length": 20_000} | MASK, {"max_length": 3001, "truncation": False, "padding": "do_not_pad"}]),
           ({"feature_size": 128, "chunk_length": 2, "n_fft": 401, "hop_length": 100, "return_attention_mask": True, "padding_value": 0.01},
            [{}, {"return_attention_mask": False}, MASK | {"do_normalize": True}]),
           ({"chunk_length": 1, "padding_side": "left"}, [MASK, {"do_normalize": True}])]
WAVES = [({}, [{}, LONGEST, LONGEST | MASK, {"padding": "max_length", "max_length": 21_000, "truncation": True}, LONGEST | {"pad_to_multiple_of": 512}]),
         ({"return_attention_mask": True, "padding_value": 0.5}, [LONGEST, {}, LONGEST | {"return_attention_mask": False}]),
         ({"do_normalize": False, "padding_side": "left"}, [LONGEST | MASK]),
         ({"padding_side": "left"}, [LONGEST | MASK])]
MEL = [{}, {"feature_size": 40, "stride": 3, "num_mel_bins": 40, "padding_value": 1.5}]
TARGET = {"audio_target": True}
# For each type, files (what they say besides the type) and the options to call each with.
CASES = {
    "Whisper": WHISPER, "Wav2Vec2": WAVES,
    "SeamlessM4T": [(file, [{}, {"do_normalize_per_mel_bins": False}, {"padding": "max_length", "max_length": 150, "truncation": True},
                            {"return_attention_mask": False, "pad_to_multiple_of": 7}]) for file in MEL],
    "AST": [({}, [{}]), ({"num_mel_bins": 40, "max_length": 60, "mean": -3.5, "std": 3, "do_normalize": True}, [{}]), ({"do_normalize": False, "max_length": 200}, [{}])],
    "Clap": [({"max_length_s": 1, "truncation": "fusion", "padding": padding} | more, [{}])
             for padding, more in [("repeatpad", {}), ("repeat", {}), ("pad", {}), ("repeatpad", {"truncation": "rand_trunc"}), ("repeat", {"truncation": "rand_trunc", "sampling_rate": 22050}),
                                   ("pad", {"fft_window_size": 512, "hop_length": 320, "frequency_min": 50, "frequency_max": 9000})]] ,
    "SpeechT5": [(file, options + [TARGET, TARGET | LONGEST]) for file, options in WAVES[:2]] +
                [({"num_mel_bins": 40, "hop_length": 10, "win_length": 50, "win_function": "hamming_window", "fmin": 10, "fmax": 6000, "mel_floor": 1e-6, "return_attention_mask": False}, [TARGET | LONGEST])],
}
SPECTROGRAMS = [
    {"frame_length": 400, "hop_length": 160, "power": 1.0}, {"frame_length": 400, "hop_length": 100, "fft_length": 512, "power": 2.0, "log_mel": "log"},
    {"frame_length": 321, "hop_length": 77, "power": 1.0, "center": False, "log_mel": "dB", "reference": 2.0, "min_value": 1e-4, "db_range": 40.0},
    {"frame_length": 512, "hop_length": 512, "power": 2.0, "log_mel": "dB", "db_range": 60.0, "remove_dc_offset": True},
    {"frame_length": 256, "hop_length": 64, "power": 2.0, "preemphasis": 0.9, "log_mel": "log10"},
]
BANKS = [dict(min_frequency=f, max_frequency=t, norm=n, mel_scale=s, triangularize_in_mel_space=m)
         for f, t, n, s, m in [(0, 8000, None, "htk", False), (20, 7000, "slaney", "slaney", False), (20, 8000, None, "kaldi", True), (60, 3000, "slaney", "htk", True)]]
WINDOWS = [(400, "hann", True), (401, "hamming", False), (25, "povey", False), (32, "boxcar", True), (1, "hann", True)]


def make_sounds() -> dict[str, np.ndarray]:
    """Tones, noise, silence and an offset, of odd lengths."""
    draw = np.random.default_rng(7)
    length = {"tone": 20_801, "noise": 5000, "short": 811, "silence": 9000, "voice": 33_333, "exact": 48_000, "second": 48_481, "third": 48_960, "loud": 16_000}
    sounds = {}
    for i, (name, count) in enumerate(length.items()):
        t = np.arange(count) / 16_000
        wave = sum(a * np.sin(2 * np.pi * f * t * (1 + 0.1 * t)) for a, f in [(0.3, 220 + 31 * i), (0.2, 1000 + 77 * i), (0.1, 3500)])
        wave = wave * (0.55 + 0.45 * np.sin(2 * np.pi * 1.7 * t)) + 0.01 * draw.standard_normal(count)
        sounds[name] = {"noise": 0.3 * draw.standard_normal(count), "silence": np.zeros(count), "loud": 3 * wave + 0.5}.get(name, wave).astype(np.float32)
    return sounds


def batches(kind: str, file: dict) -> list[list[str]]:
    if file.get("truncation") == "rand_trunc":
        return [["tone"], ["short"], ["silence"]]
    if kind == "Clap":
        # A second at 48 kHz and what is a little longer, of whose cuts there is no choice.
        return [["tone"], ["short"], ["exact"], ["second"], ["silence"]]
    if kind == "SeamlessM4T":
        # Of silence it makes NumPy's own rounding, enlarged three thousand times.
        return [["tone"], ["short"], ["loud"], ["voice", "noise", "short"]]
    return [["tone"], ["short"], ["silence"], ["loud"], ["voice", "noise", "short"]]


class Cases:
    def __init__(self, out: Path, sounds: dict[str, np.ndarray]):
        self.out, self.sounds = out, sounds
        self.cases, self.tensors = [], {f"sound/{name}": torch.from_numpy(wave) for name, wave in sounds.items()}

    def add(self, folder: str, options: dict, names: list[str]):
        extractor = AutoFeatureExtractor.from_pretrained(self.out / folder)
        waves, more = [self.sounds[name] for name in names], dict(options)
        key = {"audio_target": waves} if more.pop("audio_target", False) else {"audio": waves} if "speecht5" in folder else {"raw_speech": waves}
        try:
            outputs = extractor(**key, **more, sampling_rate=extractor.sampling_rate, return_tensors="pt")
        except ValueError:
            return  # sounds of different lengths without padding
        if any(isinstance(value, torch.Tensor) and value.is_floating_point() and not value.isfinite().all() for value in outputs.values()):
            return
        name = "-".join([folder, *(f"{k}={v}" for k, v in options.items()), "+".join(names)])
        self.cases.append({"name": name, "folder": folder, "sounds": names, "options": options})
        for key, value in outputs.items():
            self.tensors[f"{name}/{key}"] = value.contiguous()

    def add_functions(self):
        wave = self.sounds["tone"]
        for i, settings in enumerate(SPECTROGRAMS):
            window = window_function(settings["frame_length"], "hann")
            self.tensors[f"spectrogram/{i}"] = torch.from_numpy(spectrogram(wave, window, **settings).astype(np.float32)).contiguous()
        for i, settings in enumerate(BANKS):
            self.tensors[f"bank/{i}"] = torch.from_numpy(mel_filter_bank(201, 40, sampling_rate=16_000, **settings))
        for i, (length, name, periodic) in enumerate(WINDOWS):
            self.tensors[f"window/{i}"] = torch.from_numpy(window_function(length, name, periodic))
        mel = spectrogram(wave, window_function(400, "hann"), 400, 160, power=2.0, mel_filters=mel_filter_bank(201, 40, 0, 8000, 16_000))
        decibels = power_to_db(mel, db_range=80.0)
        basis = np.cos(np.pi / 40 * np.outer(np.arange(13), np.arange(40) + 0.5)) * np.sqrt(2 / 40)
        basis[0] /= np.sqrt(2)
        self.tensors["mfcc/mel"] = torch.from_numpy(decibels.astype(np.float32)).contiguous()
        self.tensors["mfcc/expected"] = torch.from_numpy((basis @ decibels).astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    cases = Cases(out, make_sounds())
    for kind, files in CASES.items():
        for number, (file, calls) in enumerate(files):
            folder = f"{kind.lower()}{number}"
            (out / folder).mkdir(exist_ok=True)
            (out / folder / "preprocessor_config.json").write_text(json.dumps({"feature_extractor_type": f"{kind}FeatureExtractor"} | file))
            for options in calls:
                for names in batches(kind, file):
                    # Thirty seconds of each would be much.
                    if folder != "whisper0" or options or len(names) == 3:
                        cases.add(folder, options, names)
    cases.add_functions()
    (out / "cases.json").write_text(json.dumps(cases.cases, indent=1))
    save_file(cases.tensors, out / "expected.safetensors")
    (out / "files.json").write_text(json.dumps(write_files(out / "files"), indent=1))
    (out / "videos.json").write_text(json.dumps(write_videos(out / "files"), indent=1))


if __name__ == "__main__":
    main()
