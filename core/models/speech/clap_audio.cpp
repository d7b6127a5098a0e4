#include "core/models/speech/clap_audio.h"

#include "core/base/error.h"

namespace orrery::models::speech {
namespace {

nn::ConvolutionOptions patchOptions(const ClapAudioConfig& c, std::int64_t columns) {
  const vision::Size patch = c.swin.patch;
  return {.kernel = {patch.height, patch.width * columns},
          .stride = {c.stride[0], c.stride[1] * columns},
          .padding = {(patch.height - c.stride[0]) / 2, (patch.width - c.stride[1]) / 2}};
}

}  // namespace

ClapPatches::Net ClapPatches::makeNet(const nn::Weights& w, std::int64_t first, std::int64_t width,
                                      std::int64_t inner) {
  const nn::Conv2d in(w / first, width, inner, {}), out(w / (first + 3), inner, width, {});
  return {nn::ConvBatchNorm2d(in, nn::BatchNorm2d(w / (first + 1), inner), "relu"),
          nn::ConvBatchNorm2d(out, nn::BatchNorm2d(w / (first + 4), width))};
}

ClapPatches::ClapPatches(const nn::Weights& w, const ClapAudioConfig& c)
    : projection_(w / "proj", 1, c.swin.embedDim, patchOptions(c, 1)) {
  const std::int64_t width = c.swin.embedDim;
  if (c.patchNorm) norm_.emplace(w / "norm", width, 1e-5);
  if (!c.fusion) return;
  pieces_ = nn::Conv2d(w / "mel_conv2d", 1, width, patchOptions(c, 3));
  local_ = makeNet(w / "fusion_model.local_att", 0, width, width / c.fusionRatio);
  global_ = makeNet(w / "fusion_model.global_att", 1, width, width / c.fusionRatio);
}

/// Both [batch, width, rows, columns]; attention decides, for each place, which of them counts.
at::Tensor ClapPatches::fuse(const at::Tensor& whole, const at::Tensor& pieces) const {
  const at::Tensor sum = whole + pieces;
  const at::Tensor share =
      at::sigmoid((*local_)(sum) + (*global_)(sum.mean({2, 3}, /*keepdim=*/true)));
  return whole * share * 2 + pieces * (1 - share) * 2;
}

at::Tensor ClapPatches::operator()(const at::Tensor& squares, const at::Tensor& longer) const {
  at::Tensor x = projection_(squares.narrow(1, 0, 1).contiguous());
  if (local_ && longer.any().item<bool>()) {
    const at::Tensor rows = longer.nonzero().squeeze(1);
    const at::Tensor parts = squares.index_select(0, rows).slice(1, 1);
    // Each piece is a third as wide: the three lie side by side.
    const at::Tensor maps = pieces_(parts.flatten(0, 1).unsqueeze(1).contiguous());
    const at::Tensor row = maps.view({rows.size(0), -1, maps.size(1), maps.size(2), maps.size(3)})
                               .permute({0, 2, 3, 1, 4})
                               .flatten(3);
    const at::Tensor pieces = at::constant_pad_nd(row, {0, x.size(3) - row.size(3)});
    x = x.index_copy(0, rows, fuse(x.index_select(0, rows), pieces));
  }
  x = x.permute({0, 2, 3, 1}).contiguous();
  return norm_ ? (*norm_)(x) : x;
}

ClapAudio::ClapAudio(const nn::Weights& w, const ClapAudioConfig& c)
    : config_(c),
      batchNorm_(w / "batch_norm", c.mels),
      patches_(w / "patch_embed", c),
      stages_(w / "layers", c.swin),
      norm_(w / "norm", c.swin.features(), 1e-5) {}

/// Spectrograms [batch, pieces, frames, bins] as squares: strips of frames above each other.
at::Tensor ClapAudio::fold(at::Tensor x) const {
  const std::int64_t strips = config_.strips(), frames = x.size(2);
  const std::int64_t width = config_.side * strips;
  if (frames > width || frames < 1)
    throw Error(ErrorKind::kInvalidInput, "expected 1 to {} frames, found {}", width, frames)
        .in("input \"input_features\"");
  if (frames < width) x = at::upsample_bicubic2d(x, {width, config_.mels}, /*align_corners=*/true);
  return x.reshape({x.size(0), x.size(1) * strips, width / strips, config_.mels})
      .permute({0, 1, 3, 2})
      .reshape({x.size(0), x.size(1), config_.mels * strips, width / strips});
}

ClapAudio::Output ClapAudio::operator()(const at::Tensor& features, const at::Tensor& longer,
                                        const nn::Observer* observer) const {
  const at::Tensor normed = batchNorm_(features.transpose(1, 3)).transpose(1, 3);
  const at::Tensor x =
      norm_(stages_.forward(patches_(fold(normed), longer), /*alwaysPartition=*/false, observer));
  const std::int64_t batch = x.size(0), rows = x.size(1), columns = x.size(2);
  const std::int64_t perStrip = std::max<std::int64_t>(1, rows / config_.strips());
  const at::Tensor last = x.permute({0, 3, 1, 2})
                              .reshape({batch, x.size(3), rows / perStrip, perStrip, columns})
                              .permute({0, 1, 3, 2, 4})
                              .reshape({batch, x.size(3), perStrip, -1});
  return {last, last.flatten(2).mean(2)};
}

}  // namespace orrery::models::speech
