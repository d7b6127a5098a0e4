"""transformers' pipeline of speech recognition on tiny random Whispers: cases for make_pipelines.py."""

import json
import wave

import numpy
import torch
import transformers
from make_models import randomize
from picture_pipelines import plain
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

RATE, WINDOW_SECONDS = 16000, 2
TASK = "automatic-speech-recognition"
TIMES = [f"<|{0.02 * i:.2f}|>" for i in range(50 * WINDOW_SECONDS + 1)]
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|zh|>", "<|translate|>", "<|transcribe|>",
           "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
TEXT = ("And so, my fellow Americans: ask not what your country can do for you, ask what you can do for your country.",
        "\"Wer fragt,\" sagte sie, \"der führt!\" Über allen Gipfeln ist Ruh.", "你好，世界。今天天气很好。")


def tokenizer() -> transformers.PreTrainedTokenizerBase:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator(TEXT, trainers.BpeTrainer(
        vocab_size=330, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    model = json.loads(bpe.to_str())["model"]
    made = transformers.WhisperTokenizer(vocab=model["vocab"], merges=[tuple(pair) for pair in model["merges"]])
    made.add_special_tokens({"additional_special_tokens": SPECIAL[1:]})
    made.add_tokens([transformers.AddedToken(time, special=False, normalized=False) for time in TIMES])
    return made


def sound(path, seconds: float, seed: int) -> numpy.ndarray:
    """Tones that come and go over a little noise, with a pause in the middle."""
    random = numpy.random.default_rng(seed)
    time = numpy.arange(int(seconds * RATE)) / RATE
    samples = 0.01 * random.standard_normal(len(time))
    for _ in range(12):
        begin, pitch = random.uniform(0, seconds), random.uniform(100, 3000)
        samples += 0.2 * numpy.exp(-((time - begin) / 0.15) ** 2) * numpy.sin(2 * numpy.pi * pitch * time)
    samples[abs(time - seconds / 2) < 0.1 * seconds] = 0
    whole = (32767 * samples.clip(-1, 1)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes(whole.tobytes())
    return whole.astype(numpy.float32) / 32768


class SpeechKit:
    def __init__(self, kit):
        self.kit = kit
        folder = kit.out / "sounds"
        folder.mkdir(parents=True, exist_ok=True)
        self.sounds = {name: (str(folder / f"{name}.wav"), sound(folder / f"{name}.wav", seconds, index))
                       for index, (name, seconds) in enumerate((("short", 1.234), ("long", 7.1)))}

    def model(self, name: str, seed: int, **generation) -> None:
        words = tokenizer()
        ids = {token: words.convert_tokens_to_ids(token) for token in SPECIAL}
        torch.manual_seed(seed)
        model = transformers.WhisperForConditionalGeneration(transformers.WhisperConfig(
            vocab_size=len(words), d_model=32, encoder_layers=2, decoder_layers=3, encoder_attention_heads=4,
            decoder_attention_heads=2, encoder_ffn_dim=48, decoder_ffn_dim=40, num_mel_bins=12,
            max_source_positions=50 * WINDOW_SECONDS, max_target_positions=48, median_filter_width=5,
            pad_token_id=ids["<|endoftext|>"], bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
            decoder_start_token_id=ids["<|startoftranscript|>"], begin_suppress_tokens=None, tie_word_embeddings=False))
        randomize(model)
        # Ends and times come often enough, and what is heard counts.
        model.proj_out.weight.data *= 3
        for token, number in words.get_vocab().items():
            if token.startswith("Ġ") or token in ",.?!\"":
                model.proj_out.weight.data[number] *= 1.7
        model.proj_out.weight.data[ids["<|nospeech|>"]] *= -0.4
        for layer in model.model.decoder.layers:
            layer.encoder_attn.out_proj.weight.data *= 3
            layer.encoder_attn.q_proj.weight.data *= 3
        model.generation_config = transformers.GenerationConfig(
            alignment_heads=[[0, 1], [2, 0], [2, 1]], begin_suppress_tokens=[5],
            suppress_tokens=[7, 9, ids["<|nospeech|>"]],
            bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"], pad_token_id=ids["<|endoftext|>"],
            decoder_start_token_id=ids["<|startoftranscript|>"], is_multilingual=True,
            lang_to_id={token: ids[token] for token in ("<|en|>", "<|de|>", "<|zh|>")}, max_initial_timestamp_index=20,
            max_length=48, no_timestamps_token_id=ids["<|notimestamps|>"], prev_sot_token_id=ids["<|startofprev|>"],
            return_timestamps=False, no_repeat_ngram_size=2,
            task_to_id={"translate": ids["<|translate|>"], "transcribe": ids["<|transcribe|>"]}, **generation)
        extractor = transformers.WhisperFeatureExtractor(feature_size=12, chunk_length=WINDOW_SECONDS)
        for part in (model, words, extractor):
            part.save_pretrained(self.kit.out / name)
        self.kit.loaded[name] = None

    def run(self, model: str, name: str, **options) -> None:
        file, samples = self.sounds[name]
        kwargs = dict(options)
        if "prompt" in kwargs:
            kwargs["generate_kwargs"] = kwargs.get("generate_kwargs", {}) | {
                "prompt_ids": torch.tensor(tokenizer().get_prompt_ids(kwargs.pop("prompt")))}
        pipeline = transformers.pipeline(TASK, str(self.kit.out / model), dtype=torch.float32, device="cpu")
        expected = plain(pipeline({"raw": samples, "sampling_rate": RATE}, **kwargs))
        self.kit.add(model, TASK, {"audio": file}, expected, **options)


def whisper_cases(kit) -> None:
    speech = SpeechKit(kit)
    speech.model("whisper", 3)
    speech.run("whisper", "short")
    speech.run("whisper", "short", generate_kwargs={"num_beams": 1})
    speech.run("whisper", "short", return_timestamps=True, return_language=True)
    # A short one is padded, and behind its end words have no times that rounding would not change.
    speech.run("whisper", "long", return_timestamps="word", generate_kwargs={"language": "german", "num_beams": 1})
    speech.run("whisper", "short", return_language=True, generate_kwargs={"task": "translate", "language": "zh"})
    speech.run("whisper", "short", prompt="Ask not", return_timestamps=True)
    speech.run("whisper", "long", return_timestamps=True)
    speech.run("whisper", "long", return_timestamps="word", generate_kwargs={"num_beams": 1})
    remembers = {"condition_on_prev_tokens": True, "num_beams": 1}
    speech.run("whisper", "long", return_timestamps=True, generate_kwargs=remembers)
    speech.run("whisper", "long", return_timestamps=True, prompt="Ask not", generate_kwargs=remembers)
    # Poor at once, so that the second temperature counts, where one token is left to be drawn.
    falls = {"temperature": [0.0, 0.7], "top_k": 1, "compression_ratio_threshold": 0.5, "logprob_threshold": -1.0}
    speech.run("whisper", "long", return_timestamps=True, generate_kwargs=falls)
    silent = {"temperature": [0.0, 0.7], "top_k": 1, "logprob_threshold": 0.0, "no_speech_threshold": 4e-5}
    speech.run("whisper", "long", return_timestamps=True, generate_kwargs=silent)
    speech.run("whisper", "long", chunk_length_s=2, return_timestamps=True)
    speech.run("whisper", "long", chunk_length_s=2, stride_length_s=[0.5, 0.25])
    speech.run("whisper", "long", chunk_length_s=1.5, return_timestamps="word", generate_kwargs={"num_beams": 2})
