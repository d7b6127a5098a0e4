#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/models/families.h"
#include "core/models/text/encoder.h"
#include "core/models/text/vocabulary_head.h"

namespace orrery::models::text {
namespace {

using nn::Linear;
using Bias = Linear::Bias;
using Classifier = EncoderConfig::Classifier;

/// From the hidden state of the first token to scores, in the family's way.
class SequenceHead {
 public:
  SequenceHead(const nn::Weights& root, const nn::Weights& base, const EncoderConfig& c,
               Classifier kind, std::int64_t labels)
      : kind_(kind) {
    const auto square = [&](const nn::Weights& at) {
      return Linear(at, c.hidden, c.hidden, Bias::kRequired);
    };
    const bool nested = kind == Classifier::kDenseTanh || kind == Classifier::kDenseGelu;
    if (kind == Classifier::kPooled) dense_ = square(base / "pooler" / "dense");
    if (kind == Classifier::kPreClassifier) dense_ = square(root / "pre_classifier");
    if (nested) dense_ = square(root / "classifier" / "dense");
    out_ = Linear(root / (nested ? "classifier.out_proj" : "classifier"), c.hidden, labels,
                  Bias::kRequired);
  }
  at::Tensor operator()(const at::Tensor& hidden) const {
    const at::Tensor x = dense_(hidden.select(1, 0));
    switch (kind_) {
      case Classifier::kPooled:
      case Classifier::kDenseTanh:
        return out_(at::tanh(x));
      case Classifier::kDenseGelu:
        return out_(at::gelu(x));
      case Classifier::kPreClassifier:
        return out_(at::relu(x));
    }
    throw Error(ErrorKind::kInternal, "unknown classifier");
  }

 private:
  Classifier kind_;
  Linear dense_, out_;
};

/// One head: from the last hidden state to the outputs by name.
using Head = std::function<TensorMap(const at::Tensor& hidden)>;

Head baseHead(const nn::Weights& base, const EncoderConfig& c) {
  if (!c.pooler || !(base / "pooler").hasAny())
    return [](const at::Tensor& hidden) { return TensorMap{{"last_hidden_state", hidden}}; };
  const Linear pooler(base / "pooler" / "dense", c.hidden, c.hidden, Bias::kRequired);
  return [pooler](const at::Tensor& hidden) {
    return TensorMap{{"last_hidden_state", hidden},
                     {"pooler_output", at::tanh(pooler(hidden.select(1, 0)))}};
  };
}

Head tokenHead(const nn::Weights& root, const char* name, const EncoderConfig& c) {
  const Linear score(root / name, c.hidden, c.labels, Bias::kRequired);
  return [score](const at::Tensor& hidden) { return TensorMap{{"logits", score(hidden)}}; };
}

Head answerHead(const nn::Weights& root, const EncoderConfig& c) {
  const Linear score(root / "qa_outputs", c.hidden, 2, Bias::kRequired);
  return [score](const at::Tensor& hidden) {
    const auto parts = score(hidden).split(1, -1);
    return TensorMap{{"start_logits", parts[0].squeeze(-1).contiguous()},
                     {"end_logits", parts[1].squeeze(-1).contiguous()}};
  };
}

/// ELECTRA's multiple choice: its own summary of the first token.
Head summaryHead(const nn::Weights& root, const EncoderConfig& c) {
  const Linear summary(root / "sequence_summary" / "summary", c.hidden, c.hidden, Bias::kRequired);
  const Linear score(root / "classifier", c.hidden, 1, Bias::kRequired);
  const auto activation = nn::activation(c.summaryActivation);
  return [=](const at::Tensor& hidden) {
    return TensorMap{{"logits", score(activation(summary(hidden.select(1, 0))))}};
  };
}

/// Which of two sentences follows (BERT), alone or with the masked language model.
Head pretrainingHead(const nn::Weights& root, const nn::Weights& base, const EncoderConfig& c,
                     const Encoder& encoder, bool withVocabulary) {
  if (c.modelType != "bert")
    throw Error(ErrorKind::kUnsupported, "only bert predicts the next sentence");
  const Linear pooler(base / "pooler" / "dense", c.hidden, c.hidden, Bias::kRequired);
  const Linear follows(root / "cls" / "seq_relationship", c.hidden, 2, Bias::kRequired);
  std::shared_ptr<VocabularyHead> vocabulary;
  if (withVocabulary) vocabulary = std::make_shared<VocabularyHead>(root, c, encoder);
  return [=](const at::Tensor& hidden) {
    const at::Tensor scores = follows(at::tanh(pooler(hidden.select(1, 0))));
    if (!vocabulary) return TensorMap{{"logits", scores}};
    return TensorMap{{"prediction_logits", (*vocabulary)(hidden)},
                     {"seq_relationship_logits", scores}};
  };
}

/// ELECTRA's discriminator: whether each token was replaced.
Head discriminatorHead(const nn::Weights& root, const EncoderConfig& c) {
  const nn::Weights scope = root / "discriminator_predictions";
  const Linear dense(scope / "dense", c.hidden, c.hidden, Bias::kRequired);
  const Linear score(scope / "dense_prediction", c.hidden, 1, Bias::kRequired);
  const auto activation = nn::activation(c.activation);
  return [=](const at::Tensor& hidden) {
    return TensorMap{{"logits", score(activation(dense(hidden))).squeeze(-1)}};
  };
}

Head makeHead(const ModelSpec& spec, const nn::Weights& base, const EncoderConfig& c,
              const Encoder& encoder) {
  const nn::Weights& root = spec.weights;
  const std::string& name = spec.className;
  const auto sequence = [&](Classifier kind, std::int64_t labels) -> Head {
    return [head = SequenceHead(root, base, c, kind, labels)](const at::Tensor& hidden) {
      return TensorMap{{"logits", head(hidden)}};
    };
  };
  if (name.ends_with("ForMaskedLM") || name.ends_with("ForCausalLM") ||
      name.ends_with("LMHeadModel"))
    return [head = VocabularyHead(root, c, encoder)](const at::Tensor& hidden) {
      return TensorMap{{"logits", head(hidden)}};
    };
  if (name.ends_with("ForSequenceClassification")) return sequence(c.classifier, c.labels);
  if (name.ends_with("ForMultipleChoice")) {
    if (c.summary) return summaryHead(root, c);
    const bool pooled = c.classifier != Classifier::kPreClassifier;
    return sequence(pooled ? Classifier::kPooled : Classifier::kPreClassifier, 1);
  }
  if (name.ends_with("ForTokenClassification")) return tokenHead(root, "classifier", c);
  if (name.ends_with("ForQuestionAnswering")) return answerHead(root, c);
  if (name.ends_with("ForNextSentencePrediction"))
    return pretrainingHead(root, base, c, encoder, false);
  if (name.ends_with("ForPreTraining"))
    return c.modelType == "electra" ? discriminatorHead(root, c)
                                    : pretrainingHead(root, base, c, encoder, true);
  if (name.ends_with("Model")) return baseHead(base, c);
  throw Error(ErrorKind::kUnsupported, "class {} is not one of the heads of {}", quoted(name),
              c.modelType);
}

class EncoderModel : public Model {
 public:
  EncoderModel(const ModelSpec& spec, const EncoderConfig& config, const nn::Weights& base)
      : encoder_(base, config),
        head_(makeHead(spec, base, config, encoder_)),
        choices_(spec.className.ends_with("ForMultipleChoice")) {}

  TensorMap forward(const TensorMap& inputs, const nn::Observer* observer) const override {
    const at::NoGradGuard noGrad;
    checkInputs(inputs, {"input_ids", "attention_mask", "token_type_ids", "position_ids"},
                choices_ ? 3 : 2);
    const at::Tensor ids = requireInput(inputs, "input_ids").to(at::kLong);
    // Multiple choice: [batch, choices, time] runs as one batch of all choices.
    const auto flat = [&](const at::Tensor& x) {
      return x.defined() && choices_ ? x.flatten(0, 1) : x;
    };
    const at::Tensor hidden =
        encoder_.forward({.ids = flat(ids),
                          .attentionMask = flat(inputIf(inputs, "attention_mask")),
                          .tokenTypes = flat(inputIf(inputs, "token_type_ids")),
                          .positions = flat(inputIf(inputs, "position_ids")),
                          .observer = observer});
    TensorMap outputs = head_(hidden);
    if (choices_) outputs["logits"] = outputs["logits"].view({ids.size(0), ids.size(1)});
    return outputs;
  }

 private:
  Encoder encoder_;
  Head head_;
  bool choices_;
};

std::unique_ptr<Model> makeEncoder(const ModelSpec& spec) {
  const EncoderConfig config = EncoderConfig::read(spec.config);
  return std::make_unique<EncoderModel>(spec, config, baseScope(spec.weights, {config.names.base}));
}

}  // namespace

void registerEncoders(Families& families) {
  for (const auto& type : encoderTypes()) families[type] = makeEncoder;
}

}  // namespace orrery::models::text
