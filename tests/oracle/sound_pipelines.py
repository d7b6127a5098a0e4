"""transformers' pipelines that hear, on tiny random models other than Whisper: cases for make_pipelines.py."""

import json

import torch
import transformers
from make_models import randomize
from picture_pipelines import plain
from speech_models import WAVE
from whisper_pipelines import RATE, TASK, SpeechKit
from writing_pipelines import writing_cases

LETTERS = ["<pad>", "<s>", "</s>", "<unk>", "|", "A", "B", "Ü", "'", "DE"]
CLAP = dict(
    text_config=dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                     max_position_embeddings=64),
    audio_config=dict(hidden_size=16, num_mel_bins=16, spec_size=64, patch_embeds_hidden_size=8, depths=[1, 1],
                      num_attention_heads=[2, 2], window_size=2),
    projection_dim=24)


class Hearers(SpeechKit):
    def save(self, name: str, class_name: str, model_type: str, *parts, adjust=None, **config) -> None:
        torch.manual_seed(len(name))
        made = getattr(transformers, class_name)(transformers.AutoConfig.for_model(model_type, **config)).eval()
        randomize(made)
        if adjust:
            adjust(made)
        for part in (made, *parts):
            part.save_pretrained(self.kit.out / name)
        self.kit.loaded[name] = None

    def letters(self, **options) -> transformers.PreTrainedTokenizerBase:
        file = self.kit.out / "letters.json"
        file.write_text(json.dumps({letter: number for number, letter in enumerate(LETTERS)}))
        return transformers.Wav2Vec2CTCTokenizer(str(file), **options)

    def hear(self, model: str, task: str, name: str, **options) -> None:
        file, samples = self.sounds[name]
        pipeline = transformers.pipeline(task, str(self.kit.out / model), dtype=torch.float32, device="cpu")
        expected = plain(pipeline(samples.copy(), **options))
        self.kit.add(model, task, {"audio": file}, expected, **options)


@torch.no_grad()
def talkative(model) -> None:
    """Makes no token likelier than the others on the whole."""
    torch.manual_seed(2)
    sound = torch.randn(1, 2 * RATE)
    model.lm_head.bias -= model(sound).logits.mean((0, 1))


def sound_cases(kit, words: transformers.PreTrainedTokenizerBase) -> None:
    ears = Hearers(kit)
    wave = transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True, return_attention_mask=True)
    sizes = WAVE | dict(vocab_size=len(LETTERS), conv_stride=[8, 8, 4])
    ears.save("wav2vec2-ctc", "Wav2Vec2ForCTC", "wav2vec2", wave, ears.letters(), adjust=talkative, **sizes)
    ears.save("hubert-ctc", "HubertForCTC", "hubert", wave, ears.letters(do_lower_case=True), adjust=talkative,
              **sizes | dict(do_stable_layer_norm=True, feat_extract_norm="layer"))
    for model in ("wav2vec2-ctc", "hubert-ctc"):
        ears.hear(model, TASK, "short")
        ears.hear(model, TASK, "long", return_timestamps="word")
        ears.hear(model, TASK, "long", return_timestamps="char", chunk_length_s=2)
        ears.hear(model, TASK, "long", return_timestamps="word", chunk_length_s=1.5, stride_length_s=[0.3, 0.2])
    ears.save("wav2vec2-commands", "Wav2Vec2ForSequenceClassification", "wav2vec2", wave, **WAVE)
    features = transformers.ASTFeatureExtractor(sampling_rate=RATE, num_mel_bins=16, max_length=64)
    ears.save("ast-events", "ASTForAudioClassification", "audio-spectrogram-transformer", features, hidden_size=32,
              intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, patch_size=8, max_length=64,
              num_mel_bins=16, num_labels=5)
    for model in ("wav2vec2-commands", "ast-events"):
        ears.hear(model, "audio-classification", "short")
        ears.hear(model, "audio-classification", "long", top_k=2, function_to_apply="sigmoid")
    clap = transformers.ClapFeatureExtractor(feature_size=16, sampling_rate=RATE, hop_length=160, max_length_s=2,
                                             fft_window_size=512, truncation="rand_trunc")
    sizes = CLAP | dict(text_config=CLAP["text_config"] | dict(vocab_size=len(words)))
    ears.save("clap-sounds", "ClapModel", "clap", clap, words, **sizes)
    ears.hear("clap-sounds", "zero-shot-audio-classification", "short", candidate_labels=["a dog", "music", "the city"])
    ears.hear("clap-sounds", "zero-shot-audio-classification", "short", candidate_labels=["fox", "Berlin"],
              hypothesis_template="I hear {}")
    writing_cases(ears, words)
