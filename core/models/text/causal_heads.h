#pragma once

#include "core/models/model.h"
#include "core/models/text/causal_session.h"
#include "core/nn/linear.h"

namespace orrery::models::text {

/// Which head of a decoder a class name asks for.
enum class CausalHead {
  kNone,
  kLanguageModel,
  kSequenceClassification,
  kTokenClassification,
  kQuestionAnswering
};

/// The head of a class name by its ending ("…ForCausalLM", "…LMHeadModel", "…Model", …); an Error
/// names the class if it has none of these.
CausalHead causalHead(std::string_view className);

/// What the heads need besides the stack.
struct CausalHeadConfig {
  std::int64_t hidden = 0, labels = 0;
  std::optional<std::int64_t> padToken;
};

/// A decoder-only model: a stack (CausalCore) with one of the heads.
class CausalModel : public Model {
 public:
  /// `weights` is the root of the checkpoint. `scoreName` is the classifier of tokens ("score",
  /// "classifier").
  CausalModel(std::unique_ptr<CausalCore> core, CausalHead head, const CausalHeadConfig& config,
              const nn::Weights& weights, const std::string& tokenScoreName = "score");

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override;
  std::unique_ptr<generation::SessionFactory> sessionFactory() const override;

 private:
  at::Tensor lastTokenScores(const at::Tensor& scores, const at::Tensor& ids) const;

  std::unique_ptr<CausalCore> core_;
  CausalHead head_;
  CausalHeadConfig config_;
  nn::Linear score_;
};

}  // namespace orrery::models::text
