#include "core/processors/sound_batch.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

std::int64_t roundedUp(std::int64_t length, std::optional<std::int64_t> multiple) {
  return multiple ? (length + *multiple - 1) / *multiple * *multiple : length;
}

at::Tensor padded(const at::Tensor& values, std::int64_t length, bool left, double with) {
  auto sizes = values.sizes().vec();
  sizes[0] = length;
  at::Tensor result = at::full(sizes, with, values.options());
  result.narrow(0, left ? length - values.size(0) : 0, values.size(0)).copy_(values);
  return result;
}

std::int64_t longest(const std::vector<at::Tensor>& values) {
  std::int64_t length = 0;
  for (const at::Tensor& one : values) length = std::max(length, one.size(0));
  return length;
}

}  // namespace

BatchRule batchRule(const FeatureOptions& options, const BatchRule& otherwise) {
  BatchRule rule = otherwise;
  rule.padding = options.padding.value_or(otherwise.padding);
  rule.truncation = options.truncation.value_or(otherwise.truncation);
  if (options.maxLength) rule.maxLength = options.maxLength;
  if (options.padToMultipleOf) rule.padToMultipleOf = options.padToMultipleOf;
  constexpr std::int64_t kMost = std::int64_t{1} << 32;
  for (const auto& length : {rule.maxLength, rule.padToMultipleOf})
    if (length && (*length < 1 || *length > kMost))
      throw Error(ErrorKind::kInvalidInput,
                  "max_length and pad_to_multiple_of: expected 1 to {}, found {}", kMost, *length);
  return rule;
}

SoundBatch batched(std::vector<at::Tensor> sequences, const BatchRule& rule) {
  if ((rule.truncation || rule.padding == SoundPadding::kMaxLength) && !rule.maxLength)
    throw Error(ErrorKind::kInvalidInput, "is needed to cut or pad to it").in("max_length");
  SoundBatch batch;
  if (rule.truncation)
    for (at::Tensor& one : sequences)
      one = one.slice(0, 0, roundedUp(*rule.maxLength, rule.padToMultipleOf));
  const std::int64_t length =
      roundedUp(rule.padding == SoundPadding::kMaxLength ? *rule.maxLength : longest(sequences),
                rule.padToMultipleOf);
  for (at::Tensor& one : sequences) {
    at::Tensor mask = at::ones({one.size(0)}, at::kInt);
    if (rule.padding != SoundPadding::kNone && one.size(0) < length) {
      one = padded(one, length, rule.padsLeft, rule.paddingValue);
      mask = padded(mask, length, rule.padsLeft, 0);
    }
    batch.values.push_back(one);
    batch.masks.push_back(mask);
  }
  return batch;
}

at::Tensor stacked(const std::vector<at::Tensor>& values) {
  for (const at::Tensor& one : values)
    if (one.sizes() != values.front().sizes())
      throw Error(ErrorKind::kInvalidInput,
                  "sounds of {} and {} values do not go into one tensor; they need padding",
                  values.front().size(0), one.size(0));
  return at::stack(values);
}

std::vector<at::Tensor> soundTensors(std::span<const std::vector<float>> sounds) {
  if (sounds.empty()) throw Error(ErrorKind::kInvalidInput, "there is no sound");
  std::vector<at::Tensor> tensors;
  for (const auto& sound : sounds) {
    if (sound.empty()) throw Error(ErrorKind::kInvalidInput, "a sound has no samples");
    // Nothing writes through the tensor.
    tensors.push_back(at::from_blob(const_cast<float*>(sound.data()),
                                    {static_cast<std::int64_t>(sound.size())}, at::kFloat));
  }
  return tensors;
}

void normalize(std::vector<at::Tensor>& values, const std::vector<at::Tensor>* masks,
               double paddingValue) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const at::Tensor& one = values[i];
    const std::int64_t length = masks ? (*masks)[i].sum().item<std::int64_t>() : one.numel();
    const at::Tensor known = one.narrow(0, 0, length).to(at::kDouble);
    const double mean = known.mean().item<double>();
    const double variance = known.var(/*unbiased=*/false).item<double>();
    at::Tensor made = (one - mean).div_(std::sqrt(variance + 1e-7));
    made.slice(0, length).fill_(paddingValue);
    values[i] = made;
  }
}

}  // namespace orrery::processors
