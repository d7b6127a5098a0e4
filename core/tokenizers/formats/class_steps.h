#pragma once

#include "core/tokenizers/formats/classes.h"

/// The steps of the classes, the post-processor excepted; see TokenizerClass::build.
namespace orrery::tokenizers {

/// Llama: byte pairs of pieces with a first space.
void buildLlama(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// Gemma: byte pairs of pieces, spaces replaced by a normalizer.
void buildGemma(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// GPT-2, RoBERTa: byte pairs of bytes, words as GPT-2 finds them.
void buildByteLevel(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// Qwen2: the same after NFC, words by its own pattern.
void buildQwen2(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// BERT and its kin: word pieces of normalized words.
void buildWordPiece(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// T5: unigrams of words, with its sentinels.
void buildT5(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// XLM-RoBERTa: unigrams of words.
void buildXlmRoberta(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// SpeechT5: the characters of words. An Error if it is to spell numbers out.
void buildSpeechT5(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// VITS: lower-case characters with a blank between them. An Error if it asks for phonemes.
void buildVits(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);
/// What the file says, and no more: byte pairs or unigrams of the whole text.
void buildPlain(Tokenizer::Parts& parts, ClassVocabulary& vocabulary, const JsonField& config);

/// VITS looks for its special tokens in the text as it will be read.
void finishVits(Tokenizer::Parts& parts, const JsonField& config);

}  // namespace orrery::tokenizers
