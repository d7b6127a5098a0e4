#include "core/models/multimodal/vision_encoder_decoder_config.h"

#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/families.h"
#include "core/models/multimodal/two_tower_model.h"
#include "core/models/text/cross_decoder.h"

namespace orrery::models::multimodal {
namespace {

class VisionEncoderDecoder : public Model {
 public:
  explicit VisionEncoderDecoder(const ModelSpec& spec) {
    const auto c = VisionEncoderDecoderConfig::read(spec.config);
    encoder_ = makeModel({spec.config["encoder"], spec.weights / "encoder", c.encoderClass});
    if (c.projected)
      project_ = nn::Linear(spec.weights / "enc_to_dec_proj", c.encoderHidden, c.decoder.hidden,
                            nn::Linear::Bias::kRequired);
    decoder_ = text::makeCrossDecoder(spec.config["decoder"], spec.weights / "decoder");
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"pixel_values", "interpolate_pos_encoding", "decoder_input_ids",
                         "decoder_attention_mask"});
    const at::Tensor seen = see(inputs, observer);
    const at::Tensor ids = requireInput(inputs, "decoder_input_ids").to(at::kLong);
    const nn::Observer below = observerBelow(observer, "decoder.");
    return {{"logits", text::scoresBeside(*decoder_, cross(seen), ids,
                                          inputIf(inputs, "decoder_attention_mask"),
                                          below ? &below : nullptr)},
            {"encoder_last_hidden_state", seen}};
  }

  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override {
    const at::NoGradGuard noGrad;
    checkInputs(media, {"pixel_values", "interpolate_pos_encoding"});
    return text::sessionsBeside(*decoder_, cross(see(media, nullptr)),
                                text::StartsFrom::kStartToken);
  }

 private:
  /// The encoder's tokens [batch, time, hidden].
  at::Tensor see(const TensorMap& inputs, const nn::Observer* observer) const {
    TensorMap pictures;
    for (const char* name : {"pixel_values", "interpolate_pos_encoding"})
      if (const auto found = inputs.find(name); found != inputs.end()) pictures.insert(*found);
    const nn::Observer below = observerBelow(observer, "encoder.");
    return encoder_->forward(pictures, below ? &below : nullptr).at("last_hidden_state");
  }
  text::CrossCache cross(const at::Tensor& seen) const {
    return decoder_->crossCache(project_.outFeatures() > 0 ? project_(seen) : seen);
  }

  std::unique_ptr<Model> encoder_;
  nn::Linear project_;
  std::unique_ptr<text::CrossDecoder> decoder_;
};

std::unique_ptr<Model> makeVisionEncoderDecoder(const ModelSpec& spec) {
  if (spec.className != "VisionEncoderDecoderModel")
    throw Error(ErrorKind::kUnsupported, "class {}: expected VisionEncoderDecoderModel",
                quoted(spec.className));
  return std::make_unique<VisionEncoderDecoder>(spec);
}

}  // namespace

void registerVisionEncoderDecoder(Families& families) {
  families["vision-encoder-decoder"] = makeVisionEncoderDecoder;
}

}  // namespace orrery::models::multimodal
