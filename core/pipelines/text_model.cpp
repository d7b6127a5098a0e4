#include "core/pipelines/text_model.h"

#include <algorithm>

namespace orrery::pipelines {
namespace {

using tokenizers::Encoding;
using tokenizers::Truncation;
using tokenizers::TruncationStrategy;

/// Positions of the model; 0 where it sets no limit.
std::int64_t positionsOf(const JsonField& config) {
  const auto type = config.require<std::string>("model_type");
  if (type == "t5") return 0;  // distances, not positions
  std::int64_t positions = config.get("max_position_embeddings", std::int64_t{0});
  if (positions == 0) positions = config.get("n_positions", std::int64_t{0});
  // These count from behind the padding token on.
  if (type == "roberta" || type == "mpnet")
    positions -= config.get("pad_token_id", std::int64_t{1}) + 1;
  return positions;
}

at::Tensor row(const std::vector<std::int32_t>& values) {
  at::Tensor result = at::empty({1, static_cast<std::int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), result.data_ptr<std::int64_t>());
  return result;
}

/// Nothing if it is not said.
std::optional<CutText> cutOf(const OrderedJson& truncation) {
  if (truncation.is_null()) return std::nullopt;
  if (truncation.is_boolean())
    return truncation.get<bool>() ? CutText::kLongestFirst : CutText::kNo;
  CutText cut{};
  const Options options{{"truncation", truncation}};
  OptionReader(options, "options")("truncation", cut, "");
  return cut;
}

}  // namespace

TextModel::TextModel(PipelineParts parts)
    : parts_(std::move(parts)),
      tokenizer_(tokenizers::Tokenizer::load(parts_.checkpoint.folderOrFile)) {
  positions_ = positionsOf(config());
  vocab_ = config().get("vocab_size", std::int64_t{0});
  tokenTypes_ = config().get("type_vocab_size", std::int64_t{0});
  const auto& inputs = tokenizer_->settings().modelInputNames;
  const bool told = inputs.empty() || std::ranges::count(inputs, "token_type_ids") > 0;
  if (tokenTypes_ < 2 || !told) tokenTypes_ = 0;
}

std::string TextModel::label(std::int64_t index) const {
  const auto labels = config().find("id2label");
  if (!labels) return fmt::format("LABEL_{}", index);
  return labels->require<std::string>(std::to_string(index));
}

std::optional<Truncation> TextModel::truncation(const TokenizerOptions& options) const {
  const CutText cut =
      cutOf(options.truncation).value_or(options.maxLength ? CutText::kLongestFirst : CutText::kNo);
  if (cut == CutText::kNo) return std::nullopt;
  const auto& settings = tokenizer_->settings();
  if (!options.maxLength && !settings.modelMaxLength) return std::nullopt;
  Truncation result;
  result.maxLength = static_cast<std::uint32_t>(
      options.maxLength ? *options.maxLength
                        : std::min<std::int64_t>(*settings.modelMaxLength, 1 << 30));
  result.side = settings.truncationSide;
  result.strategy = cut == CutText::kOnlyFirst    ? TruncationStrategy::kOnlyFirst
                    : cut == CutText::kOnlySecond ? TruncationStrategy::kOnlySecond
                                                  : TruncationStrategy::kLongestFirst;
  return result;
}

Encoding TextModel::encode(const Text& text, const TokenizerOptions& options) const {
  const tokenizers::EncodeOptions how{.addSpecialTokens = options.addSpecialTokens,
                                      .truncation = truncation(options)};
  return withContext("input", [&] {
    return text.pair ? tokenizer_->encodePair(text.text, *text.pair, how)
                     : tokenizer_->encode(text.text, how);
  });
}

void TextModel::checkTokens(const Encoding& encoding) const {
  const auto count = static_cast<std::int64_t>(encoding.size());
  if (count == 0)
    throw Error(ErrorKind::kInvalidInput,
                std::string("input: expected a text with at least one token, found none"));
  if (positions_ > 0 && count > positions_)
    throw Error(ErrorKind::kInvalidInput,
                "input: expected at most {} tokens, which the model has positions for, found {}",
                positions_, count);
  const auto largest = *std::max_element(encoding.ids.begin(), encoding.ids.end());
  if (vocab_ > 0 && largest >= vocab_)
    throw Error(ErrorKind::kInvalidInput,
                "tokenizer: gives token {}, but the model knows {} (config.json: vocab_size)",
                largest, vocab_);
}

models::TensorMap TextModel::inputs(const Encoding& encoding) const {
  checkTokens(encoding);
  models::TensorMap inputs{{"input_ids", row(encoding.ids)},
                           {"attention_mask", row(encoding.attentionMask)}};
  if (tokenTypes_ > 0) inputs["token_type_ids"] = row(encoding.typeIds).clamp_max(tokenTypes_ - 1);
  return inputs;
}

models::TensorMap TextModel::forward(const Encoding& encoding) const {
  return parts_.model->forward(inputs(encoding));
}

at::Tensor TextModel::forward(const Encoding& encoding, const std::string& name) const {
  const auto outputs = forward(encoding);
  const auto found = outputs.find(name);
  if (found == outputs.end())
    throw Error(ErrorKind::kInternal, "the model gives no {}", quoted(name));
  return found->second[0].to(at::kFloat).contiguous();
}

}  // namespace orrery::pipelines
