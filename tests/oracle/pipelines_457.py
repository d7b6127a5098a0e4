"""What the pipelines question-answering and text2text-generation of transformers 4.57 say, from the models of 5.18."""

import numpy as np
import torch


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


@torch.no_grad()
def piece_scores(model, tokenizer, encoded, piece: int, context_first: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of start and end for each token, and which tokens they are shared among."""
    inputs = {name: torch.tensor([encoded[name][piece]]) for name in tokenizer.model_input_names}
    output = model(**inputs)
    ids = np.array(encoded["input_ids"][piece])
    possible = np.array([context_first or number == 1 for number in encoded.sequence_ids(piece)])
    possible |= ids == tokenizer.cls_token_id
    start, end = (np.where(possible, logits[0].numpy(), np.float32(-10000))
                  for logits in (output.start_logits, output.end_logits))
    return softmax(start), softmax(end), possible


def characters(encoding, first: int, last: int, sequence: int, align_to_words: bool) -> tuple[int, int]:
    words = encoding.token_to_word(first), encoding.token_to_word(last)
    if align_to_words and None not in words:
        spans = [encoding.word_to_chars(word, sequence) for word in words]
        if None not in spans:
            return spans[0][0], spans[1][1]
    return encoding.offsets[first][0], encoding.offsets[last][1]


def answer_question(model, tokenizer, question: str, context: str, top_k: int = 1, doc_stride: int | None = None,
                    max_answer_len: int = 15, max_seq_len: int | None = None, handle_impossible_answer: bool = False,
                    align_to_words: bool = True):
    length = max_seq_len or min(tokenizer.model_max_length, 384)
    stride = min(length // 2, 128) if doc_stride is None else doc_stride
    context_first = tokenizer.padding_side == "left"
    encoded = tokenizer(*((context, question) if context_first else (question, context)), max_length=length, stride=stride,
                        truncation="only_first" if context_first else "only_second", return_token_type_ids=True,
                        return_overflowing_tokens=True)
    answers, impossible = {}, 1_000_000.0
    for piece in range(len(encoded["input_ids"])):
        start, end, possible = piece_scores(model, tokenizer, encoded, piece, context_first)
        impossible = min(impossible, float(start[0] * end[0]))
        start[0] = end[0] = 0
        spans = [(start[i] * end[j], i, j) for i in range(len(start))
                 for j in range(i, min(len(start), i + max_answer_len))]
        spans = sorted(spans, key=lambda span: -span[0])[:top_k * 2 + 10 if align_to_words else top_k]
        for score, first, last in spans:
            if not (possible[first] and possible[last]):
                continue
            where = characters(encoded.encodings[piece], first, last, 0 if context_first else 1, align_to_words)
            text = context[slice(*where)]
            found = answers.setdefault(text.lower(), dict(score=0.0, start=where[0], end=where[1], answer=text))
            found["score"] += float(score)
    result = list(answers.values())
    if handle_impossible_answer:
        result.append(dict(score=impossible, start=0, end=0, answer=""))
    result = sorted(result, key=lambda answer: -answer["score"])[:top_k]
    return result[0] if len(result) == 1 else result


def text_to_text(model, tokenizer, text: str, task_params: dict, return_tensors: bool = False, truncation: bool = False,
                 clean_up_tokenization_spaces: bool = False, stop_sequence: str | None = None, **generation) -> list[dict]:
    settings = dict(max_new_tokens=256, num_beams=4) | task_params
    inputs = tokenizer(settings.pop("prefix", "") + text, truncation=truncation, return_tensors="pt")
    if stop_sequence is not None:
        generation["eos_token_id"] = tokenizer.encode(stop_sequence, add_special_tokens=False)[0]
    rows = model.generate(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], **settings | generation)
    if return_tensors:
        return [{"generated_token_ids": row.tolist()} for row in rows]
    return [{"generated_text": tokenizer.decode(row, skip_special_tokens=True,
                                                clean_up_tokenization_spaces=clean_up_tokenization_spaces)} for row in rows]
