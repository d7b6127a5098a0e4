#pragma once

#include <functional>
#include <memory>

#include "core/models/timeseries/transformer_config.h"
#include "core/nn/activation.h"
#include "core/nn/attention.h"
#include "core/nn/linear.h"
#include "core/nn/norm.h"
#include "core/nn/training_pass.h"

/// Layers that series transformers share: BART's, without vocabulary.
namespace orrery::models::timeseries {

/// What one pass shares between its layers.
struct Pass {
  std::optional<at::Generator> random;  ///< for what draws numbers; LibTorch's own if none
  const nn::TrainingPass* training = nullptr;

  /// Whether a training pass leaves out a layer, as happens to a share `p` of them.
  bool skips(double p) const;
};

/// q_proj, k_proj, v_proj and out_proj of one attention.
struct Projections {
  Projections(const nn::Weights& weights, std::int64_t hidden, std::int64_t heads);
  /// [batch, time, hidden] → [batch, heads, time, dim].
  at::Tensor split(const at::Tensor& x) const;
  /// The other way round.
  at::Tensor join(const at::Tensor& x) const;

  std::int64_t heads;
  nn::Linear q, k, v, out;
};

/// Which queries attend, where not all do: those that differ most over a random sample of keys.
struct QueryChoice {
  std::int64_t factor = 0;  ///< 0: all attend, and nothing is drawn

  /// How many of `queries`.
  std::int64_t attending(std::int64_t queries) const;
  /// The keys by which they are chosen, drawn anew in every pass [sampled].
  at::Tensor sample(std::int64_t queries, std::int64_t keys, const Pass& pass) const;
};

/// Lets each step of a sequence see others, of itself or of `memory`.
class Mixer {
 public:
  explicit Mixer(Projections projections) : own_(std::move(projections)) {}
  virtual ~Mixer() = default;
  /// x [batch, time, hidden], memory [batch, keys, hidden] (x itself for self-attention), additive
  /// mask [batch or 1, 1, time, keys] or undefined → [batch, time, hidden].
  virtual at::Tensor operator()(const at::Tensor& x, const at::Tensor& memory,
                                const at::Tensor& mask, const Pass& pass) const = 0;
  virtual QueryChoice choice() const { return {}; }
  const Projections& projections() const { return own_; }

 protected:
  Projections own_;
};
/// Makes the mixer of a scope.
using MakeMixer = std::function<std::unique_ptr<Mixer>(const nn::Weights&)>;

/// Keys and values of each series of a batch [batch, heads, keys, dim].
struct SeriesMemory {
  at::Tensor k, v;
};

/// Rows [rows, hidden] that belong to the series of a batch, those of the first one first: how many
/// each has.
using RowCounts = std::vector<std::int64_t>;

/// Attention of every step to every other.
class FullAttention : public Mixer {
 public:
  FullAttention(const nn::Weights& weights, const TransformerConfig& config, std::int64_t heads)
      : Mixer(Projections(weights, config.hidden, heads)), dropout_(config.attentionDropout) {}
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& memory, const at::Tensor& mask,
                        const Pass& pass) const override;

  SeriesMemory memory(const at::Tensor& encoded) const;
  /// Rows against the memory of the series that they belong to, in inference → [rows, hidden].
  at::Tensor rows(const at::Tensor& x, const RowCounts& counts, const SeriesMemory& memory) const;

 private:
  double dropout_;
};

/// Values and positions as a sequence of `hidden` numbers each.
class SequenceEmbedding {
 public:
  /// Takes value_embedding, embed_positions and layernorm_embedding.
  SequenceEmbedding(const nn::Weights& weights, const TransformerConfig& config,
                    std::int64_t firstPosition);
  /// x [batch, time, inputWidth], of which the first is step `begin` → [batch, time, hidden].
  at::Tensor operator()(const at::Tensor& x, const Pass& pass, std::int64_t begin = 0) const;

 private:
  nn::Linear values_;
  at::Tensor positions_;  ///< [positions, hidden]
  nn::LayerNorm norm_;
  double dropout_;
  std::int64_t first_ = 0;
};

/// fc2(activation(fc1(x))), with dropout behind both.
class FeedForward {
 public:
  FeedForward(const nn::Weights& weights, const TransformerConfig& config, std::int64_t ffn);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;

 private:
  nn::Linear first_, second_;
  nn::Activation activation_;
  double dropout_, activationDropout_;
};

class EncoderLayer {
 public:
  EncoderLayer(const nn::Weights& weights, const TransformerConfig& config, const MakeMixer& mixer);
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const;

 private:
  std::unique_ptr<Mixer> attention_;
  nn::LayerNorm attentionNorm_, finalNorm_;
  FeedForward mlp_;
  double dropout_;
};

class DecoderLayer {
 public:
  DecoderLayer(const nn::Weights& weights, const TransformerConfig& config, const MakeMixer& mixer);
  /// x sees what `mask` lets it of itself, and the whole of `memory`.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& memory, const at::Tensor& mask,
                        const Pass& pass) const;

  const Mixer& selfAttention() const { return *attention_; }
  const FullAttention& crossAttention() const { return cross_; }
  /// In inference, what becomes of rows x [rows, hidden] for which self-attention has given
  /// `mixed`.
  at::Tensor behind(const at::Tensor& x, const at::Tensor& mixed, const RowCounts& counts,
                    const SeriesMemory& memory) const;

 private:
  template <class Cross>
  at::Tensor rest(const at::Tensor& x, const at::Tensor& mixed, const Pass& pass,
                  const Cross& cross) const;

  std::unique_ptr<Mixer> attention_;
  FullAttention cross_;
  nn::LayerNorm attentionNorm_, crossNorm_, finalNorm_;
  FeedForward mlp_;
  double dropout_;
};

}  // namespace orrery::models::timeseries
