"""transformers' pipeline of speech recognition on tiny random models that write with a decoder, and on one that hears
several languages by adapters (MMS): cases for make_pipelines.py."""

import json

import torch
import transformers
from make_models import randomize
from picture_pipelines import plain
from safetensors.torch import save_file
from speaking_pipelines import speecht5_tokenizer
from speech_models import STABLE, WAVE
from voice_models import SPEECHT5, WAVES, WRITER
from whisper_pipelines import RATE, TASK

BEGIN = ["<pad>", "<s>", "</s>", "<unk>", "|"]
LANGUAGES = {"eng": BEGIN + list("ABCDE'"), "deu": BEGIN + ["Ä", "Ö", "SCH", "X"], "zho-script_latin": BEGIN + list("QRSTUVWXYZ")}
SHORTENED = dict(conv_stride=[16, 16])


def pipeline_of(ears, model: str):
    return transformers.pipeline(TASK, str(ears.kit.out / model), dtype=torch.float32, device="cpu")


@torch.no_grad()
def attentive(made, head: torch.nn.Linear, ends: int) -> None:
    """What is heard counts, and an end comes now and then."""
    for name, weight in made.named_parameters():
        if any(part in name for part in ("encoder_attn.", "crossattention.", "enc_to_dec_proj.")) and weight.ndim == 2:
            weight *= 5
    head.weight *= 3
    head.weight[ends] *= 0.8


def write(ears, model: str, name: str, **options) -> None:
    file, samples = ears.sounds[name]
    made = pipeline_of(ears, model)
    expected = plain(made(samples.copy(), **options))
    ears.kit.add(model, TASK, {"audio": file}, expected, **options)


def speecht5_writer(ears) -> str:
    name = "speecht5-asr"
    words = speecht5_tokenizer(ears.kit.out / name)
    torch.manual_seed(5)
    made = transformers.SpeechT5ForSpeechToText(transformers.SpeechT5Config(
        **SPEECHT5 | SHORTENED | dict(vocab_size=len(words)))).eval()
    randomize(made)
    attentive(made, made.text_decoder_postnet.lm_head, made.config.eos_token_id)
    made.generation_config.update(max_length=30, no_repeat_ngram_size=2)
    for part in (made, words, transformers.SpeechT5FeatureExtractor()):
        part.save_pretrained(ears.kit.out / name)
    return name


def speech_encoder_decoder(ears, words) -> str:
    name = "speech-encoder-decoder"
    torch.manual_seed(6)
    # A configuration takes the types out of what it is made of.
    config = transformers.SpeechEncoderDecoderConfig(
        encoder=WAVES | SHORTENED | dict(model_type="wav2vec2"),
        decoder=WRITER | dict(model_type="gpt2", vocab_size=len(words), n_positions=320),
        decoder_start_token_id=words.bos_token_id, pad_token_id=words.pad_token_id, eos_token_id=words.eos_token_id,
        tie_word_embeddings=False)
    made = transformers.SpeechEncoderDecoderModel(config).eval()
    randomize(made)
    attentive(made, made.decoder.lm_head, words.eos_token_id)
    for token, number in words.get_vocab().items():
        if token.isascii() and len(token) > 1 or token.startswith("Ġ"):
            made.decoder.lm_head.weight.data[number] *= 2
    made.generation_config = transformers.GenerationConfig(
        decoder_start_token_id=words.bos_token_id, pad_token_id=words.pad_token_id, eos_token_id=words.eos_token_id,
        num_beams=2, no_repeat_ngram_size=2)
    extractor = transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True, return_attention_mask=True)
    for part in (made, words, extractor):
        part.save_pretrained(ears.kit.out / name)
    return name


@torch.no_grad()
def languages(ears, name: str) -> None:
    """A checkpoint that is of the first language, with adapters of all."""
    folder = ears.kit.out / name
    folder.mkdir(parents=True, exist_ok=True)
    letters = {language: {token: number for number, token in enumerate(tokens)}
               for language, tokens in LANGUAGES.items()}
    (folder / "vocab.json").write_text(json.dumps(letters))
    words = transformers.Wav2Vec2CTCTokenizer(str(folder / "vocab.json"), target_lang="eng")
    sizes = WAVE | STABLE | dict(conv_stride=[8, 8, 4], adapter_attn_dim=8)
    extractor = transformers.Wav2Vec2FeatureExtractor(sampling_rate=RATE, do_normalize=True, return_attention_mask=True)
    sound = torch.randn(1, 2 * RATE)
    for seed, (language, tokens) in enumerate(reversed(LANGUAGES.items())):
        torch.manual_seed(7)
        made = transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config(**sizes | dict(vocab_size=len(tokens)))).eval()
        torch.manual_seed(8)  # the rest of the model is the same for all of them
        randomize(made)
        torch.manual_seed(seed)
        for weight in made._get_adapters().values():
            weight += 0.3 * torch.randn_like(weight)
        made.lm_head.bias -= made(sound).logits.mean((0, 1))  # no letter is likelier than others on the whole
        save_file({key: weight.contiguous() for key, weight in made._get_adapters().items()},
                  folder / f"adapter.{language}.safetensors")
    for part in (made, words, extractor):
        part.save_pretrained(folder)


def hear_language(ears, model: str, name: str, language: str | None, **options) -> None:
    file, samples = ears.sounds[name]
    made = pipeline_of(ears, model)
    if language:
        made.model.load_adapter(language)
        made.tokenizer.set_target_lang(language)
        options["target_lang"] = language
    expected = plain(made(samples.copy(), **{key: value for key, value in options.items() if key != "target_lang"}))
    ears.kit.add(model, TASK, {"audio": file}, expected, **options)


def writing_cases(ears, words: transformers.PreTrainedTokenizerBase) -> None:
    model = speecht5_writer(ears)
    write(ears, model, "short")
    write(ears, model, "long", generate_kwargs={"num_beams": 1})
    write(ears, model, "long", return_timestamps=False, max_new_tokens=12)
    model = speech_encoder_decoder(ears, words)
    write(ears, model, "short", max_new_tokens=40)
    write(ears, model, "long", generate_kwargs={"num_beams": 3, "max_new_tokens": 20})
    write(ears, model, "long", chunk_length_s=2, max_new_tokens=10)
    write(ears, model, "long", chunk_length_s=1.5, stride_length_s=[0.3, 0.2], max_new_tokens=7, num_beams=1)
    languages(ears, "mms")
    for language in (None, *LANGUAGES):
        hear_language(ears, "mms", "short", language)
    hear_language(ears, "mms", "long", "deu", return_timestamps="word", chunk_length_s=2)
    hear_language(ears, "mms", "long", "zho-script_latin", return_timestamps="char")
