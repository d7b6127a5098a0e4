#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/families.h"
#include "core/models/text/t5_parts.h"

namespace orrery::models::text {
namespace {

using nn::Linear;
using Bias = Linear::Bias;

class T5Sessions : public generation::SessionFactory {
 public:
  explicit T5Sessions(const T5Parts& parts) : parts_(parts) {}

  std::unique_ptr<generation::DecodingSession> newSession(
      std::span<const generation::TokenId> encoderIds) override {
    const at::NoGradGuard noGrad;
    if (encoderIds.empty())
      throw Error(ErrorKind::kInvalidInput, "an encoder-decoder model needs an input to encode");
    const at::Tensor encoded =
        parts_.encode(parts_.embed(idTensor(encoderIds).unsqueeze(0)), {}, nullptr);
    return sessionBeside(parts_, parts_.crossCache(encoded));
  }
  bool isEncoderDecoder() const override { return true; }

 private:
  const T5Parts& parts_;
};

class T5Model : public Model {
 public:
  enum class Head { kNone, kEncoder, kGeneration, kTokens, kAnswer, kSequence };

  T5Model(const ModelSpec& spec, const nn::Weights& base, const T5Config& config, Head head)
      : parts_(base, spec.weights, config, partsOf(head)), head_(head) {
    const nn::Weights& root = spec.weights;
    if (head == Head::kTokens)
      score_ = Linear(root / "classifier", config.hidden, config.labels, Bias::kRequired);
    if (head == Head::kAnswer)
      score_ = Linear(root / "qa_outputs", config.hidden, 2, Bias::kRequired);
    if (head == Head::kSequence) {
      const nn::Weights scope = root / "classification_head";
      dense_ = Linear(scope / "dense", config.hidden, config.hidden, Bias::kRequired);
      score_ = Linear(scope / "out_proj", config.hidden, config.labels, Bias::kRequired);
    }
  }

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs,
                {"input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask"});
    const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
    const at::Tensor mask = inputIf(inputs, "attention_mask");
    const at::Tensor encoded = parts_.encode(parts_.embed(ids), mask, observer);
    if (head_ == Head::kEncoder) return {{"last_hidden_state", encoded}};
    if (head_ == Head::kTokens) return {{"logits", score_(encoded)}};
    const at::Tensor hidden = decode(inputs, ids, encoded, mask, observer);
    TensorMap outputs{{"encoder_last_hidden_state", encoded}};
    if (head_ == Head::kNone) outputs["last_hidden_state"] = hidden;
    if (head_ == Head::kGeneration) outputs["logits"] = parts_.head(hidden);
    if (head_ == Head::kSequence) outputs["logits"] = classify(hidden, ids);
    if (head_ == Head::kAnswer) {
      const auto parts = score_(hidden).split(1, -1);
      outputs["start_logits"] = parts[0].squeeze(-1).contiguous();
      outputs["end_logits"] = parts[1].squeeze(-1).contiguous();
    }
    return outputs;
  }

  std::unique_ptr<generation::SessionFactory> sessionFactory() const override {
    return head_ == Head::kGeneration ? std::make_unique<T5Sessions>(parts_) : nullptr;
  }

 private:
  static T5Parts::Holds partsOf(Head head) {
    using Holds = T5Parts::Holds;
    if (head == Head::kEncoder || head == Head::kTokens) return Holds::kEncoder;
    return head == Head::kGeneration ? Holds::kBothWithHead : Holds::kBoth;
  }
  at::Tensor decode(const TensorMap& inputs, const at::Tensor& ids, const at::Tensor& encoded,
                    const at::Tensor& mask, const nn::Observer* observer) const {
    at::Tensor decoderIds = inputIf(inputs, "decoder_input_ids");
    if (!decoderIds.defined()) {
      if (head_ != Head::kAnswer && head_ != Head::kSequence)
        throw Error(ErrorKind::kInvalidInput, "input \"decoder_input_ids\" is missing");
      // These heads read the input again, shifted by the start token.
      decoderIds = at::cat(
          {at::full({ids.size(0), 1}, parts_.config().startToken, at::kLong), ids.slice(1, 0, -1)},
          1);
    }
    nn::Step step;
    step.attentionMask = inputIf(inputs, "decoder_attention_mask");
    step.observer = observer;
    return parts_.decode(decoderIds.to(at::kLong), encoded, mask, step);
  }

  /// The decoder's state at the last end token of each row.
  at::Tensor classify(const at::Tensor& hidden, const at::Tensor& ids) const {
    const at::Tensor ends = ids.eq(parts_.config().eosToken);
    if (!ends.any(1).all().item<bool>() || hidden.size(1) != ids.size(1))
      throw Error(ErrorKind::kInvalidInput,
                  "input_ids: every row needs the end token {} for sequence classification",
                  parts_.config().eosToken);
    const at::Tensor last = (ends.to(at::kLong) * at::arange(ids.size(1), at::kLong)).argmax(1);
    const at::Tensor state = hidden.index({at::arange(ids.size(0), at::kLong), last});
    return score_(at::tanh(dense_(state)));
  }

  T5Parts parts_;
  Head head_;
  Linear dense_, score_;
};

T5Model::Head headOf(const std::string& className) {
  using Head = T5Model::Head;
  if (className == "T5ForConditionalGeneration") return Head::kGeneration;
  if (className == "T5ForTokenClassification") return Head::kTokens;
  if (className == "T5ForQuestionAnswering") return Head::kAnswer;
  if (className == "T5ForSequenceClassification") return Head::kSequence;
  if (className == "T5EncoderModel") return Head::kEncoder;
  if (className == "T5Model") return Head::kNone;
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of t5", quoted(className));
}

std::unique_ptr<Model> makeT5(const ModelSpec& spec) {
  return std::make_unique<T5Model>(spec, baseScope(spec.weights, {"transformer"}),
                                   T5Config::read(spec.config), headOf(spec.className));
}

}  // namespace

void registerT5(Families& families) {
  for (const auto& type : t5Types()) families[type] = makeT5;
}

}  // namespace orrery::models::text
