#include "core/tokenizers/formats/implied_merges.h"

#include <algorithm>
#include <tuple>

#include "core/base/error.h"

namespace orrery::tokenizers {
namespace {

// In bytes. Every split of a token is looked up and kept, which takes the square of its length.
constexpr std::size_t kLongestToken = 256;

/// A token and a place where it is two tokens.
struct Split {
  double score;
  std::uint32_t leftSize, rightSize;  ///< in characters
  std::size_t token;
  std::size_t at;  ///< in bytes
};

bool startsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// Appends the splits of a token in the order of their parts' ids.
void splitToken(std::span<const std::string> tokens, std::size_t index, double score,
                const Vocabulary& vocabulary, std::vector<Split>& splits) {
  const std::string& token = tokens[index];
  if (token.size() > kLongestToken)
    throw Error(ErrorKind::kInvalidInput, "token {} has {} bytes, expected at most {}", index,
                token.size(), kLongestToken);
  const auto characters =
      static_cast<std::uint32_t>(std::count_if(token.begin(), token.end(), startsCharacter));
  std::vector<std::tuple<TokenId, TokenId, Split>> found;
  std::uint32_t before = 0;
  for (std::size_t at = 1; at < token.size(); ++at) {
    if (!startsCharacter(token[at])) continue;
    ++before;
    const auto left = vocabulary.find(std::string_view(token).substr(0, at));
    if (!left) continue;
    const auto right = vocabulary.find(std::string_view(token).substr(at));
    if (right)
      found.emplace_back(*left, *right, Split{score, before, characters - before, index, at});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  for (const auto& [left, right, split] : found) splits.push_back(split);
}

}  // namespace

Merges impliedMerges(std::span<const std::string> tokens, const Vocabulary& vocabulary,
                     std::span<const double> scores) {
  std::vector<Split> splits;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (vocabulary.find(tokens[i]) != static_cast<TokenId>(i)) continue;  // of twins the last
    const double score = scores.empty() ? static_cast<double>(i) : scores[i];
    splitToken(tokens, i, score, vocabulary, splits);
  }
  const auto key = [](const Split& split) {
    return std::tie(split.score, split.leftSize, split.rightSize);
  };
  std::stable_sort(splits.begin(), splits.end(), [&](const Split& a, const Split& b) {
    return scores.empty() ? key(a) < key(b) : key(b) < key(a);
  });
  Merges merges;
  merges.reserve(splits.size());
  for (const Split& split : splits)
    merges.emplace_back(tokens[split.token].substr(0, split.at),
                        tokens[split.token].substr(split.at));
  return merges;
}

}  // namespace orrery::tokenizers
