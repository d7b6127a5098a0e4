"""Writes files of video processors, and the tensors that transformers makes of some frames.

    make_videos.py --out DIR

DIR/<case>/ is a model folder. DIR/cases.json lists cases of name, folder, videos (names), frames a second, options (arguments
of the call) and the numbers of the frames that were taken; DIR/expected.safetensors holds their tensors as
`<name>/<tensor>` and the frames of the videos as `video/<name>` [frames, height, width, channels].
"""

import argparse
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np
import torch
from make_media import picture
from safetensors.torch import save_file
from transformers import AutoVideoProcessor, logging
from transformers.video_utils import VideoMetadata

logging.set_verbosity_error()
SAMPLED = {"do_sample_frames": True}
QWEN = {"size": {"shortest_edge": 2000, "longest_edge": 9000}, "patch_size": 7}
SMOL = {"size": {"longest_edge": 70}, "max_image_size": {"longest_edge": 40}}
# For each type, files (what they say besides the type) and the options to call each with.
CASES = {
    "Qwen2VL": [(QWEN, [{}, SAMPLED | {"num_frames": 7}, SAMPLED | {"fps": 3}, SAMPLED | {"fps": 0.1}]),
                (QWEN | {"cap_pixels_per_frame": True, "max_video_tokens": 300, "temporal_patch_size": 3, "do_sample_frames": True, "fps": 5,
                         "min_frames": 5, "max_frames": 10}, [{}, {"do_sample_frames": False}]),
                ({"min_pixels": 900, "max_pixels": 3000, "merge_size": 1, "do_rescale": False, "do_normalize": False}, [{}])],
    "SmolVLM": [(SMOL, [{}, SAMPLED | {"num_frames": 6, "fps": 2}, SAMPLED | {"num_frames": 2, "fps": 1}]),
                ({"video_sampling": {"max_frames": 5, "fps": 1, "video_size": {"longest_edge": 51}}, "max_image_size": {"longest_edge": 30},
                  "do_sample_frames": True}, [{}]),
                (SMOL | {"do_pad": False, "do_normalize": False, "resample": 3}, [{}])],
}
VIDEOS = {"short": (5, 45, 60), "long": (31, 36, 90)}
FPS = 7.5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    torch.set_num_threads(1)
    videos = {name: np.stack([picture(height, width, seed=i) for i in range(count)]) for name, (count, height, width) in VIDEOS.items()}
    cases, tensors = [], {f"video/{name}": torch.from_numpy(frames) for name, frames in videos.items()}
    for kind, files in CASES.items():
        for number, (file, calls) in enumerate(files):
            folder = f"{kind.lower()}{number}"
            (out / folder).mkdir(parents=True, exist_ok=True)
            (out / folder / "video_preprocessor_config.json").write_text(json.dumps({"video_processor_type": f"{kind}VideoProcessor"} | file))
            processor = AutoVideoProcessor.from_pretrained(out / folder)
            for options in calls:
                for names in [["short"], ["long"], ["short", "long"]]:
                    metadata = [VideoMetadata(total_num_frames=len(videos[n]), fps=FPS, duration=len(videos[n]) / FPS) for n in names]
                    try:
                        outputs = processor([videos[n] for n in names], video_metadata=metadata, return_metadata=True, return_tensors="pt", **options)
                    except ValueError:
                        continue  # more frames than there are, or videos that do not go together
                    name = "-".join([folder, *(f"{k}={v}" for k, v in options.items()), "+".join(names)])
                    taken = [[int(i) for i in range(len(videos[n])) if m.frames_indices is None] or [int(i) for i in m.frames_indices]
                             for n, m in zip(names, outputs.pop("video_metadata"))]
                    cases.append({"name": name, "folder": folder, "videos": names, "fps": FPS, "options": options, "frames": taken})
                    for key, value in outputs.items():
                        tensors[f"{name}/{key}"] = value.contiguous()
    (out / "cases.json").write_text(json.dumps(cases, indent=1))
    save_file(tensors, out / "expected.safetensors")


if __name__ == "__main__":
    main()
