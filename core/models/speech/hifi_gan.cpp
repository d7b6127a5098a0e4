#include "core/models/speech/hifi_gan.h"

namespace orrery::models::speech {
namespace {

/// Keeps the length.
nn::Convolution1dOptions same(std::int64_t kernel, std::int64_t dilation = 1) {
  return {.kernel = kernel,
          .padding = (kernel - 1) * dilation / 2,
          .dilation = dilation,
          .weightNorm = 0};
}

}  // namespace

HifiGan::HifiGan(const nn::Weights& w, const HifiGanConfig& c)
    : slope_(c.slope),
      blocksPerStep_(c.blockKernels.size()),
      in_(w / "conv_pre", c.channels, c.width, same(7)) {
  std::int64_t width = c.width, block = 0;
  for (std::size_t i = 0; i < c.rates.size(); ++i) {
    const std::int64_t kernel = c.kernels[i], rate = c.rates[i];
    steps_.emplace_back(
        w / "upsampler" / static_cast<std::int64_t>(i), width, width / 2,
        nn::Convolution1dOptions{
            .kernel = kernel, .stride = rate, .padding = (kernel - rate) / 2, .weightNorm = 0});
    width /= 2;
    for (std::size_t k = 0; k < blocksPerStep_; ++k) {
      const nn::Weights scope = w / "resblocks" / block++;
      Block& made = blocks_.emplace_back();
      for (std::size_t d = 0; d < c.blockDilations[k].size(); ++d) {
        const auto index = static_cast<std::int64_t>(d);
        made.dilated.emplace_back(scope / "convs1" / index, width, width,
                                  same(c.blockKernels[k], c.blockDilations[k][d]));
        made.plain.emplace_back(scope / "convs2" / index, width, width, same(c.blockKernels[k]));
      }
    }
  }
  nn::Convolution1dOptions last = same(7);
  last.bias = c.outBias;
  out_ = nn::Conv1d(w / "conv_post", width, 1, last);
  if (c.speaker > 0) speaker_ = nn::Conv1d(w / "cond", c.speaker, c.width, {});
}

at::Tensor HifiGan::run(const Block& block, at::Tensor x) const {
  for (std::size_t i = 0; i < block.dilated.size(); ++i) {
    const at::Tensor y = block.dilated[i](at::leaky_relu(x, slope_));
    x = x + block.plain[i](at::leaky_relu(y, slope_));
  }
  return x;
}

at::Tensor HifiGan::operator()(const at::Tensor& spectrogram, const at::Tensor& speaker) const {
  at::Tensor x = in_(spectrogram);
  if (speaker.defined()) x = x + speaker_(speaker);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    x = steps_[i](at::leaky_relu(x, slope_));
    at::Tensor sum = run(blocks_[i * blocksPerStep_], x);
    for (std::size_t k = 1; k < blocksPerStep_; ++k)
      sum = sum + run(blocks_[i * blocksPerStep_ + k], x);
    x = sum / static_cast<double>(blocksPerStep_);
  }
  return at::tanh(out_(at::leaky_relu(x))).squeeze(1);
}

}  // namespace orrery::models::speech
