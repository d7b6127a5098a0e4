#pragma once

#include <string>
#include <vector>

#include "core/models/model_config.h"

namespace orrery::models::text {

/// Checkpoint names of an encoder; null where a family lacks the part.
struct EncoderNames {
  const char* base;  ///< below the root, in a checkpoint with a head
  const char* layers;
  const char* query;
  const char* key;
  const char* value;
  const char* attentionOut;
  const char* attentionNorm;
  const char* up;
  const char* down;
  const char* outNorm;
  // the head of masked language models
  const char* transform;
  const char* transformNorm;
  const char* decoder;  ///< "<decoder>.weight" where it is not tied
  const char* decoderBias;
};

/// Encoders of BERT's kind: norms after each part, learned positions.
struct EncoderConfig {
  enum class Classifier {
    kPooled,         ///< tanh pooler, then one matrix (BERT)
    kDenseTanh,      ///< classifier.dense, tanh, classifier.out_proj (RoBERTa, MPNet)
    kDenseGelu,      ///< the same with GELU (ELECTRA)
    kPreClassifier,  ///< pre_classifier, ReLU, classifier (DistilBERT)
  };

  std::string modelType;
  EncoderNames names{};
  std::int64_t hidden = 0, heads = 0, ffn = 0, layers = 0, vocab = 0, maxPositions = 0;
  std::int64_t embeddingDim = 0;  ///< projected to `hidden` where it differs (ELECTRA)
  std::int64_t tokenTypes = 0;    ///< 0: no token_type_ids
  double normEps = 1e-12;
  std::string activation = "gelu", headActivation = "gelu";
  Classifier classifier = Classifier::kPooled;
  bool pooler = false;   ///< the base model has one
  bool summary = false;  ///< multiple choice reads sequence_summary (ELECTRA)
  std::string summaryActivation;
  std::int64_t positionPadding =
      -1;                        ///< pad token that takes no position (RoBERTa, MPNet); -1: none
  std::int64_t crossHidden = 0;  ///< width of what cross-attention looks at (BLIP); 0:
                                 ///< none
  std::int64_t relativeBuckets = 0;  ///< of the attention bias by distance (MPNet); 0: none
  bool tied = true;
  std::int64_t labels = 2;

  static EncoderConfig read(const JsonField& config);
  /// The same of one that runs as a decoder beside an encoder.
  static EncoderConfig readDecoder(const JsonField& config);
};

std::vector<std::string> encoderTypes();
ModelShape shapeOf(const EncoderConfig& config);

/// The names of BERT, whose base model lies below `base`.
EncoderNames bertNames(const char* base);

}  // namespace orrery::models::text
