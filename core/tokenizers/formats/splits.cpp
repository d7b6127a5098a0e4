#include "core/tokenizers/formats/splits.h"

namespace orrery::tokenizers {
namespace {

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kTekken =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

}  // namespace

const char* const kQwen2Split =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

const char* splitOf(std::string_view name) {
  struct Row {
    const char* split;
    std::string_view names;
  };
  const Row kRows[] = {{kLlama3,
                        " llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 "
                        "jina-v5-nano dbrx smaug-bpe "},
                       {kQwen2Split, " qwen2 deepseek-r1-qwen kormo f2llmv2 megrez "},
                       {kTekken, " tekken "},
                       {kGpt4o, " gpt-4o llama4 kanana2 talkie minimax-m2 "}};
  for (const Row& row : kRows)
    if (!name.empty() && row.names.find(fmt::format(" {} ", name)) != row.names.npos)
      return row.split;
  return nullptr;
}

Json byteLevelStep(bool addsPrefixSpace, bool usesRegex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", addsPrefixSpace},
          {"trim_offsets", true},
          {"use_regex", usesRegex}};
}

Json splitStep(const char* pattern, bool addsPrefixSpace) {
  const Json split = {{"type", "Split"},
                      {"pattern", {{"Regex", pattern}}},
                      {"behavior", "Isolated"},
                      {"invert", false}};
  return {{"type", "Sequence"},
          {"pretokenizers", Json::array({split, byteLevelStep(addsPrefixSpace, false)})}};
}

}  // namespace orrery::tokenizers
