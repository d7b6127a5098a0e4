#include "core/pipelines/whisper/words.h"

#include <algorithm>
#include <string_view>

#include "core/base/utf8.h"

namespace orrery::pipelines {
namespace {

constexpr std::string_view kUnspaced[] = {"chinese", "japanese", "thai",
                                          "lao",     "myanmar",  "cantonese"};
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kBefore = "\"'“¡¿([{-";
constexpr std::string_view kBehind = "\"'.。,，!！?？:：”)]}、";

/// Cut wherever the tokens so far are whole characters.
std::vector<SpokenWord> characters(std::span<const TokenId> ids,
                                   const tokenizers::Tokenizer& tokenizer) {
  const std::u32string whole = utf8::decode(tokenizer.decode(ids));
  std::vector<SpokenWord> result;
  std::size_t begin = 0, offset = 0;
  for (std::size_t end = 1; end <= ids.size(); ++end) {
    const std::string text = tokenizer.decode(ids.subspan(begin, end - begin));
    const std::u32string letters = utf8::decode(text);
    const std::size_t broken = letters.find(utf8::kReplacement);
    const bool isWhole = broken == letters.npos || offset + broken >= whole.size() ||
                         whole[offset + broken] == utf8::kReplacement;
    if (!isWhole) continue;
    result.push_back({text, begin, end});
    offset += letters.size();
    begin = end;
  }
  return result;
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\v\f";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool isIn(std::string_view text, std::string_view list) {
  return list.find(text) != list.npos;
}

std::vector<SpokenWord> spacedWords(std::span<const TokenId> ids,
                                    const tokenizers::Tokenizer& tokenizer) {
  const TokenId end = tokenizer.eosId().value_or(static_cast<TokenId>(tokenizer.vocabSize()));
  std::vector<SpokenWord> words;
  for (SpokenWord& piece : characters(ids, tokenizer)) {
    const bool begins = ids[piece.begin] >= end || piece.text.starts_with(' ') ||
                        isIn(stripped(piece.text), kPunctuation) || words.empty();
    if (begins) {
      words.push_back(std::move(piece));
    } else {
      words.back().text += piece.text;
      words.back().end = piece.end;
    }
  }
  return words;
}

/// `word` takes in `other`, which stands beside it, and leaves it empty.
void takeIn(SpokenWord& word, SpokenWord& other) {
  if (other.text.empty()) return;  // in its neighbour already
  if (other.begin < word.begin) {
    word.text.insert(0, other.text);
    word.begin = other.begin;
  } else {
    word.text += other.text;
    word.end = other.end;
  }
  other.text.clear();
}

void mergePunctuation(std::vector<SpokenWord>& words) {
  if (words.size() < 2) return;
  for (std::size_t i = words.size() - 1, j = words.size() - 1; i-- > 0;) {
    if (words[i].text.starts_with(' ') && isIn(stripped(words[i].text), kBefore))
      takeIn(words[j], words[i]);
    else
      j = i;
  }
  for (std::size_t i = 0, j = 1; j < words.size(); ++j) {
    if (!words[i].text.ends_with(' ') && isIn(words[j].text, kBehind))
      takeIn(words[i], words[j]);
    else
      i = j;
  }
  std::erase_if(words, [](const SpokenWord& word) { return word.text.empty(); });
}

}  // namespace

std::vector<SpokenWord> wordsOf(std::span<const TokenId> ids, const std::string& language,
                                const tokenizers::Tokenizer& tokenizer) {
  const bool spaced = std::ranges::find(kUnspaced, language) == std::end(kUnspaced);
  auto words = spaced ? spacedWords(ids, tokenizer) : characters(ids, tokenizer);
  mergePunctuation(words);
  return words;
}

}  // namespace orrery::pipelines
