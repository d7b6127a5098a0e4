#include "core/pipelines/whisper/prompt.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/base/error.h"
#include "core/pipelines/whisper/languages.h"

namespace orrery::pipelines {
namespace {

TokenId languageToken(const WhisperSettings& settings, const std::string& language) {
  // A name of a token itself serves too.
  const std::string name =
      settings.langToId.contains(language) ? language : "<|" + languageCode(language) + "|>";
  const auto found = settings.langToId.find(name);
  if (found == settings.langToId.end())
    throw Error(ErrorKind::kInvalidInput,
                "language: {} has no token in this model (generation_config.json: lang_to_id)",
                quoted(language));
  return found->second;
}

void refuseForEnglishModel(const WhisperSettings& settings) {
  if (settings.isMultilingual.value_or(true)) return;
  if (settings.task || settings.language)
    throw Error(ErrorKind::kInvalidInput, "{}: this model knows English only and takes none",
                settings.language ? "language" : "task");
}

using Tokens = std::vector<std::optional<TokenId>>;

/// What older configurations ask for, where neither task nor language are said.
void addForced(const WhisperSettings& settings, Tokens& tokens) {
  if (settings.task || settings.language) return;
  for (const auto& [place, token] : settings.forcedDecoderIds) {
    if (place != static_cast<int>(tokens.size()))
      throw Error(ErrorKind::kInvalidInput, "expected place {}, found {}", tokens.size(), place)
          .in("forced_decoder_ids");
    tokens.push_back(token);
  }
}

void addTask(const WhisperSettings& settings, Tokens& tokens) {
  const auto isTask = [&](std::optional<TokenId> token) {
    return std::ranges::any_of(settings.taskToId,
                               [&](const auto& task) { return token == task.second; });
  };
  if (settings.task) {
    const auto found = settings.taskToId.find(*settings.task);
    if (found == settings.taskToId.end())
      throw Error(ErrorKind::kInvalidInput,
                  "task: {} has no token in this model (generation_config.json: task_to_id)",
                  quoted(*settings.task));
    tokens.push_back(found->second);
  } else if (settings.language && settings.taskToId.contains("transcribe") &&
             std::ranges::none_of(tokens, isTask)) {
    tokens.push_back(settings.taskToId.at("transcribe"));
  }
}

}  // namespace

std::vector<TokenId> initialTokens(const WhisperSettings& settings, TokenId start,
                                   const std::function<TokenId()>& detect) {
  refuseForEnglishModel(settings);
  Tokens tokens{start};
  addForced(settings, tokens);
  std::optional<TokenId> language;
  if (settings.language)
    language = languageToken(settings, *settings.language);
  else if (!settings.langToId.empty() && (tokens.size() < 2 || !tokens[1]))
    language = detect();
  if (language) {
    tokens.resize(std::max<std::size_t>(tokens.size(), 2));
    tokens[1] = language;
  }
  addTask(settings, tokens);
  const auto& none = settings.noTimestampsTokenId;
  if (!settings.returnTimestamps && none && tokens.back() != none) tokens.push_back(none);
  if (settings.returnTimestamps && none && tokens.back() == none) tokens.pop_back();
  std::vector<TokenId> result;
  for (const auto& token : tokens)
    if (token) result.push_back(*token);
  return result;
}

std::vector<TokenId> promptTokens(const tokenizers::Tokenizer& tokenizer, const std::string& text) {
  const auto begin = tokenizer.idOf("<|startofprev|>");
  if (!begin)
    throw Error(ErrorKind::kInvalidInput,
                "prompt: this model's tokenizer has no <|startofprev|> to put before one");
  const auto isSpace = [](unsigned char c) { return std::isspace(c) != 0; };
  const auto first = std::find_if_not(text.begin(), text.end(), isSpace);
  const auto last = std::find_if_not(text.rbegin(), text.rend(), isSpace).base();
  const std::string bare(first, std::max(first, last));
  std::vector<TokenId> ids{*begin};
  for (const TokenId id : tokenizer.encode(" " + bare, {.addSpecialTokens = false}).ids) {
    if (tokenizer.isSpecial(id))
      throw Error(ErrorKind::kInvalidInput, "prompt: expected text, found the token {}",
                  tokenizer.tokenOf(id).value_or("?"));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace orrery::pipelines
