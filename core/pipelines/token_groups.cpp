#include "core/pipelines/token_groups.h"

#include <algorithm>

namespace orrery::pipelines {
namespace {

using Tokens = std::vector<LabelledToken>;

std::size_t likeliest(const std::vector<float>& scores) {
  return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

Entity entityOf(const LabelledToken& token, const GroupingTools& tools) {
  const std::size_t best = likeliest(token.scores);
  return {.label = tools.label(static_cast<std::int64_t>(best)),
          .score = token.scores[best],
          .index = token.index,
          .word = token.word,
          .start = token.start,
          .end = token.end};
}

std::vector<float> averageOf(const Tokens& word) {
  std::vector<float> sum(word.front().scores.size());
  for (const LabelledToken& token : word)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += token.scores[i];
  for (float& score : sum) score /= static_cast<float>(word.size());
  return sum;
}

/// The scores that speak for a whole word.
std::vector<float> wordScores(const Tokens& word, Aggregation aggregation) {
  if (aggregation == Aggregation::kAverage) return averageOf(word);
  if (aggregation == Aggregation::kFirst) return word.front().scores;
  return std::max_element(word.begin(), word.end(),
                          [](const LabelledToken& a, const LabelledToken& b) {
                            return a.scores[likeliest(a.scores)] < b.scores[likeliest(b.scores)];
                          })
      ->scores;
}

Entity entityOfWord(const Tokens& word, Aggregation aggregation, const GroupingTools& tools) {
  std::vector<std::string> pieces;
  for (const LabelledToken& token : word) pieces.push_back(token.word);
  return entityOf({.word = tools.join(pieces),
                   .scores = wordScores(word, aggregation),
                   .start = word.front().start,
                   .end = word.back().end},
                  tools);
}

std::vector<Entity> entitiesOfWords(const Tokens& tokens, Aggregation aggregation,
                                    const GroupingTools& tools) {
  std::vector<Entity> entities;
  Tokens word;
  for (const LabelledToken& token : tokens) {
    if (!word.empty() && !token.isSubword) {
      entities.push_back(entityOfWord(word, aggregation, tools));
      word.clear();
    }
    word.push_back(token);
  }
  if (!word.empty()) entities.push_back(entityOfWord(word, aggregation, tools));
  return entities;
}

/// "B-PER" begins an entity PER, "I-PER" goes on with one, and so does a label without either.
struct Tag {
  bool begins;
  std::string_view name;
  explicit Tag(std::string_view label) : begins(label.starts_with("B-")), name(label) {
    if (begins || label.starts_with("I-")) name.remove_prefix(2);
  }
};

Entity groupOf(const std::vector<Entity>& entities, const GroupingTools& tools) {
  const std::string& label = entities.front().label;
  const auto dash = label.find('-');
  std::vector<std::string> words;
  float sum = 0;
  for (const Entity& entity : entities) {
    words.push_back(entity.word);
    sum += static_cast<float>(entity.score);
  }
  return {.label = dash == label.npos ? label : label.substr(dash + 1),
          .grouped = true,
          .score = sum / static_cast<float>(entities.size()),
          .word = tools.join(words),
          .start = entities.front().start,
          .end = entities.back().end};
}

std::vector<Entity> groupNeighbours(const std::vector<Entity>& entities,
                                    const GroupingTools& tools) {
  std::vector<Entity> groups, group;
  for (const Entity& entity : entities) {
    const Tag tag(entity.label);
    const bool goesOn = !group.empty() && !tag.begins && tag.name == Tag(group.back().label).name;
    if (!group.empty() && !goesOn) {
      groups.push_back(groupOf(group, tools));
      group.clear();
    }
    group.push_back(entity);
  }
  if (!group.empty()) groups.push_back(groupOf(group, tools));
  return groups;
}

}  // namespace

std::vector<Entity> groupTokens(const Tokens& tokens, Aggregation aggregation,
                                const GroupingTools& tools) {
  std::vector<Entity> entities;
  if (aggregation == Aggregation::kNone || aggregation == Aggregation::kSimple)
    for (const LabelledToken& token : tokens) entities.push_back(entityOf(token, tools));
  else
    entities = entitiesOfWords(tokens, aggregation, tools);
  return aggregation == Aggregation::kNone ? entities : groupNeighbours(entities, tools);
}

std::vector<Entity> dropOverlapping(std::vector<Entity> entities) {
  std::stable_sort(entities.begin(), entities.end(),
                   [](const Entity& a, const Entity& b) { return a.start < b.start; });
  std::vector<Entity> kept;
  for (Entity& entity : entities) {
    if (kept.empty() || entity.start >= kept.back().end) {
      kept.push_back(std::move(entity));
      continue;
    }
    const auto length = entity.end - entity.start, other = kept.back().end - kept.back().start;
    if (length > other || (length == other && entity.score > kept.back().score))
      kept.back() = std::move(entity);
  }
  return kept;
}

}  // namespace orrery::pipelines
