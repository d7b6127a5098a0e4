#include "core/models/speech/frames.h"

#include "core/base/error.h"
#include "core/nn/weights.h"

namespace orrery::models::speech {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& expected,
                         const at::Tensor& found) {
  throw Error(ErrorKind::kInvalidInput, "expected {}, found {} of {}", expected,
              at::toString(found.scalar_type()), nn::shapeText(found.sizes().vec()))
      .in("input " + quoted(name));
}

}  // namespace

at::Tensor requireWave(const TensorMap& inputs, const std::string& name) {
  const at::Tensor wave = requireInput(inputs, name);
  if (wave.dim() != 2 || wave.numel() == 0 || !at::isFloatingType(wave.scalar_type()))
    refuse(name, "numbers of shape [batch, samples]", wave);
  return wave.to(at::kFloat);
}

at::Tensor requireFrames(const TensorMap& inputs, std::int64_t width, const std::string& name) {
  const at::Tensor frames = requireInput(inputs, name);
  if (frames.dim() != 3 || frames.numel() == 0 || frames.size(2) != width ||
      !at::isFloatingType(frames.scalar_type()))
    refuse(name, fmt::format("numbers of shape [batch, frames, {}]", width), frames);
  return frames.to(at::kFloat);
}

at::Tensor maskFor(const TensorMap& inputs, std::int64_t batch, std::int64_t count) {
  const at::Tensor mask = inputIf(inputs, "attention_mask");
  if (!mask.defined()) return {};
  if (mask.dim() != 2 || mask.size(0) != batch || mask.size(1) != count)
    refuse("attention_mask", "shape " + nn::shapeText({batch, count}), mask);
  return mask.ne(0).to(at::kLong);
}

at::Tensor convolvedLengths(const at::Tensor& lengths, std::int64_t kernel, std::int64_t stride,
                            std::int64_t padding) {
  return at::div(lengths + (2 * padding - kernel), at::scalar_tensor(stride, at::kLong), "floor") +
         1;
}

at::Tensor firstFrames(const at::Tensor& lengths, std::int64_t count) {
  const at::Tensor whole = at::where(lengths.le(0), lengths + count, lengths);
  return at::arange(count, at::kLong).unsqueeze(0).lt(whole.unsqueeze(1));
}

at::Tensor zeroUnseen(const at::Tensor& x, const at::Tensor& seen) {
  return seen.defined() ? x.masked_fill(seen.logical_not().unsqueeze(-1), 0) : x;
}

}  // namespace orrery::models::speech
