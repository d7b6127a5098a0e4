#include "core/tokenizers/streaming.h"

namespace orrery::tokenizers {
namespace {

constexpr std::size_t kLongestWait = 64;  // tokens; then even what looks incomplete is reported

}  // namespace

std::string StreamingDetokenizer::decoded(std::size_t end) const {
  // Cleaning up needs the whole text, which is not there yet.
  return tokenizer_->decode(std::span(window_).first(end), skipsSpecial_, false);
}

std::string StreamingDetokenizer::pending(const std::string& before) const {
  std::string all = decoded(window_.size());
  if (all.starts_with(before)) return all.substr(before.size());
  // The new tokens changed what was reported, which cannot be taken back.
  return tokenizer_->decode(std::span(window_).subspan(reported_), skipsSpecial_, false);
}

std::string StreamingDetokenizer::push(TokenId id) {
  window_.push_back(id);
  const std::string before = decoded(reported_);
  std::string text = pending(before);
  if (text.empty()) return text;
  if (text.ends_with("\uFFFD") && window_.size() - reported_ < kLongestWait) return {};
  window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(reported_));
  reported_ = window_.size();
  return text;
}

std::string StreamingDetokenizer::finish() {
  std::string text = pending(decoded(reported_));
  window_.clear();
  reported_ = 0;
  return text;
}

}  // namespace orrery::tokenizers
