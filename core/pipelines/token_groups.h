#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/pipelines/options.h"
#include "core/pipelines/result.h"

namespace orrery::pipelines {

/// How tokens with labels become entities.
enum class Aggregation { kNone, kSimple, kFirst, kAverage, kMax };
template <>
inline constexpr std::array<std::string_view, 5> kWords<Aggregation>{"none", "simple", "first",
                                                                     "average", "max"};

/// A token with its scores.
struct LabelledToken {
  std::string word;                  ///< as the vocabulary spells it
  std::vector<float> scores;         ///< one for each label
  std::uint32_t start = 0, end = 0;  ///< characters of the text
  int index = 0;                     ///< among the tokens of its piece of text
  bool isSubword = false;            ///< goes on with the word of the token before
};

/// What grouping needs of the tokenizer and the model.
struct GroupingTools {
  std::function<std::string(std::int64_t)> label;
  std::function<std::string(const std::vector<std::string>&)> join;  ///< tokens to text
};

/// Tokens to entities. With kFirst, kAverage and kMax the tokens of a word get one label; with all
/// but kNone, neighbours of one label become a group, where "B-" begins a new one.
std::vector<Entity> groupTokens(const std::vector<LabelledToken>& tokens, Aggregation aggregation,
                                const GroupingTools& tools);

/// Entities of overlapping pieces of one text: of those that overlap, the longer stays, or the
/// likelier.
std::vector<Entity> dropOverlapping(std::vector<Entity> entities);

}  // namespace orrery::pipelines
