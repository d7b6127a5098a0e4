#include "core/models/text/encoder_config.h"

#include <map>

#include "core/models/config_fields.h"

namespace orrery::models::text {
namespace {

using Classifier = EncoderConfig::Classifier;

void withLmHead(EncoderNames& names) {
  names.transform = "lm_head.dense";
  names.transformNorm = "lm_head.layer_norm";
  names.decoder = "lm_head.decoder";
  names.decoderBias = "lm_head.bias";
}

void bert(EncoderConfig& c, const JsonField&) {
  c.names = bertNames("bert");
  c.pooler = true;
  c.headActivation = c.activation;
}

void roberta(EncoderConfig& c, const JsonField& config) {
  c.names = bertNames("roberta");
  withLmHead(c.names);
  c.pooler = true;
  c.classifier = Classifier::kDenseTanh;
  c.positionPadding = config.get("pad_token_id", std::int64_t{1});
}

/// The text tower of CLAP: RoBERTa by other names.
void clapText(EncoderConfig& c, const JsonField& config) {
  roberta(c, config);
  c.names.base = "text_model";
}

void electra(EncoderConfig& c, const JsonField& config) {
  c.names = bertNames("electra");
  c.names.transform = "generator_predictions.dense";
  c.names.transformNorm = "generator_predictions.LayerNorm";
  c.names.decoder = "generator_lm_head";
  c.names.decoderBias = "generator_lm_head.bias";
  c.embeddingDim = config.get("embedding_size", std::int64_t{128});
  c.classifier = Classifier::kDenseGelu;
  c.summary = true;
  c.summaryActivation = config.get<std::string>("summary_activation", "linear");
  if (config.get<std::string>("summary_type", "first") != "first")
    throw config["summary_type"].error("only \"first\" is supported");
}

void mpnet(EncoderConfig& c, const JsonField& config) {
  c.names = bertNames("mpnet");
  withLmHead(c.names);
  c.names.query = "attention.attn.q";
  c.names.key = "attention.attn.k";
  c.names.value = "attention.attn.v";
  c.names.attentionOut = "attention.attn.o";
  c.names.attentionNorm = "attention.LayerNorm";
  c.pooler = true;
  c.classifier = Classifier::kDenseTanh;
  c.positionPadding = 1;
  c.relativeBuckets = config.get("relative_attention_num_buckets", std::int64_t{32});
}

void distilbert(EncoderConfig& c, const JsonField& config) {
  c.names = {"distilbert",      "transformer.layer",   "attention.q_lin", "attention.k_lin",
             "attention.v_lin", "attention.out_lin",   "sa_layer_norm",   "ffn.lin1",
             "ffn.lin2",        "output_layer_norm",   "vocab_transform", "vocab_layer_norm",
             "vocab_projector", "vocab_projector.bias"};
  c.classifier = Classifier::kPreClassifier;
  c.activation = config.get<std::string>("activation", "gelu");
  c.headActivation = c.activation;
  c.normEps = 1e-12;
}

using Reader = void (*)(EncoderConfig&, const JsonField&);

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> table{{"bert", bert},
                                                   {"clap_text_model", clapText},
                                                   {"distilbert", distilbert},
                                                   {"electra", electra},
                                                   {"mpnet", mpnet},
                                                   {"roberta", roberta}};
  return table;
}

/// Sizes: DistilBERT has short names for them.
void readSizes(EncoderConfig& c, const JsonField& config) {
  const bool shortNames = c.modelType == "distilbert";
  c.hidden = positiveSize(config, shortNames ? "dim" : "hidden_size");
  c.heads = positiveSize(config, shortNames ? "n_heads" : "num_attention_heads");
  c.layers = positiveSize(config, shortNames ? "n_layers" : "num_hidden_layers", kMaxLayers);
  c.ffn = positiveSize(config, shortNames ? "hidden_dim" : "intermediate_size");
  c.vocab = positiveSize(config, "vocab_size");
  c.maxPositions = positiveSize(config, "max_position_embeddings");
  if (c.hidden % c.heads != 0)
    throw config.error(
        fmt::format("the hidden size {} is not a multiple of the {} heads", c.hidden, c.heads));
}

}  // namespace

namespace {

/// All but how a token sees the others.
EncoderConfig readFields(const JsonField& config) {
  EncoderConfig c;
  c.modelType = config.require<std::string>("model_type");
  readSizes(c, config);
  c.normEps = config.get("layer_norm_eps", 1e-12);
  c.activation = config.get<std::string>("hidden_act", "gelu");
  const bool typed = c.modelType != "mpnet" && c.modelType != "distilbert";
  c.tokenTypes = typed ? config.get("type_vocab_size", std::int64_t{2}) : 0;
  c.tied = config.get("tie_word_embeddings", true);
  c.labels = labelCount(config);
  readers().at(c.modelType)(c, config);
  if (c.embeddingDim == 0) c.embeddingDim = c.hidden;
  return c;
}

}  // namespace

EncoderConfig EncoderConfig::read(const JsonField& config) {
  if (config.get("is_decoder", false))
    throw config["is_decoder"].error("true is not supported: this family runs as an encoder");
  return readFields(config);
}

EncoderConfig EncoderConfig::readDecoder(const JsonField& config) {
  EncoderConfig c = readFields(config);
  if (!config.get("is_decoder", false))
    throw config.error("is_decoder: expected true in a decoder beside an encoder");
  c.crossHidden = c.hidden;
  return c;
}

ModelShape shapeOf(const EncoderConfig& c) {
  return {.hidden = c.hidden,
          .heads = c.heads,
          .kvHeads = c.heads,
          .headDim = c.hidden / c.heads,
          .ffn = c.ffn,
          .layers = c.layers,
          .vocab = c.vocab,
          .maxPositions = c.maxPositions,
          .windows = {}};
}

EncoderNames bertNames(const char* base) {
  return {base,
          "encoder.layer",
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm",
          "cls.predictions.transform.dense",
          "cls.predictions.transform.LayerNorm",
          "cls.predictions.decoder",
          "cls.predictions.bias"};
}

std::vector<std::string> encoderTypes() {
  std::vector<std::string> result;
  for (const auto& [name, reader] : readers()) result.push_back(name);
  return result;
}

}  // namespace orrery::models::text
