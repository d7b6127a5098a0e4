"""transformers' ways from text and from other sounds to speech, on tiny random models: cases for make_pipelines.py."""

import json

import sentencepiece
import torch
import transformers
from voice_models import SPEAKERS, SPEECHT5, VITS, VOCODER, randomize
from whisper_pipelines import sound

TEXTS = ("Kate asked: \"Who speaks?\"", "  quick   jokes, kk!", "Ein Ü, ein Ă; ne 3 ș")
RATE = 16000


def vits_tokenizer(folder, **options) -> transformers.PreTrainedTokenizerBase:
    """As those of MMS: the padding token is a letter like any other."""
    letters = "k'abcdefghijlmnopqrstuvwxyz -ü"
    vocabulary = {letter: number for number, letter in enumerate(letters)} | {"<unk>": len(letters)}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vocab.json"
    path.write_text(json.dumps(vocabulary))
    return transformers.VitsTokenizer(str(path), pad_token="k", phonemize=False, **options)


def speecht5_tokenizer(folder) -> transformers.PreTrainedTokenizerBase:
    folder.mkdir(parents=True, exist_ok=True)
    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join(["the quick brown fox jumps over the lazy dog", "Kate asked: \"Who speaks?\""] * 9))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spm_char"), model_type="char", vocab_size=39,
        hard_vocab_limit=False, minloglevel=2, num_threads=1, bos_id=0, pad_id=1, eos_id=2, unk_id=3)
    return transformers.SpeechT5Tokenizer(str(folder / "spm_char.model"))


def save(kit, name: str, model, *parts):
    torch.manual_seed(len(name))
    randomize(model.eval())
    for part in (model, *parts):
        part.save_pretrained(kit.out / name)
    kit.loaded[name] = None
    return model


def spoken(output) -> dict:
    return {"audio": output["audio"].tolist(), "sampling_rate": output["sampling_rate"]}


def vits_cases(kit, name: str, config: dict, told: dict, **tokenizer) -> None:
    words = vits_tokenizer(kit.out / name, **tokenizer)
    save(kit, name, transformers.VitsModel(transformers.VitsConfig(**config, sampling_rate=RATE)), words)
    pipeline = transformers.pipeline("text-to-audio", str(kit.out / name), dtype=torch.float32, device="cpu")
    for text in TEXTS:
        transformers.set_seed(3)
        kit.add(name, "text-to-audio", text, spoken(pipeline(text, forward_params=told)), **told, seed=3)
    pipeline.model.noise_scale, pipeline.model.noise_scale_duration = 0.2, 0.3
    transformers.set_seed(4)
    expected = spoken(pipeline(TEXTS[0], forward_params=told))
    kit.add(name, "text-to-speech", TEXTS[0], expected, forward_params=told | {"noise_scale": 0.2}, seed=4,
            noise_scale_duration=0.3)


def speecht5_cases(kit) -> None:
    words = speecht5_tokenizer(kit.out / "speecht5-tts")
    config = SPEECHT5 | dict(vocab_size=len(words), max_speech_positions=400)
    save(kit, "speecht5-tts", transformers.SpeechT5ForTextToSpeech(transformers.SpeechT5Config(**config)), words)
    vocoder = save(kit, "speecht5-vocoder",
                   transformers.SpeechT5HifiGan(transformers.SpeechT5HifiGanConfig(**VOCODER, sampling_rate=8000)))
    pipeline = transformers.pipeline("text-to-audio", str(kit.out / "speecht5-tts"), dtype=torch.float32, device="cpu",
                                     vocoder=vocoder)
    options = dict(vocoder=str(kit.out / "speecht5-vocoder"), speaker_embeddings=[0.5, -1.0, 0.25, 2.0, 0.0, 1.0, -0.5])
    voice = torch.tensor([options["speaker_embeddings"]])
    for text, limits in ((TEXTS[0], dict(threshold=1.2, maxlenratio=2.0)), (TEXTS[1], dict(minlenratio=0.5)),
                         (TEXTS[2], dict(threshold=0.9, maxlenratio=3.0))):
        transformers.set_seed(5)
        expected = spoken(pipeline(text, forward_params={"speaker_embeddings": voice} | limits))
        kit.add("speecht5-tts", "text-to-audio", text, expected, **options, **limits, seed=5)

    converter = save(kit, "speecht5-voice", transformers.SpeechT5ForSpeechToSpeech(transformers.SpeechT5Config(**config)),
                     transformers.SpeechT5FeatureExtractor())
    path = kit.out / "sounds" / "voice.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    heard = transformers.SpeechT5FeatureExtractor()(audio=sound(path, 0.2, 7), sampling_rate=RATE, return_tensors="pt")
    for speaker in (None, voice):
        transformers.set_seed(6)
        made = converter.generate_speech(heard["input_values"], speaker if speaker is not None else torch.zeros(1, 7),
                                         attention_mask=heard.get("attention_mask"), threshold=1.5, maxlenratio=0.1,
                                         vocoder=vocoder)
        given = options if speaker is not None else {"vocoder": options["vocoder"]}
        kit.add("speecht5-voice", "voice-conversion", {"audio": str(path)},
                {"audio": made.tolist(), "sampling_rate": 8000}, **given, threshold=1.5, maxlenratio=0.1, seed=6)


@torch.no_grad()
def speaking_cases(kit) -> None:
    vits_cases(kit, "vits", VITS, {})
    vits_cases(kit, "vits-speakers", VITS | SPEAKERS, {"speaker_id": 1, "speaking_rate": 1.5}, add_blank=False)
    speecht5_cases(kit)
