#include "core/models/text/mxfp4.h"

namespace orrery::models::text {
namespace {

constexpr std::int64_t kBlock = 32;

/// blocks [out, groups, 16] uint8 with the low half first, scales [out, groups] uint8 → [out, in].
at::Tensor unpack(const at::Tensor& blocks, const at::Tensor& scales) {
  static const at::Tensor values = at::tensor(
      {0.f, .5f, 1.f, 1.5f, 2.f, 3.f, 4.f, 6.f, -0.f, -.5f, -1.f, -1.5f, -2.f, -3.f, -4.f, -6.f});
  const at::Tensor low = blocks.bitwise_and(0x0F), high = blocks.bitwise_right_shift(4);
  const at::Tensor codes = at::stack({low, high}, -1).flatten(-2).to(at::kLong);
  const at::Tensor scale = at::exp2(scales.to(at::kFloat) - 127).unsqueeze(-1);
  return (values.index({codes}) * scale).flatten(-2);
}

}  // namespace

std::vector<nn::Linear> readExpertLinears(const nn::Weights& weights, const std::string& name,
                                          std::int64_t experts, std::int64_t in, std::int64_t out) {
  const at::Tensor bias = weights.tensor(name + "_bias", {experts, out});
  std::vector<nn::Linear> result;
  const bool packed = weights.has(name + "_blocks");
  at::Tensor blocks, scales, dense;
  bool half = false;
  if (packed) {
    const std::int64_t groups = in / kBlock;
    blocks = nn::asTensor(weights.bytes(name + "_blocks", {experts, out, groups, kBlock / 2}));
    scales = nn::asTensor(weights.bytes(name + "_scales", {experts, out, groups}));
  } else {
    const auto view = weights.view(name, {experts, in, out});
    half = view.dtype == checkpoint::DType::kBF16;
    dense = nn::toFloat32(view);
  }
  for (std::int64_t i = 0; i < experts; ++i) {
    at::Tensor matrix = packed ? unpack(blocks[i], scales[i]) : dense[i].t();
    const bool narrow = (packed || half) && weights.precision() != nn::Precision::kFloat32;
    if (narrow) matrix = matrix.to(at::kBFloat16);
    const auto dtype = narrow ? checkpoint::DType::kBF16 : checkpoint::DType::kF32;
    result.emplace_back(nn::viewOf(matrix, dtype), bias[i].contiguous(), weights.precision());
  }
  return result;
}

}  // namespace orrery::models::text
