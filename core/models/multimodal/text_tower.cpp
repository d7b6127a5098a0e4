#include "core/base/error.h"
#include "core/models/multimodal/towers.h"

namespace orrery::models::multimodal {
namespace {

/// Files from before transformers 4.31 name this end token whatever the vocabulary's is; the
/// greatest id of a text is then taken for its end.
constexpr std::int64_t kOldEndToken = 2;

}  // namespace

TextTower::TextTower(const nn::Weights& w, const TextTowerConfig& c)
    : config_(c),
      tokens_(w / "embeddings.token_embedding", c.vocab, c.hidden),
      positions_(w / "embeddings.position_embedding", c.maxPositions, c.hidden),
      stack_(w / "encoder", c, c.kind),
      norm_(w / "final_layer_norm", c.hidden, c.normEps) {
  if (c.kind != TowerKind::kClip)
    head_ = nn::Linear(w / "head", c.hidden, c.projection, nn::Linear::Bias::kRequired);
}

std::vector<std::string> TextTower::inputNames() {
  return {"input_ids", "attention_mask", "position_ids"};
}

at::Tensor TextTower::pool(const at::Tensor& hidden, const at::Tensor& ids) const {
  if (config_.kind != TowerKind::kClip) return head_(hidden.select(1, hidden.size(1) - 1));
  const bool old = config_.endToken == kOldEndToken;
  const at::Tensor ends = old ? ids.argmax(-1) : ids.eq(config_.endToken).to(at::kInt).argmax(-1);
  return hidden.index({at::arange(ids.size(0), at::kLong), ends});
}

TowerOutput TextTower::forward(const TensorMap& inputs, const nn::Observer* observer) const {
  const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
  if (ids.size(1) > config_.maxPositions)
    throw Error(ErrorKind::kInvalidInput, "expected at most {} ids a text, found {}",
                config_.maxPositions, ids.size(1))
        .in("input \"input_ids\"");
  at::Tensor positions = inputIf(inputs, "position_ids");
  if (!positions.defined()) positions = at::arange(ids.size(1), at::kLong).unsqueeze(0);
  const at::Tensor attentionMask = inputIf(inputs, "attention_mask");
  const at::Tensor mask = config_.kind == TowerKind::kClip
                              ? nn::causalMask(ids.size(1), 0, 0, 0, attentionMask)
                              : nn::paddingMask(attentionMask);
  const at::Tensor x = tokens_(ids) + positions_(positions.to(at::kLong));
  const at::Tensor hidden = norm_(stack_.forward(x, mask, observer));
  return {hidden, pool(hidden, ids)};
}

}  // namespace orrery::models::multimodal
