#pragma once

#include "core/models/families.h"
#include "core/models/multimodal/picture_reader.h"
#include "core/models/text/text_core.h"

namespace orrery::models::multimodal {

/// ids [batch, time] as the stack takes them, [batch, time, hidden], with features in their places;
/// an Error if these are not as many as the features (or fewer, where that is allowed).
at::Tensor embedWith(const text::CausalCore& core, const at::Tensor& ids, const Pictures& pictures);

/// A model that writes text about pictures: what a reader makes of these takes the place of tokens
/// in the prompt of a decoder.
class PictureLanguageModel : public Model {
 public:
  /// `languageModel`: the decoder has its output layer, and the model writes.
  PictureLanguageModel(std::unique_ptr<PictureReader> reader,
                       std::unique_ptr<text::CausalCore> core, bool languageModel);

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override;
  std::unique_ptr<generation::SessionFactory> sessionFactory() const override;
  std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const override;

 private:
  std::vector<std::string> inputNames() const;
  bool hasPictures(const TensorMap& inputs) const;

  std::unique_ptr<PictureReader> reader_;
  std::unique_ptr<text::CausalCore> core_;
  bool languageModel_;
};

/// Whether the class writes text (…ForConditionalGeneration) or ends in hidden states (…Model); an
/// Error names any other class.
bool writesText(const ModelSpec& spec);

}  // namespace orrery::models::multimodal
