#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/cancel.h"
#include "core/generation/session.h"
#include "core/nn/attention.h"

namespace orrery::nn {
struct TrainingPass;
}

namespace orrery::models {

/// Named inputs or outputs of one forward pass, by transformers' names; tuples are "name.0",
/// "name.1".
using TensorMap = std::map<std::string, at::Tensor>;

/// A checkpoint with one of its heads, ready to run. Weights do not change; forward() may be called
/// from several threads, sessions are each for one.
class Model {
 public:
  virtual ~Model() = default;

  /// One pass over a padded batch, as `model(**inputs)` of transformers: input_ids, attention_mask,
  /// token_type_ids, position_ids, decoder_input_ids, … An input it does not know is an Error.
  virtual TensorMap forward(const TensorMap& inputs,
                            const nn::Observer* observer = nullptr) const = 0;

  /// The same pass for gradients, of a model built over nn::Parameters: with dropout, and batch
  /// norms that follow the batch. Its outputs have `loss`, one value, where the inputs have what
  /// the model is to say. An Error for a model that cannot be trained yet.
  virtual TensorMap trainingForward(const TensorMap& inputs, const nn::TrainingPass& pass) const;

  /// The interface for generation; null for a model that does not generate.
  virtual std::unique_ptr<generation::SessionFactory> sessionFactory() const { return nullptr; }

  /// Sessions of prompts that go with `media` (pixel_values, pixel_attention_mask, image_grid_thw,
  /// … as forward() takes them): the encoder of pictures runs once, here; where a prompt has the
  /// placeholder token, its sessions take the encoder's features in order. An Error for a model
  /// that takes no pictures. The model outlives what is returned.
  virtual std::unique_ptr<generation::SessionFactory> sessionFactoryFor(
      const TensorMap& media) const;
};

/// The tensor of that name, or undefined.
at::Tensor inputIf(const TensorMap& inputs, const std::string& name);
/// The tensor of that name; an Error names it if it is missing.
at::Tensor requireInput(const TensorMap& inputs, const std::string& name);
/// Whether the input `name`, one value, is there and not 0.
bool flagInput(const TensorMap& inputs, const std::string& name);
/// Checks a batch before anything is computed: every input is among `known`; ids are whole numbers
/// of `dimensions` dimensions and not empty; masks, types and positions have the shape of the ids
/// that they are for (one row of positions may serve all). An Error names the input otherwise.
void checkInputs(const TensorMap& inputs, const std::vector<std::string>& known,
                 std::int64_t dimensions = 2);
/// The input `name` as float32 [batch, channels, height, width]; an Error tells what was found
/// instead. `channels` of 0 takes any number.
at::Tensor requireImages(const TensorMap& inputs, std::int64_t channels,
                         const std::string& name = "pixel_values");

}  // namespace orrery::models
