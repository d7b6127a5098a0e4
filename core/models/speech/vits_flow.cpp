#include "core/models/speech/vits_flow.h"

namespace orrery::models::speech {

WaveNet::WaveNet(const nn::Weights& w, const VitsConfig& c) : hidden_(c.hidden) {
  std::int64_t dilation = 1;
  for (std::int64_t i = 0; i < c.waveLayers; ++i) {
    in_.emplace_back(w / "in_layers" / i, hidden_, 2 * hidden_,
                     nn::Convolution1dOptions{.kernel = c.waveKernel,
                                              .padding = (c.waveKernel - 1) * dilation / 2,
                                              .dilation = dilation,
                                              .weightNorm = 0});
    // The last one has nobody to hand on to.
    const std::int64_t out = i + 1 < c.waveLayers ? 2 * hidden_ : hidden_;
    out_.emplace_back(w / "res_skip_layers" / i, hidden_, out,
                      nn::Convolution1dOptions{.weightNorm = 0});
    dilation *= c.waveDilation;
  }
  if (c.speaker > 0)
    speaker_ =
        nn::Conv1d(w / "cond_layer", c.speaker, 2 * hidden_ * c.waveLayers, {.weightNorm = 0});
}

at::Tensor WaveNet::operator()(at::Tensor x, const at::Tensor& kept,
                               const at::Tensor& speaker) const {
  const at::Tensor told = speaker.defined() ? speaker_(speaker) : at::Tensor();
  at::Tensor sum = at::zeros_like(x);
  for (std::size_t i = 0; i < in_.size(); ++i) {
    at::Tensor y = in_[i](x);
    if (told.defined())
      y = y + told.narrow(1, static_cast<std::int64_t>(i) * 2 * hidden_, 2 * hidden_);
    const at::Tensor gated =
        at::tanh(y.narrow(1, 0, hidden_)) * at::sigmoid(y.narrow(1, hidden_, hidden_));
    const at::Tensor result = out_[i](gated);
    const bool last = i + 1 == in_.size();
    if (!last) x = (x + result.narrow(1, 0, hidden_)) * kept;
    sum = sum + (last ? result : result.narrow(1, hidden_, hidden_));
  }
  return sum * kept;
}

VitsFlow::VitsFlow(const nn::Weights& w, const VitsConfig& c) {
  const std::int64_t half = c.flow / 2;
  for (std::int64_t i = 0; i < c.flows; ++i) {
    const nn::Weights step = w / "flows" / i;
    steps_.push_back({nn::Conv1d(step / "conv_pre", half, c.hidden, {}),
                      WaveNet(step / "wavenet", c),
                      nn::Conv1d(step / "conv_post", c.hidden, half, {})});
  }
}

at::Tensor VitsFlow::operator()(at::Tensor x, const at::Tensor& kept,
                                const at::Tensor& speaker) const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const auto halves = at::flip(x, {1}).chunk(2, 1);
    const at::Tensor hidden = step->net(step->in(halves[0]) * kept, kept, speaker);
    const at::Tensor mean = step->out(hidden) * kept;
    x = at::cat({halves[0], (halves[1] - mean) * kept}, 1);
  }
  return x;
}

}  // namespace orrery::models::speech
