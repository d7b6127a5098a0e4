#include <algorithm>

#include "core/base/utf8.h"
#include "core/pipelines/text_model.h"
#include "core/pipelines/token_groups.h"

namespace orrery::pipelines {
namespace {

using tokenizers::Encoding;

struct TokenOptions {
  std::optional<Aggregation> aggregationStrategy;
  std::vector<std::string> ignoreLabels{"O"};
  std::optional<int> stride;
  bool isSplitIntoWords = false;
  std::string delimiter = " ";

  static void fields(auto& f, auto& self) {
    f("aggregation_strategy", self.aggregationStrategy,
      "From tokens to entities; null: none, each token by itself");
    f("ignore_labels", self.ignoreLabels, "Labels to leave out");
    f("stride", self.stride,
      "Run a long text in pieces that share so many tokens; null: cut it to the model's length");
    f("is_split_into_words", self.isSplitIntoWords, "The input is a list of words");
    f("delimiter", self.delimiter, "What stands between these words in the text");
  }
};

/// A text to label: its characters, its tokens in one or more pieces, and where its words begin if
/// they came separately.
struct Labelling {
  std::u32string sentence;
  std::vector<Encoding> pieces;
  std::vector<std::uint32_t> wordStarts;
};

class TokenClassification : public Pipeline {
 public:
  explicit TokenClassification(PipelineParts parts) : text_(std::move(parts)) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<TokenOptions>(given);
    const Labelling work = prepare(input, options);
    const auto aggregation = options.aggregationStrategy.value_or(Aggregation::kNone);
    const GroupingTools tools{
        [this](std::int64_t index) { return text_.label(index); },
        [this](const auto& tokens) { return text_.tokenizer().joinTokens(tokens); }};
    ProgressMeter meter("labelling", "pieces", static_cast<double>(work.pieces.size()),
                        context.progress);
    std::vector<Entity> entities;
    for (std::size_t i = 0; i < work.pieces.size(); ++i) {
      context.cancel.throwIfCancelled();
      for (Entity& entity : groupTokens(label(work, work.pieces[i]), aggregation, tools))
        if (std::ranges::count(options.ignoreLabels, entity.label) == 0)
          entities.push_back(std::move(entity));
      meter.advanceTo(static_cast<double>(i + 1));
    }
    if (work.pieces.size() > 1) entities = dropOverlapping(std::move(entities));
    return Entities{std::move(entities), options.isSplitIntoWords};
  }

 private:
  Labelling prepare(const Input& input, const TokenOptions& options) const {
    TokenizerOptions cut;
    cut.truncation = true;
    tokenizers::EncodeOptions how{.truncation = text_.truncation(cut)};
    if (options.stride) setStride(how, options);
    Labelling work;
    Encoding encoding;
    if (options.isSplitIntoWords) {
      const auto& words = input.as<Words>().words;
      const std::u32string delimiter = utf8::decode(options.delimiter);
      for (const std::string& word : words) {
        if (!work.wordStarts.empty()) work.sentence += delimiter;
        work.wordStarts.push_back(static_cast<std::uint32_t>(work.sentence.size()));
        work.sentence += utf8::decode(word);
      }
      encoding = text_.tokenizer().encodeWords(words, how);
    } else {
      const std::string& text = input.as<Text>().text;
      work.sentence = utf8::decode(text);
      encoding = text_.tokenizer().encode(text, how);
    }
    std::vector<Encoding> rest = std::move(encoding.overflowing);
    work.pieces.push_back(std::move(encoding));
    if (options.stride)
      work.pieces.insert(work.pieces.end(), std::make_move_iterator(rest.begin()),
                         std::make_move_iterator(rest.end()));
    return work;
  }

  void setStride(tokenizers::EncodeOptions& how, const TokenOptions& options) const {
    if (options.aggregationStrategy == Aggregation::kNone)
      throw Error(ErrorKind::kInvalidInput,
                  std::string("options.stride: expected an aggregation_strategy other than none"));
    if (!how.truncation) return;  // no limit is known: one piece
    const auto room = std::int64_t{how.truncation->maxLength} -
                      static_cast<std::int64_t>(text_.tokenizer().addedTokens(false));
    if (*options.stride >= room)
      throw Error(ErrorKind::kInvalidInput,
                  "options.stride: expected less than the {} tokens of a piece, found {}", room,
                  *options.stride);
    how.truncation->stride = static_cast<std::uint32_t>(*options.stride);
  }

  /// The tokens of one piece with their scores, without those that were added around the text.
  std::vector<LabelledToken> label(const Labelling& work, const Encoding& piece) const {
    const at::Tensor scores = text_.forward(piece, "logits").softmax(-1);
    const auto labels = static_cast<std::size_t>(scores.size(1));
    std::vector<LabelledToken> tokens;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (piece.specialTokensMask[i] != 0) continue;
      const float* row = scores.data_ptr<float>() + i * labels;
      LabelledToken token{.word = text_.tokenizer().tokenOf(piece.ids[i]).value_or(""),
                          .scores = {row, row + labels},
                          .start = piece.offsets[i].begin,
                          .end = piece.offsets[i].end,
                          .index = static_cast<int>(i)};
      if (!work.wordStarts.empty() && piece.words[i] >= 0) {
        const auto shift = work.wordStarts.at(static_cast<std::size_t>(piece.words[i]));
        token.start += shift;
        token.end += shift;
      }
      findWord(token, piece.ids[i], work.sentence);
      tokens.push_back(std::move(token));
    }
    return tokens;
  }

  /// Whether the token goes on with a word; an unknown token is the text it stands for.
  void findWord(LabelledToken& token, tokenizers::TokenId id, std::u32string_view sentence) const {
    const auto piece = [&](std::size_t from, std::size_t to) {
      from = std::min(from, sentence.size());
      return sentence.substr(from, std::max(to, from) - from);
    };
    const std::u32string_view written = piece(token.start, token.end);
    if (!text_.tokenizer().continuingPrefix().empty())
      token.isSubword = utf8::decode(token.word).size() != written.size();
    else  // nothing marks pieces of words: look for a space at the border
      token.isSubword = token.start > 0 && piece(token.start - 1, token.start + 1).find(U' ') ==
                                               std::u32string_view::npos;
    if (id == text_.tokenizer().unknownId()) {
      token.word = utf8::encode(written);
      token.isSubword = false;
    }
  }

  TextModel text_;
};

}  // namespace

void addTokenClassification(TaskRegistry& registry) {
  registry.add({.name = "token-classification",
                .aliases = {"ner"},
                .description = "Finds names and other things in a text, each with its label",
                .classEndings = {"ForTokenClassification"},
                .options = describeOptions<TokenOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<TokenClassification>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
