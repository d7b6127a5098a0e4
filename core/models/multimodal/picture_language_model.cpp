#include "core/models/multimodal/picture_language_model.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "core/base/error.h"

namespace orrery::models::multimodal {
namespace {

using generation::TokenId;

bool hasPlaces(const at::Tensor& ids, const Pictures& pictures) {
  return std::any_of(
      pictures.features.begin(), pictures.features.end(),
      [&](const TokenFeatures& kind) { return ids.eq(kind.token).any().item<bool>(); });
}

/// The text model beside what has been seen, as sessions use it.
class PictureCore : public text::CausalCore {
 public:
  PictureCore(const PictureReader& reader, const text::CausalCore& core, Pictures pictures)
      : reader_(reader), core_(core), pictures_(std::move(pictures)) {}

  text::Prompt prompt(std::span<const TokenId> ids) const override {
    if (ids.empty()) return {};
    const at::Tensor row = text::idTensor(ids).unsqueeze(0);
    const bool seen = hasPlaces(row, pictures_);
    text::Prompt prompt{.bothWays = reader_.promptsBothWays()};
    if (seen) prompt.embeddings = embedWith(core_, row, pictures_);
    prompt.positions = reader_.positions({{"input_ids", row}}, seen ? pictures_ : Pictures{});
    // As generate() of transformers goes on, also where a picture reaches further than the text.
    if (prompt.positions.defined())
      prompt.shift = prompt.positions.select(-1, -1).max().item<std::int64_t>() + 1 - row.size(1);
    return prompt;
  }
  bool takesPromptsInParts() const override {
    return pictures_.features.empty() && !reader_.promptsBothWays();
  }
  at::Tensor embed(const at::Tensor& ids) const override { return core_.embed(ids); }
  at::Tensor positionsAt(const at::Tensor& ids, const at::Tensor& places) const override {
    return core_.positionsAt(ids, places);
  }
  at::Tensor hidden(const at::Tensor& embeddings, const nn::Step& step) const override {
    return core_.hidden(embeddings, step);
  }
  at::Tensor head(const at::Tensor& hidden) const override { return core_.head(hidden); }
  nn::SequenceCache newCache() const override { return core_.newCache(); }
  int vocabSize() const override { return core_.vocabSize(); }
  int contextLength() const override { return core_.contextLength(); }

 private:
  const PictureReader& reader_;
  const text::CausalCore& core_;
  Pictures pictures_;
};

class PictureSessions : public generation::SessionFactory {
 public:
  explicit PictureSessions(std::shared_ptr<const PictureCore> core) : core_(std::move(core)) {}

  std::unique_ptr<generation::DecodingSession> newSession(
      std::span<const TokenId> encoderIds) override {
    if (!encoderIds.empty())
      throw Error(ErrorKind::kInvalidInput, "a decoder-only model takes no encoder input");
    return text::causalSession(core_);
  }
  bool isEncoderDecoder() const override { return false; }

 private:
  std::shared_ptr<const PictureCore> core_;
};

}  // namespace

at::Tensor embedWith(const text::CausalCore& core, const at::Tensor& ids,
                     const Pictures& pictures) {
  at::Tensor words = ids;
  // The id that holds a place need not be one of the vocabulary.
  for (const TokenFeatures& kind : pictures.features)
    words = words.masked_fill(words.eq(kind.token), 0);
  at::Tensor x = core.embed(words);
  for (const TokenFeatures& kind : pictures.features) {
    const at::Tensor places = ids.eq(kind.token);
    const auto count = places.sum().item<std::int64_t>();
    if (kind.spare ? count > kind.rows.size(0) : count != kind.rows.size(0))
      throw Error(ErrorKind::kInvalidInput,
                  "expected {0} {1} tokens (id {2}), one for each feature of the {1}s, found {3}",
                  kind.rows.size(0), kind.what, kind.token, count)
          .in("input \"input_ids\"");
    x = x.masked_scatter(places.unsqueeze(-1), kind.rows);
  }
  return x;
}

PictureLanguageModel::PictureLanguageModel(std::unique_ptr<PictureReader> reader,
                                           std::unique_ptr<text::CausalCore> core,
                                           bool languageModel)
    : reader_(std::move(reader)), core_(std::move(core)), languageModel_(languageModel) {}

std::vector<std::string> PictureLanguageModel::inputNames() const {
  std::vector<std::string> names{"input_ids", "attention_mask", "position_ids"};
  for (auto& name : reader_->promptInputNames()) names.push_back(std::move(name));
  for (auto& name : reader_->inputNames()) names.push_back(std::move(name));
  return names;
}

bool PictureLanguageModel::hasPictures(const TensorMap& inputs) const {
  const auto names = reader_->inputNames();
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return inputs.contains(name); });
}

TensorMap PictureLanguageModel::forward(const TensorMap& inputs,
                                        const nn::Observer* observer) const {
  const at::NoGradGuard noGrad;
  checkInputs(inputs, inputNames());
  const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
  const Pictures pictures = hasPictures(inputs) ? reader_->read(inputs, observer) : Pictures{};
  nn::Step step;
  step.attentionMask = inputIf(inputs, "attention_mask");
  step.positions = inputIf(inputs, "position_ids");
  if (!step.positions.defined()) step.positions = reader_->positions(inputs, pictures);
  if (!step.positions.defined()) step.positions = core_->positions(ids, step.attentionMask);
  step.blocks = reader_->blocks(inputs);
  step.observer = observer;
  const at::Tensor hidden = core_->hidden(embedWith(*core_, ids, pictures), step);
  TensorMap outputs = pictures.outputs;
  if (!pictures.features.empty()) outputs.merge(reader_->outputsOf(step.positions, inputs));
  if (languageModel_)
    outputs["logits"] = core_->head(hidden.flatten(0, 1)).unflatten(0, ids.sizes());
  else
    outputs["last_hidden_state"] = hidden;
  return outputs;
}

std::unique_ptr<generation::SessionFactory> PictureLanguageModel::sessionFactory() const {
  if (!languageModel_) return nullptr;
  return std::make_unique<PictureSessions>(
      std::make_shared<PictureCore>(*reader_, *core_, Pictures{}));
}

std::unique_ptr<generation::SessionFactory> PictureLanguageModel::sessionFactoryFor(
    const TensorMap& media) const {
  if (!languageModel_) return Model::sessionFactoryFor(media);
  const at::NoGradGuard noGrad;
  checkInputs(media, inputNames());
  return std::make_unique<PictureSessions>(
      std::make_shared<PictureCore>(*reader_, *core_, reader_->read(media, nullptr)));
}

bool writesText(const ModelSpec& spec) {
  if (spec.className.ends_with("ForConditionalGeneration")) return true;
  if (spec.className.ends_with("Model")) return false;
  throw Error(ErrorKind::kUnsupported,
              "class {} is not supported: expected …Model or …ForConditionalGeneration",
              quoted(spec.className));
}

}  // namespace orrery::models::multimodal
