#pragma once

#include "core/processors/image_processor.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::processors {

/// What a model is given for texts with their pictures.
struct JointFeatures {
  /// By transformers' names, int64 [texts, tokens]: input_ids, attention_mask, token_type_ids, …
  std::map<std::string, at::Tensor> texts;
  Features pictures;  ///< without tensors where there are no pictures

  /// The ids of the first text.
  std::vector<tokenizers::TokenId> ids() const;
};

/// How texts become tokens.
struct JointOptions {
  bool addSpecialTokens = true;  ///< those that the model expects around a text
  std::optional<tokenizers::Truncation> truncation{};
};

/// A processor of transformers for texts and pictures together: tokenizer, image processor, and how
/// the place of a picture in a text becomes as many tokens as the model has features of it.
/// Immutable, so threads may share it.
///
///     const auto processor = JointProcessor::load("models/SmolVLM-256M-Instruct");
///     const auto features = processor->process({{"<image>What is it?"}}, {&picture, 1});
class JointProcessor {
 public:
  struct Parts;  // what it is assembled of

  /// The processor of a model folder. Its class is what processor_config.json,
  /// preprocessor_config.json or tokenizer_config.json calls processor_class, else that of the
  /// model's type. An Error names the file and the field that is missing, of another type or
  /// unknown.
  static std::unique_ptr<const JointProcessor> load(const std::filesystem::path& folder,
                                                    Backend backend = Backend::kTorchvision);

  /// Whether there is a class for models of that type.
  static bool isKnownFor(std::string_view modelType);

  explicit JointProcessor(Parts parts);
  ~JointProcessor();

  /// transformers' class, e.g. "LlavaProcessor".
  std::string_view type() const;
  const ImageProcessor& imageProcessor() const;
  const std::shared_ptr<const tokenizers::Tokenizer>& tokenizer() const;
  /// What a prompt has where a picture belongs; empty for models that take a picture beside a text.
  const std::string& imageToken() const;

  /// The tensors for texts and RGB pictures. Where texts have places for pictures, there must be
  /// one text with as many as there are pictures; PaliGemma puts them in front of a text without
  /// any. Elsewhere several texts are filled up to one length. Without pictures, the texts alone.
  JointFeatures process(std::span<const std::string> texts, std::span<const media::Image> pictures,
                        const JointOptions& options = {}) const;
  /// The same for what a chat template wrote, to which the special tokens around a text are added
  /// if it does not begin with one.
  JointFeatures processChat(const std::string& prompt, std::span<const media::Image> pictures,
                            JointOptions options = {}) const;

 private:
  std::unique_ptr<const Parts> parts_;
};

}  // namespace orrery::processors
