"""Sound files of many kinds with the same wave in them, a tone of 440 Hz and one of 1250 Hz; and video files."""

import base64
import struct
from pathlib import Path

import numpy as np

from sound_data import ENCODED
from video_data import VIDEOS

RATES = {"u8": 11_025, "s16": 22_050, "s24": 44_100, "s32": 48_000, "f32": 8000, "f64": 37_123}


def tones(rate: int, seconds: float) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return 0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * 1250 * t)


def wav(samples: np.ndarray, rate: int, kind: str) -> bytes:
    """samples [channels, count]"""
    bits, channels = int(kind[1:]), len(samples)
    values = samples.T.reshape(-1)
    if kind[0] == "f":
        data = values.astype(f"<f{bits // 8}").tobytes()
    elif kind == "u8":
        data = np.round(values * 127 + 128).astype(np.uint8).tobytes()
    else:
        whole = np.round(values * (2 ** (bits - 1) - 1)).astype("<i4")
        data = whole.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    frame = channels * bits // 8
    header = struct.pack("<HHIIHH", 3 if kind[0] == "f" else 1, channels, rate, rate * frame, frame, bits)
    return b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + header + b"data" + struct.pack("<I", len(data)) + data


def write_files(folder: Path) -> list[dict]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []

    def add(name: str, content: bytes, rate: int, channels: int, scale: float, samples: int, tolerance: float):
        (folder / name).write_bytes(content)
        files.append({"name": name, "rate": rate, "channels": channels, "scale": scale, "samples": samples, "tolerance": tolerance})

    for kind, rate in RATES.items():
        wave = tones(rate, 0.5037)
        samples, tolerance = int(np.ceil(len(wave) * 16_000 / rate)), 0.01 if kind == "u8" else 2e-3
        add(f"{kind}.wav", wav(wave[None], rate, kind), rate, 1, 1, samples, tolerance)
        # FFmpeg mixes two channels to 0.7071 of their sum.
        add(f"{kind}_stereo.wav", wav(np.stack([1.4 * wave, 0.6 * wave]), rate, kind), rate, 2, 2**0.5, samples, tolerance)
    add("ten.wav", wav(np.stack([tones(48_000, 0.4)] * 10), 48_000, "s16"), 48_000, 10, 1, 6400, 2e-3)
    for name, (rate, channels, scale, samples, tolerance, text) in ENCODED.items():
        add(name, base64.b64decode(text), rate, channels, scale, samples, tolerance)
    return files


def write_videos(folder: Path) -> list[dict]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, text) in VIDEOS.items():
        (folder / name).write_bytes(base64.b64decode(text))
    return [{"name": name, "orientation": orientation} for name, (orientation, _) in VIDEOS.items()]
