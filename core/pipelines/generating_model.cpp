#include "core/pipelines/generating_model.h"

#include <algorithm>
#include <random>

#include "core/generation/generation_fields.h"
#include "core/tokenizers/token_bytes.h"

namespace orrery::pipelines {
namespace {

using generation::GenerationConfig;
using generation::GenerationResult;

constexpr int kGlobalMaxLength = 20;  // what transformers takes for "not set"

/// What the model says itself: generation_config.json, else what of config.json is about it.
Json ownFields(const checkpoint::Checkpoint& checkpoint) {
  if (checkpoint.generationConfig.is_object()) return checkpoint.generationConfig;
  const Json own = GenerationConfig::fromModelConfig(checkpoint.config, "config.json").toJson();
  const Json defaults = GenerationConfig{}.toJson();
  Json result = Json::object();
  for (const auto& [name, value] : own.items())
    if (value != defaults.at(name)) result[name] = value;
  return result;
}

/// Merges what is set in `fields`; null leaves what was there.
void mergeSet(GenerationConfig& config, Json fields, const std::string& source) {
  for (auto field = fields.begin(); field != fields.end();)
    field = field->is_null() ? fields.erase(field) : std::next(field);
  config.merge(fields, source);
}

}  // namespace

GeneratingModel::GeneratingModel(PipelineParts parts, const GeneratingTask& task)
    : text_(std::move(parts)),
      sessions_(text_.model().sessionFactory()),
      tokenBytes_(tokenizers::tokenBytesOf(text_.sharedTokenizer())) {
  if (!sessions_ && !task.pictures)
    throw Error(ErrorKind::kInvalidInput, "the model does not generate text, which {} needs",
                task.name);
  Json own = ownFields(text_.checkpoint());
  for (const auto& name : task.apart) own.erase(name);
  if (task.modelFirst) mergeSet(config_, task.defaults, task.name);
  mergeSet(config_, own, "generation_config.json");
  if (!task.modelFirst) mergeSet(config_, task.defaults, task.name);
  // A model's own length counts more than the task's.
  const Json& length = task.defaults.at("max_new_tokens");
  if (config_.maxNewTokens == length.get<int>() &&
      config_.maxLength.value_or(kGlobalMaxLength) != kGlobalMaxLength)
    config_.maxNewTokens.reset();
  prefix_ = text_.config().get<std::string>("prefix", "");
  const auto allTasks = text_.config().find("task_specific_params");
  const auto ownTask = allTasks ? allTasks->find(task.name) : std::nullopt;
  if (!ownTask) return;
  Json fields = ownTask->json();
  prefix_ = ownTask->get<std::string>("prefix", prefix_);
  fields.erase("prefix");
  config_.merge(fields, ownTask->name());
}

GenerationConfig GeneratingModel::config(const Options& fields) const {
  GenerationConfig config = config_;
  config.merge(Json(fields), "options");
  return config;
}

GenerationResult GeneratingModel::generate(const generation::GenerationInput& input,
                                           const GenerationConfig& config,
                                           std::optional<std::int64_t> seed,
                                           const JobContext& context) const {
  return generate(*sessions_, input, config, seed, context);
}

GenerationResult GeneratingModel::generate(generation::SessionFactory& sessions,
                                           const generation::GenerationInput& input,
                                           const GenerationConfig& config,
                                           std::optional<std::int64_t> seed,
                                           const JobContext& context) const {
  ProgressMeter meter("generating", "tokens", config.maxNewTokens.value_or(0), context.progress);
  const generation::GenerationOptions options{
      .strategy = {},
      .seed = seed ? static_cast<std::uint64_t>(*seed) : std::random_device{}(),
      .top = 0,
      .tokenBytes = tokenBytes_,
      .onToken = [&](const generation::TokenEvent& event) { meter.advanceTo(event.step + 1); },
      .cancel = context.cancel};
  return generation::generate(sessions, input, config, options);
}

std::vector<std::vector<int>> GeneratingModel::paddedRows(const GenerationResult& result,
                                                          const std::vector<int>& before,
                                                          const GenerationConfig& config) const {
  std::size_t longest = 0;
  for (const auto& sequence : result.sequences) longest = std::max(longest, sequence.ids.size());
  auto pad = config.padTokenId ? config.padTokenId : text_.tokenizer().padId();
  if (!pad && !config.eosTokenId.empty()) pad = config.eosTokenId.front();
  std::vector<std::vector<int>> rows;
  for (const auto& sequence : result.sequences) {
    auto& row = rows.emplace_back(before);
    row.insert(row.end(), sequence.ids.begin(), sequence.ids.end());
    if (pad) row.resize(before.size() + longest, *pad);
  }
  return rows;
}

std::vector<OptionInfo> withGenerationFields(std::vector<OptionInfo> options) {
  for (const Json& field : generation::generationFieldsJson()) {
    const std::string name = field.at("name");
    if (std::ranges::find(options, name, &OptionInfo::name) != options.end()) continue;
    options.push_back(
        {name, field.at("type"), field.at("description"), OrderedJson(field.at("default"))});
  }
  return options;
}

void refuseUnknownFields(const Options& rest, std::vector<std::string> known) {
  Options unknown = Options::object();
  for (const auto& [name, value] : rest.items())
    if (!generation::findField(name) && !generation::findOtherField(name)) unknown[name] = value;
  for (const auto& field : generation::generationFields()) known.emplace_back(field.name);
  refuseUnknown(unknown, "options", known);
}

}  // namespace orrery::pipelines
