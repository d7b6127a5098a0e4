#include "core/pipelines/whisper/transcript.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/error.h"
#include "core/pipelines/whisper/languages.h"
#include "core/pipelines/whisper/overlap.h"
#include "core/pipelines/whisper/words.h"

namespace orrery::pipelines {
namespace {

constexpr double kTimesOfWindow = 1500;

/// To the nearest hundredth, as Python rounds.
double hundredths(double seconds) {
  return std::strtod(fmt::format("{:.2f}", seconds).c_str(), nullptr);
}

using Times = TranscriptForm::Times;

/// Reads the tokens of one chunk after the other and keeps what is still open between them.
class TranscriptReader {
 public:
  TranscriptReader(const tokenizers::Tokenizer& tokenizer, const TranscriptForm& form)
      : tokenizer_(tokenizer), form_(form) {
    const auto none = tokenizer.idOf("<|notimestamps|>");
    if (!none) throw Error(ErrorKind::kInvalidInput, "tokenizer: has no token <|notimestamps|>");
    firstTime_ = *none + 1;
  }

  void add(const HeardTokens& heard) {
    clock_ = {};
    skipped_ = {.first = static_cast<double>(firstTime_)};
    if (heard.stride) enter(heard);
    if (heard.language) readSpecial(*heard.language);
    for (std::size_t i = 0; i < heard.ids.size(); ++i) {
      const TokenId id = heard.ids[i];
      if (tokenizer_.isSpecial(id))
        readSpecial(id);
      else if (id >= firstTime_)
        readTime(heard, i);
      else
        readText(heard, i);
    }
    if (heard.stride) offset_ += heard.stride->length - heard.stride->right;
    leave();
  }

  Transcript finish() {
    if (!open_.empty()) close();
    for (const Transcript::Chunk& chunk : result_.chunks) result_.text += chunk.text;
    result_.withTimes = form_.times != Times::kNone;
    result_.withLanguage = form_.language;
    if (form_.times == Times::kWords) {
      result_.byWords = true;
      result_.chunks = std::move(words_);
    } else if (!result_.withTimes && !form_.language) {
      result_.chunks.clear();
    }
    return std::move(result_);
  }

 private:
  /// Times of one chunk's tokens, which start anew with each window of a long sound.
  struct Clock {
    double most = 0, before = 0, windows = 0;
  };
  /// Time tokens that lie where a chunk overlaps others.
  struct Skipped {
    double first = 0;             ///< below it: the left overlap
    std::optional<TokenId> last;  ///< from it on: the right overlap
  };

  double seconds(TokenId id) const {
    return static_cast<double>(id - firstTime_) * form_.timePrecision;
  }

  void enter(const HeardTokens& heard) {
    const auto& [length, left, right] = *heard.stride;
    offset_ -= left;
    if (left > 0) skipped_.first = left / form_.timePrecision + firstTime_;
    if (right == 0) return;
    for (auto id = heard.ids.rbegin(); id != heard.ids.rend(); ++id) {
      if (*id < firstTime_) continue;
      if (skipped_.last && seconds(*id) < length - right) break;
      skipped_.last = *id;
    }
  }

  void readSpecial(TokenId id) {
    const std::string text = tokenizer_.decode({&id, 1});
    if (text.size() < 4) return;
    const auto name = languageName(std::string_view(text).substr(2, text.size() - 4));
    if (!name) return;
    if (language_ && *language_ != *name && form_.times == Times::kNone) {
      open_.push_back(std::move(current_));
      current_ = {};
      close();
    }
    chunk_.language = language_ = name;
  }

  void readTime(const HeardTokens& heard, std::size_t i) {
    const TokenId id = heard.ids[i];
    const double now = seconds(id);
    if (now < clock_.most) {
      const bool pair = i < 2 || (heard.ids[i - 1] >= firstTime_ && heard.ids[i - 2] >= firstTime_);
      if (pair) clock_.most = clock_.before;
      clock_.windows += pair ? clock_.before : form_.timePrecision * kTimesOfWindow;
    }
    clock_.before = clock_.most;
    clock_.most = now;
    const double time = hundredths(now + offset_ + clock_.windows);
    if (skipped_.last && id >= *skipped_.last) {
      skipsNext_ = true;  // the overlap is resolved with the next chunk
    } else if (skipsNext_ || (!open_.empty() && static_cast<double>(id) < skipped_.first)) {
      skipsNext_ = false;
    } else if (!chunk_.start) {
      chunk_.start = time;
    } else if (time != *chunk_.start) {
      chunk_.end = time;
      open_.push_back(std::move(current_));
      current_ = {};
      close();
    }
  }

  void readText(const HeardTokens& heard, std::size_t i) {
    current_.ids.push_back(heard.ids[i]);
    if (form_.times != Times::kWords) return;
    const double start = i == 0 ? 0.0 : static_cast<double>(heard.times[i - 1]);
    current_.times.emplace_back(hundredths(start + offset_),
                                hundredths(static_cast<double>(heard.times[i]) + offset_));
  }

  /// What is left over at the end of a chunk waits for the next one.
  void leave() {
    if (!current_.ids.empty()) {
      open_.push_back(std::move(current_));
    } else if (std::ranges::all_of(open_, [](const auto& part) { return part.ids.empty(); })) {
      open_.clear();
      chunk_ = {.language = language_};
    }
    current_ = {};
  }

  /// Ends the chunk with the text that is open.
  void close() {
    const TimedTokens tokens = joinedOverlaps(open_);
    open_.clear();
    chunk_.text = tokenizer_.decode(tokens.ids);
    if (form_.times == Times::kWords)
      for (SpokenWord& word : wordsOf(tokens.ids, language_.value_or("english"), tokenizer_))
        words_.push_back({.text = std::move(word.text),
                          .start = tokens.times[word.begin].first,
                          .end = tokens.times[word.end - 1].second,
                          .language = language_});
    result_.chunks.push_back(std::move(chunk_));
    chunk_ = {.language = language_};
  }

  const tokenizers::Tokenizer& tokenizer_;
  TranscriptForm form_;
  TokenId firstTime_ = 0;
  double offset_ = 0;  ///< seconds of the chunk's start
  Clock clock_;
  Skipped skipped_;
  bool skipsNext_ = false;
  std::optional<std::string> language_;
  Transcript::Chunk chunk_;
  TimedTokens current_;
  std::vector<TimedTokens> open_;
  Transcript result_;
  std::vector<Transcript::Chunk> words_;
};

}  // namespace

Transcript transcriptOf(const std::vector<HeardTokens>& heard,
                        const tokenizers::Tokenizer& tokenizer, const TranscriptForm& form) {
  TranscriptReader reader(tokenizer, form);
  for (const HeardTokens& tokens : heard) reader.add(tokens);
  return reader.finish();
}

}  // namespace orrery::pipelines
