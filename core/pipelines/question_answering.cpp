#include <algorithm>

#include "core/base/utf8.h"
#include "core/pipelines/answer_spans.h"
#include "core/pipelines/text_model.h"
#include "core/tokenizers/text/unicode.h"

namespace orrery::pipelines {
namespace {

using tokenizers::Encoding;
using tokenizers::Side;

struct AnswerOptions {
  std::optional<std::string> question;
  int topK = 1;
  std::optional<int> docStride;
  int maxAnswerLen = 15;
  std::optional<int> maxSeqLen;
  int maxQuestionLen = 64;
  bool handleImpossibleAnswer = false;
  bool alignToWords = true;

  static void fields(auto& f, auto& self) {
    f("question", self.question, "The question, where the input is the context alone");
    f("top_k", self.topK, "Answers to return, the best first", 1);
    f("doc_stride", self.docStride,
      "Tokens that the pieces of a long context share; null: half of a piece, at most 128");
    f("max_answer_len", self.maxAnswerLen, "Tokens of an answer", 1);
    f("max_seq_len", self.maxSeqLen,
      "Tokens of the question and one piece of context; null: what the model takes, at most 384",
      1);
    f("max_question_len", self.maxQuestionLen,
      "Taken but without effect, as in the reference: questions are never cut", 1);
    f("handle_impossible_answer", self.handleImpossibleAnswer, "An empty answer may win");
    f("align_to_words", self.alignToWords, "Answers begin and end with words");
  }
};

std::string lowerCase(const std::string& text) {
  tokenizers::NormalizedText lower(text);
  tokenizers::unicode::lowercase(lower);
  return lower.text();
}

/// The answers so far; the same words in another place or case add to one answer's score.
class Answers {
 public:
  explicit Answers(std::u32string context) : context_(std::move(context)) {}

  void add(const tokenizers::Offsets& where, float score) {
    std::string text;
    if (where.begin < where.end) {
      const auto begin = std::min<std::size_t>(where.begin, context_.size());
      text = utf8::encode(std::u32string_view(context_).substr(begin, where.end - begin));
    }
    const std::string lower = lowerCase(text);
    const auto same = std::find(lower_.begin(), lower_.end(), lower);
    if (same != lower_.end()) {
      list_[static_cast<std::size_t>(same - lower_.begin())].score += static_cast<double>(score);
      return;
    }
    list_.push_back({static_cast<double>(score), where.begin, where.end, std::move(text)});
    lower_.push_back(lower);
  }

  std::vector<Answer> best(std::size_t count, std::optional<double> none) && {
    if (none) list_.push_back({*none, 0, 0, ""});
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Answer& a, const Answer& b) { return a.score > b.score; });
    list_.resize(std::min(list_.size(), count));
    return std::move(list_);
  }

 private:
  std::u32string context_;
  std::vector<Answer> list_;
  std::vector<std::string> lower_;
};

class QuestionAnswering : public Pipeline {
 public:
  explicit QuestionAnswering(PipelineParts parts)
      : text_(std::move(parts)),
        questionFirst_(text_.tokenizer().settings().paddingSide == Side::kRight) {}

  Result run(const Input& input, const Options& given, const JobContext& context) const override {
    const auto options = readOptions<AnswerOptions>(given);
    const Question question = questionOf(input, options);
    const std::vector<Encoding> pieces = encode(question, options);
    const SpanSearch search{
        static_cast<std::size_t>(options.topK) * (options.alignToWords ? 2 : 1) +
            (options.alignToWords ? 10 : 0),
        static_cast<std::size_t>(options.maxAnswerLen)};
    ProgressMeter meter("reading", "pieces", static_cast<double>(pieces.size()), context.progress);
    Answers answers(utf8::decode(question.context));
    double none = 1'000'000;  // above every probability
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      context.cancel.throwIfCancelled();
      const SpanScores found = searchPiece(pieces[i], search);
      none = std::min(none, found.none);
      for (const AnswerSpan& span : found.spans)
        answers.add(charactersOf(pieces[i], span, contextSequence(), options.alignToWords),
                    span.score);
      meter.advanceTo(static_cast<double>(i + 1));
    }
    return std::move(answers).best(
        static_cast<std::size_t>(options.topK),
        options.handleImpossibleAnswer ? std::optional(none) : std::nullopt);
  }

 private:
  int contextSequence() const { return questionFirst_ ? 1 : 0; }

  static Question questionOf(const Input& input, const AnswerOptions& options) {
    if (!options.question && input.is<Text>())
      throw Error(ErrorKind::kInvalidInput,
                  std::string("options.question: expected the question to a context that is a text "
                              "alone, found none"));
    const Question question = options.question ? Question{*options.question, input.as<Text>().text}
                                               : input.as<Question>();
    if (question.question.empty() || question.context.empty())
      throw Error(ErrorKind::kInvalidInput, "input.{}: expected a text, found none",
                  question.question.empty() ? "question" : "context");
    return question;
  }

  /// Question and context together; a long context in several overlapping pieces.
  std::vector<Encoding> encode(const Question& question, const AnswerOptions& options) const {
    constexpr std::int64_t kTokens = 384, kShared = 128;
    const auto& settings = text_.tokenizer().settings();
    const std::int64_t length = options.maxSeqLen
                                    ? std::int64_t{*options.maxSeqLen}
                                    : std::min(settings.modelMaxLength.value_or(kTokens), kTokens);
    const std::int64_t stride =
        options.docStride ? std::int64_t{*options.docStride} : std::min(length / 2, kShared);
    if (stride > length)
      throw Error(ErrorKind::kInvalidInput,
                  "options.doc_stride: expected at most max_seq_len ({}), found {}", length,
                  stride);
    const tokenizers::EncodeOptions how{
        .truncation = tokenizers::Truncation{
            .maxLength = static_cast<std::uint32_t>(length),
            .stride = static_cast<std::uint32_t>(stride),
            .strategy = questionFirst_ ? tokenizers::TruncationStrategy::kOnlySecond
                                       : tokenizers::TruncationStrategy::kOnlyFirst,
            .side = settings.truncationSide}};
    Encoding whole = withContext("input", [&] {
      return questionFirst_
                 ? text_.tokenizer().encodePair(question.question, question.context, how)
                 : text_.tokenizer().encodePair(question.context, question.question, how);
    });
    std::vector<Encoding> rest = std::move(whole.overflowing);
    rest.insert(rest.begin(), std::move(whole));
    return rest;
  }

  SpanScores searchPiece(const Encoding& piece, const SpanSearch& search) const {
    const auto outputs = text_.forward(piece);
    const auto numbers = [&](const char* name) {
      return outputs.at(name)[0].to(at::kFloat).contiguous();
    };
    const at::Tensor start = numbers("start_logits"), end = numbers("end_logits");
    const auto cls = text_.tokenizer().specialId("cls_token");
    std::vector<bool> allowed;
    // With the context first, the reference lets answers come from anywhere.
    for (std::size_t i = 0; i < piece.size(); ++i)
      allowed.push_back(!questionFirst_ || piece.sequenceIds[i] == 1 || piece.ids[i] == cls);
    return bestSpans({start.data_ptr<float>(), piece.size()}, {end.data_ptr<float>(), piece.size()},
                     allowed, search);
  }

  TextModel text_;
  bool questionFirst_;
};

}  // namespace

void addQuestionAnswering(TaskRegistry& registry) {
  registry.add({.name = "question-answering",
                .aliases = {},
                .description = "Finds the answer to a question in a text",
                .classEndings = {"ForQuestionAnswering"},
                .options = describeOptions<AnswerOptions>(),
                .make = [](PipelineParts parts) {
                  return std::make_unique<QuestionAnswering>(std::move(parts));
                }});
}

}  // namespace orrery::pipelines
