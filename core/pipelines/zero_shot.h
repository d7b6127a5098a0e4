#pragma once

#include <ATen/ATen.h>

#include "core/models/model.h"
#include "core/pipelines/result.h"
#include "core/tokenizers/tokenizer.h"

/// Labels as texts that a model compares with something else.
namespace orrery::pipelines {

/// The template with each label in the place of {}. An Error names the option if there are no
/// labels or no such place.
std::vector<std::string> labelSentences(const std::vector<std::string>& labels,
                                        const std::string& hypothesisTemplate);

/// Adds the texts' input_ids and, where the tokenizer says so, attention_mask to `inputs`. They are
/// padded to the longest one unless `how` says otherwise.
void addTexts(const tokenizers::Tokenizer& tokenizer, const std::vector<std::string>& texts,
              tokenizers::EncodeOptions how, models::TensorMap& inputs);

/// Each label with its score [labels], the best first.
Classification rankedLabels(const std::vector<std::string>& labels, const at::Tensor& scores);

}  // namespace orrery::pipelines
