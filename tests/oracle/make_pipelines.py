"""Writes tiny random checkpoints with trained tokenizers, and what the reference's pipelines say of some inputs.

    make_pipelines.py --out DIR

DIR/<model>/ is a checkpoint; DIR/cases.json lists cases of name, model, task, input, options and expected.
transformers 5 has no question-answering and text2text-generation: pipelines_457.py computes them from its models.
"""

import argparse
import json
import warnings
from pathlib import Path

import torch
import transformers
from forecast_pipelines import forecast_cases
from make_models import randomize
from picture_pipelines import PictureKit, picture_cases, plain
from pipelines_457 import answer_question, text_to_text
from speaking_pipelines import speaking_cases
from sound_pipelines import sound_cases
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from whisper_pipelines import whisper_cases

TEXTS = (
    "Ada Lovelace wrote the first program in London.",
    "The quick brown fox doesn't jump over the lazy dog, does it?",
    "In 1843 Ada met Charles Babbage; they talked about engines, numbers and music.",
    "Zürich is a city. Berlin is another city, and Paris is the third.",
    "Who wrote the first program? Where is the city? What is the name of the dog?",
    "unbelievable unhappiness rewrites microcomputing unthinkable",
)
LONG = " ".join(TEXTS[:4])
LABELS = {"id2label": {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC"},
          "label2id": {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3, "I-LOC": 4}}
ENCODER = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
               max_position_embeddings=64)
CHAT = ("{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}<assistant> {% endif %}")
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who is Ada?"}]


def word_piece() -> transformers.PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS[:3], trainers.WordPieceTrainer(vocab_size=150, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        mask_token="[MASK]", model_max_length=24, model_input_names=["input_ids", "token_type_ids", "attention_mask"])


def byte_pairs(special: tuple[str, ...], **roles) -> transformers.PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=list(special),
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TEXTS, trainer)
    if "cls_token" in roles:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=40, **roles)


def unigram() -> transformers.PreTrainedTokenizerBase:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(TEXTS, trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>",
                                                unk_token="<unk>", model_max_length=40)


def roberta() -> transformers.PreTrainedTokenizerBase:
    return byte_pairs(("<s>", "<pad>", "</s>", "<unk>", "<mask>"), bos_token="<s>", cls_token="<s>", pad_token="<pad>",
                      eos_token="</s>", sep_token="</s>", unk_token="<unk>", mask_token="<mask>")


class Kit:
    """Makes checkpoints, and collects cases with the results of the reference."""

    def __init__(self, out: Path):
        self.out, self.cases, self.loaded = out, [], {}

    def model(self, name: str, class_name: str, model_type: str, tokenizer, **config) -> None:
        torch.manual_seed(len(name))
        config = transformers.AutoConfig.for_model(model_type, vocab_size=len(tokenizer), **config)
        model = getattr(transformers, class_name)(config).eval()
        randomize(model)
        for parameter, value in model.named_parameters():
            if parameter.endswith("bias"):
                value.data -= 1  # so that results differ by what they are of, not all by the same
        model.save_pretrained(self.out / name)
        tokenizer.save_pretrained(self.out / name)
        self.loaded[name] = None

    def reference(self, name: str, class_name: str):
        """Model and tokenizer as they are read back."""
        folder = self.out / name
        model = getattr(transformers, class_name).from_pretrained(folder, dtype=torch.float32).eval()
        return model, transformers.AutoTokenizer.from_pretrained(folder)

    def add(self, model: str, task: str, given, expected, **options) -> None:
        number = sum(case["model"] == model and case["task"] == task for case in self.cases)
        self.cases.append(dict(name=f"{model} {task} {number}", model=model, task=task, input=given, options=options,
                               expected=expected))

    def run(self, model: str, task: str, given, **options) -> None:
        """What transformers' own pipeline says."""
        if not isinstance(self.loaded[model], transformers.Pipeline) or self.loaded[model].task != task:
            self.loaded[model] = transformers.pipeline(task, str(self.out / model), dtype=torch.float32, device="cpu")
        self.add(model, task, given, plain(self.loaded[model](given, **options)), **options)


def text_classification(kit: Kit) -> None:
    task = "text-classification"
    kit.model("bert-sst", "BertForSequenceClassification", "bert", word_piece(), **ENCODER, num_labels=3)
    kit.model("bert-tags", "BertForSequenceClassification", "bert", word_piece(), **ENCODER,
              id2label={0: "hot", 1: "cold"}, label2id={"hot": 0, "cold": 1},
              problem_type="multi_label_classification")
    kit.model("bert-number", "BertForSequenceClassification", "bert", word_piece(), **ENCODER, num_labels=1,
              problem_type="regression")
    kit.model("bert-one", "BertForSequenceClassification", "bert", word_piece(), **ENCODER, num_labels=1)
    kit.model("llama-labels", "LlamaForSequenceClassification", "llama", byte_pairs(("<s>", "</s>"), bos_token="<s>"),
              **ENCODER, num_key_value_heads=2, num_labels=4, pad_token_id=1)
    for model in kit.loaded:
        for options in ({}, dict(top_k=None), dict(top_k=2)):
            kit.run(model, task, TEXTS[0], **options)
    for function in ("sigmoid", "softmax", "none"):
        kit.run("bert-sst", task, TEXTS[1], function_to_apply=function, top_k=None)
    pair = {"text": TEXTS[0], "text_pair": TEXTS[1]}
    for options in ({}, dict(top_k=2), dict(truncation=True, top_k=None), dict(truncation="only_second", max_length=20)):
        kit.run("bert-sst", task, pair, **options)
    for options in (dict(truncation=True), dict(max_length=9), dict(max_length=9, truncation=False),
                    dict(add_special_tokens=False)):
        kit.run("bert-sst", task, TEXTS[2] * 1, top_k=None, **options)


def token_classification(kit: Kit) -> None:
    task = "token-classification"
    kit.model("bert-ner", "BertForTokenClassification", "bert", word_piece(), **ENCODER, **LABELS)
    kit.model("roberta-ner", "RobertaForTokenClassification", "roberta", roberta(), **ENCODER, **LABELS,
              pad_token_id=1)
    for model in ("bert-ner", "roberta-ner"):
        for strategy in ("none", "simple", "first", "average", "max"):
            for text in (TEXTS[0], TEXTS[3], TEXTS[5], "Ada 漢字 🙂 Zürich"):
                kit.run(model, task, text, aggregation_strategy=strategy)
            if strategy != "none":
                for stride in (0, 5):
                    kit.run(model, task, LONG, aggregation_strategy=strategy, stride=stride)
            kit.run(model, task, TEXTS[0].split(), aggregation_strategy=strategy, is_split_into_words=True)
        kit.run(model, task, TEXTS[0], ignore_labels=[])
        kit.run(model, task, TEXTS[0], ignore_labels=["PER", "O"], aggregation_strategy="simple")
        kit.run(model, task, LONG, stride=3)
        kit.run(model, task, LONG)
        kit.run(model, task, ["Ada", "Lovelace"], is_split_into_words=True, delimiter=" - ")


def fill_mask(kit: Kit) -> None:
    kit.model("bert-mask", "BertForMaskedLM", "bert", word_piece(), **ENCODER)
    kit.model("roberta-mask", "RobertaForMaskedLM", "roberta", roberta(), **ENCODER, pad_token_id=1)
    for model, mask in (("bert-mask", "[MASK]"), ("roberta-mask", "<mask>")):
        one, two = f"The {mask} fox doesn't jump.", f"Ada {mask} the first {mask} in London."
        for options in ({}, dict(top_k=2), dict(targets=["program", "dog", "the"]), dict(targets="unhappiness", top_k=3)):
            kit.run(model, "fill-mask", one, **options)
            kit.run(model, "fill-mask", two, **options)
        kit.run(model, "fill-mask", two + LONG, tokenizer_kwargs={"truncation": True})


def feature_extraction(kit: Kit) -> None:
    kit.model("gpt2", "GPT2LMHeadModel", "gpt2", byte_pairs(("<end>",), bos_token="<end>", eos_token="<end>"),
              n_embd=32, n_head=4, n_layer=2, n_positions=64, bos_token_id=0, eos_token_id=0)
    for model in ("bert-mask", "roberta-ner", "gpt2"):
        kit.run(model, "feature-extraction", TEXTS[0])
        kit.run(model, "feature-extraction", LONG, truncation=True)
        kit.run(model, "feature-extraction", LONG, tokenize_kwargs={"truncation": True, "max_length": 7})


def text_generation(kit: Kit) -> None:
    task = "text-generation"
    tokenizer = byte_pairs(("<s>", "</s>", "<pad>"), bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    tokenizer.chat_template = CHAT
    kit.model("llama", "LlamaForCausalLM", "llama", tokenizer, **ENCODER | dict(max_position_embeddings=512),
              num_key_value_heads=2, bos_token_id=0, eos_token_id=1, pad_token_id=2)
    greedy = dict(do_sample=False, max_new_tokens=12)
    for options in (dict(do_sample=False), greedy, greedy | dict(return_full_text=False),
                    greedy | dict(return_tensors=True), greedy | dict(skip_special_tokens=False),
                    greedy | dict(num_beams=3, num_return_sequences=2), greedy | dict(prefix="In 1843 "),
                    greedy | dict(prefix="In 1843 ", min_length=14, return_full_text=False),
                    greedy | dict(truncation=True, tokenizer_encode_kwargs={"max_length": 4}),
                    dict(do_sample=False, max_length=20), greedy | dict(repetition_penalty=1.5),
                    greedy | dict(stop_sequence="bro"), greedy | dict(clean_up_tokenization_spaces=False)):
        kit.run("llama", task, TEXTS[4], **options)
    kit.run("llama", task, LONG, do_sample=False, max_new_tokens=15, handle_long_generation="hole")
    for options in (greedy, greedy | dict(return_full_text=False), greedy | dict(continue_final_message=True)):
        kit.run("llama", task, MESSAGES, **options)
    started = MESSAGES + [{"role": "assistant", "content": "Ada is "}]
    for options in (greedy, greedy | dict(continue_final_message=False), greedy | dict(return_full_text=False)):
        kit.run("llama", task, started, **options)
    kit.run("gpt2", task, "", **greedy)
    own = dict(do_sample=False, max_length=30)
    kit.model("llama-own", "LlamaForCausalLM", "llama", tokenizer, **ENCODER, num_key_value_heads=2, bos_token_id=0,
              eos_token_id=1, pad_token_id=2)
    path = kit.out / "llama-own" / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | own))
    kit.run("llama-own", task, TEXTS[0])
    kit.run("llama-own", task, TEXTS[0], max_new_tokens=3)


def question_answering(kit: Kit) -> None:
    task = "question-answering"
    kit.model("bert-qa", "BertForQuestionAnswering", "bert", word_piece(), **ENCODER)
    kit.model("roberta-qa", "RobertaForQuestionAnswering", "roberta", roberta(), **ENCODER, pad_token_id=1)
    left = word_piece()
    left.padding_side = "left"
    kit.model("bert-left", "BertForQuestionAnswering", "bert", left, **ENCODER)
    for name, class_name in (("bert-qa", "BertForQuestionAnswering"), ("roberta-qa", "RobertaForQuestionAnswering"),
                             ("bert-left", "BertForQuestionAnswering")):
        model, tokenizer = kit.reference(name, class_name)
        asked = {"question": "Who wrote it?", "context": LONG}
        for options in (dict(doc_stride=4), dict(doc_stride=4, top_k=3), dict(doc_stride=4, top_k=5, max_answer_len=3),
                        dict(doc_stride=4, handle_impossible_answer=True, top_k=2),
                        dict(doc_stride=4, align_to_words=False), dict(doc_stride=4, align_to_words=False, top_k=4),
                        dict(max_seq_len=40, doc_stride=10, top_k=2)):
            kit.add(name, task, asked, answer_question(model, tokenizer, **asked, **options), **options)
        short = {"question": "Where?", "context": "Zürich is a CITY, a city 漢字."}
        kit.add(name, task, short, answer_question(model, tokenizer, **short, top_k=3, doc_stride=2), top_k=3,
                doc_stride=2)


def text2text(kit: Kit) -> None:
    task, tokenizer = "text2text-generation", unigram()
    sizes = dict(d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, decoder_start_token_id=0, eos_token_id=1)
    kit.model("t5", "T5ForConditionalGeneration", "t5", tokenizer, **sizes)
    own = {task: {"prefix": "city: ", "num_beams": 2, "max_new_tokens": 7, "length_penalty": 2.0}}
    kit.model("t5-task", "T5ForConditionalGeneration", "t5", tokenizer, **sizes, task_specific_params=own)
    for name in ("t5", "t5-task"):
        model, tokenizer = kit.reference(name, "T5ForConditionalGeneration")
        for options in ({}, dict(max_new_tokens=9), dict(max_new_tokens=9, num_beams=1),
                        dict(max_new_tokens=9, num_return_sequences=2), dict(max_new_tokens=9, return_tensors=True),
                        dict(max_new_tokens=9, stop_sequence="city"), dict(max_new_tokens=9, truncation=True),
                        dict(max_new_tokens=9, clean_up_tokenization_spaces=True)):
            given = LONG if "truncation" in options else TEXTS[0]
            kit.add(name, task, given, text_to_text(model, tokenizer, given, own[task] if name == "t5-task" else {},
                                                    **options), **options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    kit = Kit(parser.parse_args().out)
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    text_classification(kit)
    token_classification(kit)
    fill_mask(kit)
    feature_extraction(kit)
    text_generation(kit)
    question_answering(kit)
    text2text(kit)
    picture_cases(kit, roberta())
    from picture_text_pipelines import picture_text_cases  # which takes tokenizers from here
    words = word_piece()
    words.model_input_names = ["input_ids", "attention_mask"]
    picture_text_cases(PictureKit(kit), words)
    whisper_cases(kit)
    forecast_cases(kit)
    speaking_cases(kit)
    sound_cases(kit, roberta())
    (kit.out / "cases.json").write_text(json.dumps(kit.cases))
    print(f"{len(kit.cases)} cases")


if __name__ == "__main__":
    main()
