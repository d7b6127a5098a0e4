#include "core/tokenizers/formats/class_choice.h"

#include "core/tokenizers/formats/classes.h"

namespace orrery::tokenizers {
namespace {

struct Registered {
  std::string_view modelType;
  std::string_view name;
  bool insists = false;  ///< whatever the folder says
};

/// The classes of the model types that have one.
constexpr Registered kRegistered[] = {
    {"bert", "BertTokenizer"},         {"cohere", "CohereTokenizer"},
    {"distilbert", "BertTokenizer"},   {"electra", "BertTokenizer"},
    {"gemma", "GemmaTokenizer"},       {"gemma2", "GemmaTokenizer"},
    {"gemma3", "GemmaTokenizer"},      {"gemma3_text", "GemmaTokenizer"},
    {"glm4", "TokenizersBackend"},     {"gpt2", "GPT2Tokenizer"},
    {"gpt_neox", "GPTNeoXTokenizer"},  {"granite", "TokenizersBackend"},
    {"mistral", "TokenizersBackend"},  {"mixtral", "TokenizersBackend"},
    {"mpnet", "MPNetTokenizer"},       {"mt5", "T5Tokenizer"},
    {"olmo2", "TokenizersBackend"},    {"opt", "GPT2Tokenizer"},
    {"phi3", "TokenizersBackend"},     {"qwen2", "Qwen2Tokenizer", true},
    {"qwen2_moe", "Qwen2Tokenizer"},   {"qwen3", "Qwen2Tokenizer"},
    {"qwen3_moe", "Qwen2Tokenizer"},   {"roberta", "RobertaTokenizer"},
    {"speecht5", "SpeechT5Tokenizer"}, {"t5", "T5Tokenizer"},
    {"vits", "VitsTokenizer"},         {"xlm-roberta", "XLMRobertaTokenizer"},
};

std::string textField(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string chooseClass(const Json& tokenizerConfig, const Json& config) {
  std::string named = textField(tokenizerConfig, "tokenizer_class");
  if (named.empty()) named = textField(config, "tokenizer_class");
  if (named.ends_with("Fast") && named != "PreTrainedTokenizerFast") named.resize(named.size() - 4);
  const std::string type = textField(config, "model_type");
  for (const Registered& row : kRegistered) {
    if (row.modelType != type) continue;
    if (named.empty() || named == row.name || row.insists) return std::string(row.name);
    return row.name == plainClass().name ? std::string(row.name) : named;
  }
  return named;
}

}  // namespace orrery::tokenizers
