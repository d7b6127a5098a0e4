#pragma once

#include "core/models/model.h"

namespace orrery::models::multimodal {

/// Rows that take the places of one kind of token, in order.
struct TokenFeatures {
  std::string what;        ///< "image" or "video", for messages
  std::int64_t token = 0;  ///< the id that holds a place
  at::Tensor rows;         ///< [places, hidden of the text model]
  at::Tensor grids;        ///< [pictures, 3]: time, rows, columns; undefined where nobody asks
  bool spare = false;      ///< a prompt may have fewer places than rows (BLIP-2)
};

/// What a model has seen: nothing, or what goes into a prompt.
struct Pictures {
  std::vector<TokenFeatures> features;
  TensorMap outputs;  ///< what forward() tells of them, by transformers' names
};

/// The half of a picture-language model that looks at pictures, and where its prompts differ from
/// those of text alone.
class PictureReader {
 public:
  virtual ~PictureReader() = default;

  /// The inputs that are pictures.
  virtual std::vector<std::string> inputNames() const = 0;
  /// Other inputs of forward(), which tell about the prompt.
  virtual std::vector<std::string> promptInputNames() const { return {}; }
  /// Looks at `inputs`, at least one of inputNames() among them. An Error names a wrong input.
  virtual Pictures read(const TensorMap& inputs, const nn::Observer* observer) const = 0;

  /// Positions of a prompt's tokens as nn::Step has them; `inputs` holds input_ids and may hold
  /// attention_mask and promptInputNames(). Undefined: the text model's own.
  virtual at::Tensor positions(const TensorMap& /*inputs*/, const Pictures&) const { return {}; }
  /// What forward() tells of a batch with pictures at these positions, by transformers' names.
  virtual TensorMap outputsOf(const at::Tensor& /*positions*/, const TensorMap& /*inputs*/) const {
    return {};
  }
  /// nn::Step's blocks of a batch.
  virtual at::Tensor blocks(const TensorMap& /*inputs*/) const { return {}; }
  /// Whether all tokens of a prompt that is to be continued see each other.
  virtual bool promptsBothWays() const { return false; }
};

}  // namespace orrery::models::multimodal
