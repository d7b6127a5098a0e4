#include "core/pipelines/whisper/alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "core/base/error.h"

namespace orrery::pipelines {
namespace {

constexpr double kSecondsOfState = 0.02;

/// The attention [heads, tokens, states] of the tokens that come behind `prompt`.
at::Tensor attentionOf(const models::speech::HeardSound& sound, std::span<const TokenId> prompt,
                       std::span<const TokenId> written, const AlignmentOptions& options) {
  std::vector<TokenId> ids(prompt.begin(), prompt.end());
  ids.insert(ids.end(), written.begin(), written.end() - 1);
  std::map<std::string, at::Tensor> maps;
  for (const auto& [layer, head] : options.heads)
    maps[fmt::format("layers.{}.cross_attention", layer)];
  sound.observe(ids, [&](std::string_view name, const at::Tensor& value) {
    if (const auto wanted = maps.find(std::string(name)); wanted != maps.end())
      wanted->second = value;
  });
  std::vector<at::Tensor> heads;
  for (const auto& [layer, head] : options.heads) {
    const at::Tensor& map = maps.at(fmt::format("layers.{}.cross_attention", layer));
    if (!map.defined() || head >= map.size(1))
      throw Error(ErrorKind::kInvalidInput, "layer {} has no head {}", layer, head)
          .in("alignment_heads");
    heads.push_back(map[0][head]);
  }
  const at::Tensor shares = at::stack(heads).slice(1, static_cast<std::int64_t>(prompt.size()));
  // transformers cuts twice, which counts below 0.
  return shares.slice(2, 0, options.states).slice(2, 0, options.states);
}

/// The median of `width` neighbours in the last dimension, mirrored at its ends.
at::Tensor medianFilter(const at::Tensor& x, std::int64_t width) {
  const std::int64_t reach = width / 2;
  if (x.size(-1) <= reach) return x;
  const at::Tensor wide = at::reflection_pad1d(x, {reach, reach});
  return std::get<0>(wide.unfold(-1, width, 1).sort()).select(-1, reach).contiguous();
}

}  // namespace

std::vector<std::int64_t> warpedStarts(const at::Tensor& costs) {
  const auto tokens = static_cast<std::size_t>(costs.size(0));
  const auto states = static_cast<std::size_t>(costs.size(1));
  const at::Tensor values = costs.to(at::kDouble).contiguous();
  const double* cost = values.data_ptr<double>();
  enum Step : char { kBoth, kToken, kState };
  const std::size_t width = states + 1;
  std::vector<Step> steps((tokens + 1) * width, kState);
  for (std::size_t i = 0; i <= tokens; ++i) steps[i * width] = kToken;
  std::vector<float> above(width, std::numeric_limits<float>::infinity()), row(width);
  above[0] = 0;
  for (std::size_t i = 1; i <= tokens; ++i) {
    row[0] = std::numeric_limits<float>::infinity();
    for (std::size_t j = 1; j <= states; ++j) {
      const float both = above[j - 1], token = above[j], state = row[j - 1];
      Step step = kState;
      float before = state;
      if (both < token && both < state) {
        step = kBoth;
        before = both;
      } else if (token < both && token < state) {
        step = kToken;
        before = token;
      }
      row[j] = static_cast<float>(cost[(i - 1) * states + (j - 1)] + before);
      steps[i * width + j] = step;
    }
    std::swap(above, row);
  }
  std::vector<std::int64_t> starts(tokens, 0);
  for (std::size_t i = tokens, j = states; i > 0;) {
    starts[i - 1] = static_cast<std::int64_t>(j) - 1;  // the last one noted is the first in time
    const Step step = steps[i * width + j];
    if (step != kState) --i;
    if (step != kToken) --j;
  }
  return starts;
}

std::vector<float> tokenTimes(const models::speech::HeardSound& sound,
                              std::span<const TokenId> prompt, std::span<const TokenId> written,
                              const AlignmentOptions& options) {
  std::vector<float> times(written.size(), 0.0f);
  if (written.size() < 2) return times;
  const at::Tensor shares = attentionOf(sound, prompt, written, options);
  const at::Tensor spread = at::std(shares, at::IntArrayRef{1}, /*unbiased=*/false, true);
  const at::Tensor even = (shares - shares.mean({1}, true)) / spread;
  const auto starts = warpedStarts(-medianFilter(even, options.filterWidth).mean({0}));
  for (std::size_t i = 0; i < written.size(); ++i)
    times[i] = static_cast<float>(static_cast<double>(starts[std::min(i, starts.size() - 1)]) *
                                  kSecondsOfState);
  return times;
}

}  // namespace orrery::pipelines
