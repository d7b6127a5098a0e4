#pragma once

#include "core/base/cancel.h"
#include "core/pipelines/input.h"
#include "core/pipelines/options.h"
#include "core/pipelines/task_registry.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::pipelines {

/// How a text is cut to a length, in the words of a call of transformers' tokenizers.
enum class CutText { kNo, kLongestFirst, kOnlyFirst, kOnlySecond };
template <>
inline constexpr std::array<std::string_view, 4> kWords<CutText>{"do_not_truncate", "longest_first",
                                                                 "only_first", "only_second"};

/// Arguments of such a call.
struct TokenizerOptions {
  OrderedJson truncation;  ///< true, false or a word of CutText
  std::optional<int> maxLength;
  bool addSpecialTokens = true;

  static void fields(auto& f, auto& self) {
    f("truncation", self.truncation,
      "Cut what is too long: true, false, longest_first, only_first, only_second");
    f("max_length", self.maxLength, "Length to cut to; null: what the model takes", 1);
    f("add_special_tokens", self.addSpecialTokens,
      "Put the tokens around the text that the model expects");
  }
};

/// A model with what turns text into its inputs. May be shared by threads.
class TextModel {
 public:
  explicit TextModel(PipelineParts parts);

  const tokenizers::Tokenizer& tokenizer() const { return *tokenizer_; }
  const std::shared_ptr<const tokenizers::Tokenizer>& sharedTokenizer() const { return tokenizer_; }
  const models::Model& model() const { return *parts_.model; }
  const checkpoint::Checkpoint& checkpoint() const { return parts_.checkpoint; }
  JsonField config() const { return {parts_.checkpoint.config, "config.json"}; }

  /// The name of class `index`, by the config's id2label.
  std::string label(std::int64_t index) const;

  /// What cuts a text as `options` say; nothing where it is not to be cut.
  std::optional<tokenizers::Truncation> truncation(const TokenizerOptions& options) const;
  tokenizers::Encoding encode(const Text& text, const TokenizerOptions& options) const;

  /// What the model is given of one encoding: input_ids, attention_mask and, where it takes them,
  /// token_type_ids. An Error if it has more tokens than the model has positions.
  models::TensorMap inputs(const tokenizers::Encoding& encoding) const;
  /// One pass over that.
  models::TensorMap forward(const tokenizers::Encoding& encoding) const;
  /// The same; the output `name` of the one row, as float32.
  at::Tensor forward(const tokenizers::Encoding& encoding, const std::string& name) const;

 private:
  void checkTokens(const tokenizers::Encoding& encoding) const;

  PipelineParts parts_;
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer_;
  std::int64_t positions_ = 0;  ///< tokens the model takes; 0: any number
  std::int64_t vocab_ = 0;
  std::int64_t tokenTypes_ = 0;  ///< 0: the model is not told which text a token is of
};

}  // namespace orrery::pipelines
