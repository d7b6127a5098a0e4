#pragma once

#include "core/models/model.h"

/// What models of sound are given, and how much of it counts.
namespace orrery::models::speech {

/// The input `name` as float32 [batch, samples]; an Error tells what was found instead.
at::Tensor requireWave(const TensorMap& inputs, const std::string& name = "input_values");
/// The same of [batch, frames, width].
at::Tensor requireFrames(const TensorMap& inputs, std::int64_t width,
                         const std::string& name = "input_features");

/// attention_mask [batch, count] as numbers of 0 and 1, or undefined. An Error if it does not have
/// that shape.
at::Tensor maskFor(const TensorMap& inputs, std::int64_t batch, std::int64_t count);

/// How many frames a convolution makes of `lengths` ones.
at::Tensor convolvedLengths(const at::Tensor& lengths, std::int64_t kernel, std::int64_t stride,
                            std::int64_t padding = 0);

/// True for the first lengths[i] of `count` frames: [batch, count]. What is less than one frame is
/// counted from the end, as transformers does it.
at::Tensor firstFrames(const at::Tensor& lengths, std::int64_t count);

/// x [batch, frames, width] with zeros in the frames that `seen` [batch, frames] excludes; x itself
/// if that is undefined.
at::Tensor zeroUnseen(const at::Tensor& x, const at::Tensor& seen);

}  // namespace orrery::models::speech
