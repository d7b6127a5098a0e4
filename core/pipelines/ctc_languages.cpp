#include "core/pipelines/ctc_languages.h"

#include <fmt/ranges.h>

#include <ranges>

#include "core/checkpoint/pytorch_zip.h"
#include "core/checkpoint/safetensors.h"
#include "core/models/speech/adapters_config.h"
#include "core/models/speech/language_adapters.h"

namespace orrery::pipelines {
namespace {

constexpr std::size_t kMostNamed = 100;  // MMS has more than a thousand

std::shared_ptr<const checkpoint::WeightSource> openAdapter(const std::filesystem::path& file) {
  if (file.extension() == ".bin") return checkpoint::PytorchFile::open(file);
  return checkpoint::SafetensorsFile::open(file);
}

}  // namespace

CtcLanguages::CtcLanguages(const SoundModel& model) : model_(model) {
  const std::filesystem::path& folder = model.checkpoint().folderOrFile;
  if (model.config().has("adapter_attn_dim")) files_ = models::speech::adapterLanguages(folder);
  // With languages to choose from, none need be the checkpoint's.
  if (files_.empty()) find(std::nullopt);
}

const CtcLanguages::Language& CtcLanguages::find(const std::optional<std::string>& name) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = languages_.find(name); known != languages_.end()) return known->second;
  Language language =
      name ? load(*name)
           : Language{.model = &model_.model(),
                      .vocabulary = CtcVocabulary::load(model_.checkpoint().folderOrFile)};
  return languages_.emplace(name, std::move(language)).first->second;
}

CtcLanguages::Language CtcLanguages::load(const std::string& name) const {
  const auto refuse = [](const std::string& why) {
    throw Error(ErrorKind::kInvalidInput, "options.target_lang: {}", why);
  };
  const auto* adapted = dynamic_cast<const models::speech::LanguageAdapters*>(&model_.model());
  if (!adapted || !model_.config().has("adapter_attn_dim"))
    refuse("config.json has no adapter_attn_dim, so this model hears one language only");
  const auto file = files_.find(name);
  if (file == files_.end() && files_.empty())
    refuse(
        fmt::format("expected adapter.{}.safetensors beside the checkpoint and the language's "
                    "letters in vocab.json; there is no such pair of any language",
                    name));
  if (file == files_.end())
    refuse(fmt::format(
        "{} is not among the languages with an adapter beside the checkpoint: {}{}",
        quoted(name, 40), fmt::join(files_ | std::views::keys | std::views::take(kMostNamed), ", "),
        files_.size() > kMostNamed ? fmt::format(" and {} more", files_.size() - kMostNamed) : ""));
  Language language{.vocabulary = CtcVocabulary::load(model_.checkpoint().folderOrFile, name),
                    .own = adapted->withAdapter(openAdapter(file->second))};
  language.model = language.own.get();
  return language;
}

}  // namespace orrery::pipelines
