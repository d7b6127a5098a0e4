#include "core/models/vision/detr_mask_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace orrery::models::vision {
namespace {

using Bias = nn::Linear::Bias;

/// Finer maps that a mask is refined with.
constexpr std::size_t kFiner = 3;
/// Queries that are refined together: more take memory and no less time.
constexpr std::int64_t kTogether = 16;

}  // namespace

DetrMaskHead::DetrMaskHead(const nn::Weights& w, const Sizes& s)
    : heads_(s.heads),
      query_(w / "bbox_attention.q_linear", s.hidden, s.hidden, Bias::kRequired),
      key_(w / "bbox_attention.k_linear", s.hidden, s.hidden, Bias::kRequired),
      activation_(nn::activation(s.activation)) {
  const nn::Weights head = w / "mask_head";
  if (s.backbone.size() <= kFiner || (s.hidden + s.heads) % 8 != 0 || s.hidden % 16 != 0)
    throw Error(ErrorKind::kInvalidInput,
                "masks need a backbone with at least {} feature maps, found {}, a hidden size that "
                "is a multiple of 16, found {}, and with the heads of 8",
                kFiner + 1, s.backbone.size(), s.hidden);
  std::int64_t in = s.hidden + s.heads;
  const auto addBlock = [&](std::int64_t out) {
    const std::size_t number = blocks_.size() + 1;
    const std::int64_t groups = std::min<std::int64_t>(8, out);
    if (out % groups != 0)
      throw Error(ErrorKind::kInvalidInput, "a mask head of {} channels is no multiple of {}", out,
                  groups);
    blocks_.push_back(
        {nn::Conv2d(head / fmt::format("lay{}", number), in, out, nn::ConvolutionOptions::same(3)),
         nn::GroupNorm(head / fmt::format("gn{}", number), groups, out)});
    in = out;
  };
  addBlock(in);
  addBlock(s.hidden / 2);
  for (std::size_t i = 1; i <= kFiner; ++i) {
    adapters_.emplace_back(head / fmt::format("adapter{}", i), s.backbone[kFiner - i], in,
                           nn::ConvolutionOptions{});
    addBlock(s.hidden / (std::int64_t{2} << i));
  }
  out_ = nn::Conv2d(head / "out_lay", in, 1, nn::ConvolutionOptions::same(3));
}

/// The share of each place in what a query sees, [batch, queries, heads, rows, columns]; all heads
/// and places of a query sum to 1.
at::Tensor DetrMaskHead::look(const Input& input) const {
  const at::Tensor& memory = input.memory;
  const std::int64_t batch = memory.size(0), queries = input.queries.size(1);
  const at::Tensor q = query_(input.queries).view({batch, queries, heads_, -1}).transpose(1, 2);
  const at::Tensor k =
      key_(memory.flatten(2).transpose(1, 2)).view({batch, memory[0][0].numel(), heads_, -1});
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(-1)));
  at::Tensor scores = at::matmul(q * scale, k.permute({0, 2, 3, 1})).transpose(1, 2);
  const at::Tensor hidden = input.mask.flatten(1).logical_not().view({batch, 1, 1, -1});
  scores = at::where(hidden, scores + std::numeric_limits<float>::lowest(), scores);
  return at::softmax(scores.flatten(2), -1)
      .view({batch, queries, heads_, memory.size(2), memory.size(3)});
}

/// x [queries, hidden + heads, rows, columns] → [queries, 1, finer rows, finer columns].
at::Tensor DetrMaskHead::refine(at::Tensor x, const std::vector<at::Tensor>& finer) const {
  const auto apply = [&](const Block& block) { x = activation_(block.norm(block.convolution(x))); };
  apply(blocks_[0]);
  apply(blocks_[1]);
  for (std::size_t i = 0; i < finer.size(); ++i) {
    x = finer[i] + at::upsample_nearest2d(x, finer[i].sizes().slice(2));
    apply(blocks_[2 + i]);
  }
  return out_(x);
}

at::Tensor DetrMaskHead::operator()(const Input& input) const {
  const at::Tensor seen = look(input);
  std::vector<at::Tensor> pictures;
  for (std::int64_t row = 0; row < seen.size(0); ++row) {
    std::vector<at::Tensor> finer, masks;
    for (std::size_t i = 0; i < kFiner; ++i)
      finer.push_back(adapters_[i](input.maps[kFiner - 1 - i].narrow(0, row, 1)));
    for (const at::Tensor& some : seen[row].split(kTogether)) {
      const at::Tensor features = input.projected[row].expand({some.size(0), -1, -1, -1});
      masks.push_back(refine(at::cat({features, some}, 1), finer).squeeze(1));
    }
    pictures.push_back(at::cat(masks));
  }
  return at::stack(pictures);
}

}  // namespace orrery::models::vision
