#pragma once

#include <memory>

#include "core/models/speech/vits_config.h"
#include "core/nn/weights.h"

namespace orrery::models::speech {

/// How long each token is spoken.
class VitsDurations {
 public:
  virtual ~VitsDurations() = default;

  /// hidden [batch, width, tokens], kept [batch, 1, tokens] of 0 and 1, `speaker` [batch or 1,
  /// width, 1] or undefined, noise [batch, 2, tokens] (that of one which draws) → logarithms of
  /// frames [batch, 1, tokens].
  virtual at::Tensor operator()(const at::Tensor& hidden, const at::Tensor& kept,
                                const at::Tensor& speaker, const at::Tensor& noise) const = 0;
};

/// The predictor of the config: one that draws durations, or one that has a single answer.
std::unique_ptr<VitsDurations> makeVitsDurations(const nn::Weights& weights,
                                                 const VitsConfig& config);

/// The inverse of a monotonic spline of rational quadratic pieces (Durkan et al. 2019), which is
/// the identity outside of -tail to tail. y […], parameters […, 3 * bins - 1]: widths, heights and
/// slopes before they are made positive.
at::Tensor inverseSpline(const at::Tensor& y, const at::Tensor& widths, const at::Tensor& heights,
                         const at::Tensor& slopes, double tail);

}  // namespace orrery::models::speech
