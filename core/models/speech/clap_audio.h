#pragma once

#include "core/models/speech/clap_config.h"
#include "core/models/vision/swin.h"

namespace orrery::models::speech {

/// The patches of a square, and what pieces of a long sound add to them.
class ClapPatches {
 public:
  ClapPatches(const nn::Weights& weights, const ClapAudioConfig& config);
  /// squares [batch, 1 or 4, side, side] and, with fusion, which of them are of long sounds [batch]
  /// → [batch, rows, columns, width].
  at::Tensor operator()(const at::Tensor& squares, const at::Tensor& longer) const;

 private:
  /// Two convolutions of one pixel.
  struct Net {
    nn::ConvBatchNorm2d in, out;
    at::Tensor operator()(const at::Tensor& x) const { return out(in(x)); }
  };
  static Net makeNet(const nn::Weights& weights, std::int64_t first, std::int64_t width,
                     std::int64_t inner);
  at::Tensor fuse(const at::Tensor& whole, const at::Tensor& pieces) const;

  nn::Conv2d projection_, pieces_;
  std::optional<nn::LayerNorm> norm_;
  std::optional<Net> local_, global_;
};

/// The audio tower of CLAP.
class ClapAudio {
 public:
  /// `weights` is the scope "audio_encoder".
  ClapAudio(const nn::Weights& weights, const ClapAudioConfig& config);

  struct Output {
    at::Tensor last;    ///< [batch, width, rows of a strip, columns of all strips]
    at::Tensor pooled;  ///< [batch, width]
  };
  /// features [batch, 1 or 4, frames, bins]; `longer` [batch] as the extractor has it, with fusion.
  Output operator()(const at::Tensor& features, const at::Tensor& longer,
                    const nn::Observer* observer) const;

 private:
  at::Tensor fold(at::Tensor x) const;

  ClapAudioConfig config_;
  nn::BatchNorm2d batchNorm_;
  ClapPatches patches_;
  vision::SwinStages stages_;
  nn::LayerNorm norm_;
};

}  // namespace orrery::models::speech
