#include <cmath>

#include "core/base/error.h"
#include "core/models/multimodal/idefics3_config.h"
#include "core/models/multimodal/picture_language_model.h"
#include "core/models/multimodal/towers.h"
#include "core/models/multimodal/two_tower_model.h"

namespace orrery::models::multimodal {
namespace {

Error inputError(const char* name, const std::string& message) {
  return Error(ErrorKind::kInvalidInput, message).in("input " + quoted(name));
}

/// Patches [pictures, side * side, width] → squares of scale * scale patches side by side,
/// [pictures, (side / scale)², width * scale²].
at::Tensor joinSquares(const at::Tensor& patches, std::int64_t scale) {
  const std::int64_t count = patches.size(1);
  const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(count))));
  if (side * side != count || side % scale != 0)
    throw inputError("pixel_values",
                     fmt::format("expected square pictures with a multiple of {} patches along a "
                                 "side, found {} patches",
                                 scale, count));
  const std::int64_t squares = side / scale, width = patches.size(2);
  return patches.view({-1, squares, scale, squares, scale, width})
      .transpose(2, 3)
      .reshape({-1, squares * squares, scale * scale * width});
}

class Idefics3Reader : public PictureReader {
 public:
  Idefics3Reader(const nn::Weights& w, const Idefics3Config& c, bool namesStates)
      : tower_(w / "vision_model", c.vision),
        projection_(w / "connector.modality_projection.proj", c.vision.hidden * c.scale * c.scale,
                    text::shapeOf(c.text).hidden, nn::Linear::Bias::kNone),
        token_(c.imageToken),
        scale_(c.scale),
        namesStates_(namesStates) {}

  std::vector<std::string> inputNames() const override {
    return {"pixel_values", "pixel_attention_mask"};
  }

  Pictures read(const TensorMap& inputs, const nn::Observer* observer) const override {
    const auto below = observerBelow(observer, "vision_model.");
    const at::Tensor states = tower_.forward(towerInputs(inputs), below ? &below : nullptr).hidden;
    const at::Tensor rows = projection_(joinSquares(states, scale_));
    Pictures pictures{{{"image", token_, rows.flatten(0, 1), {}}}, {}};
    if (namesStates_)
      pictures.outputs = {{"image_hidden_states.last_hidden_state", states},
                          {"image_hidden_states.pooler_output", rows}};
    else
      pictures.outputs = {{"image_hidden_states", rows}};
    return pictures;
  }

 private:
  /// The pictures of all prompts in one batch, without those of zeros, which only fill up what
  /// prompts with fewer pictures lack.
  TensorMap towerInputs(const TensorMap& inputs) const {
    const at::Tensor all = requireInput(inputs, "pixel_values");
    if (all.dim() != 5 || all.numel() == 0 || all.size(2) != tower_.config().channels ||
        !at::isFloatingType(all.scalar_type()))
      throw inputError("pixel_values",
                       fmt::format("expected numbers of shape [batch, pictures, {}, height, "
                                   "width], found {}",
                                   tower_.config().channels, nn::shapeText(all.sizes().vec())));
    const at::Tensor images = all.flatten(0, 1);
    at::Tensor real = images.ne(0).flatten(1).any(1);
    if (!real.any().item<bool>()) real[0].fill_(true);
    TensorMap result{{"pixel_values", images.index({real}).to(at::kFloat)}};
    const at::Tensor seen = inputIf(inputs, "pixel_attention_mask");
    if (!seen.defined()) return result;
    const std::vector<std::int64_t> expected{all.size(0), all.size(1), all.size(3), all.size(4)};
    if (seen.sizes() != at::IntArrayRef(expected))
      throw inputError("pixel_attention_mask",
                       fmt::format("expected shape {}, found {}", nn::shapeText(expected),
                                   nn::shapeText(seen.sizes().vec())));
    const std::int64_t patch = tower_.config().patch;
    const at::Tensor pixels = seen.flatten(0, 1).index({real}).ne(0);
    result["patch_attention_mask"] =
        pixels.unfold(1, patch, patch).unfold(2, patch, patch).flatten(3).any(3);
    return result;
  }

  VisionTower tower_;
  nn::Linear projection_;
  std::int64_t token_, scale_;
  bool namesStates_;  ///< SmolVLM's outputs tell of the tower, too
};

std::unique_ptr<Model> makeIdefics3(const ModelSpec& spec) {
  const Idefics3Config config = Idefics3Config::read(spec.config);
  const nn::Weights base = baseScope(spec.weights, {"model"});
  const bool writes = writesText(spec);
  const bool smol = spec.config.require<std::string>("model_type") == "smolvlm";
  return std::make_unique<PictureLanguageModel>(
      std::make_unique<Idefics3Reader>(base, config, smol),
      text::makeTextCore(config.text, {base / "text_model", spec.weights, writes}), writes);
}

}  // namespace

void registerIdefics3(Families& families) {
  for (const char* type : {"idefics3", "smolvlm"}) families[type] = makeIdefics3;
}

}  // namespace orrery::models::multimodal
