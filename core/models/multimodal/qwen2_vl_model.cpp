#include "core/base/error.h"
#include "core/models/multimodal/picture_language_model.h"
#include "core/models/multimodal/qwen2_vl_positions.h"
#include "core/models/multimodal/qwen2_vl_vision.h"
#include "core/models/multimodal/two_tower_model.h"

namespace orrery::models::multimodal {
namespace {

class Qwen2VlReader : public PictureReader {
 public:
  Qwen2VlReader(const nn::Weights& w, const Qwen2VlConfig& c)
      : vision_(w, c.vision), imageToken_(c.imageToken), videoToken_(c.videoToken) {}

  std::vector<std::string> inputNames() const override {
    return {"pixel_values", "image_grid_thw", "pixel_values_videos", "video_grid_thw"};
  }
  std::vector<std::string> promptInputNames() const override { return {"mm_token_type_ids"}; }

  Pictures read(const TensorMap& inputs, const nn::Observer* observer) const override {
    const auto below = observerBelow(observer, "visual.");
    Pictures pictures;
    const auto add = [&](const char* what, std::int64_t token, const std::string& values) {
      const at::Tensor grids = inputIf(inputs, std::string(what) + "_grid_thw");
      if (!inputs.contains(values) && !grids.defined()) return;
      const at::Tensor rows =
          vision_.forward(requireInput(inputs, values), grids, what, below ? &below : nullptr);
      pictures.features.push_back({what, token, rows, grids});
    };
    add("image", imageToken_, "pixel_values");
    add("video", videoToken_, "pixel_values_videos");
    return pictures;
  }

  at::Tensor positions(const TensorMap& inputs, const Pictures& pictures) const override {
    if (pictures.features.empty()) return {};
    const at::Tensor ids = inputs.at("input_ids");
    GridPrompt prompt{.types = inputIf(inputs, "mm_token_type_ids"),
                      .mask = inputIf(inputs, "attention_mask"),
                      .grids = {},
                      .merge = vision_.config().merge};
    if (!prompt.types.defined())
      prompt.types = ids.eq(imageToken_).to(at::kLong) + 2 * ids.eq(videoToken_).to(at::kLong);
    const bool known = prompt.types.sizes() == ids.sizes() &&
                       prompt.types.ge(0).all().item<bool>() &&
                       prompt.types.le(2).all().item<bool>();
    if (!known)
      throw Error(ErrorKind::kInvalidInput, "expected 0 (text), 1 (image) or 2 (video) for each id")
          .in("input \"mm_token_type_ids\"");
    for (const TokenFeatures& kind : pictures.features)
      prompt.grids[kind.token == imageToken_ ? 0 : 1] = kind.grids;
    return gridPositions(prompt);
  }
  /// How far the positions of what follows each row are from its number of tokens.
  TensorMap outputsOf(const at::Tensor& positions, const TensorMap& inputs) const override {
    if (positions.dim() != 3) return {};  // the caller's own, for text
    const at::Tensor mask = inputIf(inputs, "attention_mask");
    const at::Tensor tokens =
        mask.defined() ? mask.ne(0).sum(1) : at::full({positions.size(1)}, positions.size(2));
    return {{"rope_deltas", (positions.amax({0, 2}) + 1 - tokens).to(at::kLong).unsqueeze(1)}};
  }

 private:
  Qwen2VlVision vision_;
  std::int64_t imageToken_, videoToken_;
};

std::unique_ptr<Model> makeQwen2Vl(const ModelSpec& spec) {
  const Qwen2VlConfig config = Qwen2VlConfig::read(spec.config);
  const nn::Weights text =
      baseScope(spec.weights, {"model.language_model", "language_model", "model"});
  const bool writes = writesText(spec);
  return std::make_unique<PictureLanguageModel>(
      std::make_unique<Qwen2VlReader>(baseScope(spec.weights, {"visual", "model.visual"}), config),
      text::makeDecoderCore(config.text, {text, spec.weights, writes}), writes);
}

}  // namespace

void registerQwen2Vl(Families& families) {
  families["qwen2_vl"] = makeQwen2Vl;
}

}  // namespace orrery::models::multimodal
