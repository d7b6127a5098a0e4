#include "core/tokenizers/text/normalized_text.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/tokenizers/text/growth.h"

namespace orrery::tokenizers {
namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 30;

void checkSize(std::size_t bytes) {
  if (bytes > kMaxTextBytes)
    throw Error(ErrorKind::kInvalidInput, "text has {} bytes, more than the {} that are allowed",
                bytes, kMaxTextBytes);
}

std::uint32_t size32(std::string_view text) {
  return static_cast<std::uint32_t>(text.size());
}

std::size_t utf8Length(char32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/// Merges each match with the part before it.
std::vector<Part> mergeBackward(const std::vector<Part>& parts) {
  std::vector<Part> merged;
  bool previous = false;
  for (const Part& part : parts) {
    if (part.matches && !previous && !merged.empty())
      merged.back().range.end = part.range.end;
    else
      merged.push_back({part.range, false});
    previous = part.matches;
  }
  return merged;
}

/// Merges each match with the part after it.
std::vector<Part> mergeForward(const std::vector<Part>& parts) {
  std::vector<Part> merged;
  bool previous = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->matches && !previous && !merged.empty())
      merged.back().range.begin = part->range.begin;
    else
      merged.push_back({part->range, false});
    previous = part->matches;
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

/// Merges neighbours of the same kind.
std::vector<Part> mergeRuns(const std::vector<Part>& parts) {
  std::vector<Part> merged;
  bool previous = false;
  for (const Part& part : parts) {
    if (part.matches == previous && !merged.empty())
      merged.back().range.end = part.range.end;
    else
      merged.push_back({part.range, false});
    previous = part.matches;
  }
  return merged;
}

}  // namespace

NormalizedText::NormalizedText(std::string text) : text_(std::move(text)) {
  checkSize(text_.size());
  originalSize_ = size32(text_);
  alignment_.reserve(text_.size());
  for (std::size_t at = 0; at < text_.size();) {
    const auto begin = static_cast<std::uint32_t>(at);
    utf8::next(text_, at);
    alignment_.insert(alignment_.end(), at - begin, {begin, static_cast<std::uint32_t>(at)});
  }
}

ByteRange NormalizedText::toOriginal(ByteRange range) const {
  // An empty range has no bytes to ask; like one that goes too far it stands for itself.
  if (range.begin >= range.end || range.end > alignment_.size())
    return range.begin == range.end ? ByteRange{shift_ + range.begin, shift_ + range.end} : range;
  return {shift_ + alignment_[range.begin].begin, shift_ + alignment_[range.end - 1].end};
}

NormalizedText NormalizedText::slice(ByteRange range) const {
  NormalizedText part;
  part.text_ = text_.substr(range.begin, range.end - range.begin);
  ByteRange original{range.begin, range.end};
  if (range.begin < range.end)
    original = {alignment_[range.begin].begin, alignment_[range.end - 1].end};
  part.alignment_.reserve(part.text_.size());
  for (std::uint32_t i = range.begin; i < range.end; ++i)
    part.alignment_.push_back(
        {alignment_[i].begin - original.begin, alignment_[i].end - original.begin});
  part.originalSize_ = original.end - original.begin;
  part.shift_ = shift_ + original.begin;
  return part;
}

/// The part of the text that comes from the original; what was put in front without a counterpart
/// does not. Nothing if the text has no such part.
std::optional<ByteRange> NormalizedText::rangeOfOriginal() const {
  if (originalSize_ == 0) return ByteRange{0, 0};
  std::optional<std::uint32_t> begin, end;
  for (std::uint32_t i = 0; i < alignment_.size() && alignment_[i].end <= originalSize_; ++i) {
    if (!begin && alignment_[i].begin != alignment_[i].end) begin = i;
    end = i + 1;
  }
  if (!end) return std::nullopt;
  return ByteRange{begin.value_or(*end), *end};
}

void NormalizedText::transform(std::span<const ChangedChar> chars, std::size_t removedFirst) {
  if (const auto range = rangeOfOriginal()) transformRange(*range, chars, removedFirst);
}

void NormalizedText::transformRange(ByteRange range, std::span<const ChangedChar> chars,
                                    std::size_t removedFirst) {
  const std::string_view replaced =
      std::string_view(text_).substr(range.begin, range.end - range.begin);
  std::size_t at = 0;  // in `replaced`
  const auto skip = [&](std::size_t count) {
    for (; count > 0 && at < replaced.size(); --count) utf8::next(replaced, at);
  };
  skip(removedFirst);
  std::string text;
  std::vector<ByteRange> alignment;
  text.reserve(replaced.size());
  alignment.reserve(replaced.size());
  for (const ChangedChar& c : chars) {
    const std::size_t index = range.begin + at;
    ByteRange source{};
    if (c.change > 0) {
      if (index > 0) source = alignment_[std::min(index, alignment_.size()) - 1];
    } else if (!alignment_.empty()) {
      source = alignment_[std::min(index, alignment_.size() - 1)];
      skip(1 + static_cast<std::size_t>(-c.change));
    }
    utf8::append(text, c.point);
    alignment.insert(alignment.end(), utf8Length(c.point), source);
  }
  checkResult(text_.size() - replaced.size() + text.size());
  const auto first = alignment_.begin() + range.begin, last = alignment_.begin() + range.end;
  if (range.begin == 0 && range.end == alignment_.size()) {
    alignment_ = std::move(alignment);
    text_ = std::move(text);
  } else {
    alignment_.insert(alignment_.erase(first, last), alignment.begin(), alignment.end());
    text_.replace(range.begin, range.end - range.begin, text);
  }
}

void NormalizedText::checkResult(std::size_t bytes) const {
  checkSize(bytes);
  checkGrowth(originalSize_, bytes);
}

void NormalizedText::replaceMatches(const std::vector<Part>& parts, std::string_view content) {
  std::string text;
  std::vector<ByteRange> alignment;
  text.reserve(text_.size());
  alignment.reserve(text_.size());
  for (const auto& [range, matches] : parts) {
    if (matches) {
      checkResult(text.size() + content.size());
      text += content;
      alignment.insert(alignment.end(), content.size(),
                       range.end > 0 ? alignment_[range.end - 1] : ByteRange{});
    } else {
      text.append(text_, range.begin, range.end - range.begin);
      alignment.insert(alignment.end(), alignment_.begin() + range.begin,
                       alignment_.begin() + range.end);
    }
  }
  text_ = std::move(text);
  alignment_ = std::move(alignment);
}

void NormalizedText::prepend(std::string_view prefix) {
  if (text_.empty() || prefix.empty()) return;
  // The first new character takes the place of the old first one, which follows as a new one.
  std::size_t size = 0;
  const char32_t first = utf8::next(text_, size);
  std::vector<ChangedChar> chars;
  for (std::size_t at = 0; at < prefix.size();) chars.push_back({utf8::next(prefix, at), 1});
  chars.front().change = 0;
  chars.push_back({first, 1});
  transformRange({0, static_cast<std::uint32_t>(size)}, chars, 0);
}

void NormalizedText::strip(std::size_t left, std::size_t right) {
  if (left == 0 && right == 0) return;
  std::vector<ChangedChar> chars;
  forEachChar([&](char32_t c) { chars.push_back({c, 0}); });
  const std::size_t kept = chars.size() - std::min(chars.size(), left + right);
  transform(std::span(chars).subspan(std::min(left, chars.size()), kept), left);
}

std::vector<NormalizedText> NormalizedText::split(std::vector<Part> matches,
                                                  SplitBehavior behavior) const {
  switch (behavior) {
    case SplitBehavior::kRemoved:
      break;
    case SplitBehavior::kIsolated:
      for (Part& part : matches) part.matches = false;
      break;
    case SplitBehavior::kMergedWithPrevious:
      matches = mergeBackward(matches);
      break;
    case SplitBehavior::kMergedWithNext:
      matches = mergeForward(matches);
      break;
    case SplitBehavior::kContiguous:
      matches = mergeRuns(matches);
      break;
  }
  std::vector<NormalizedText> result;
  result.reserve(matches.size());
  for (const auto& [range, removed] : matches)
    if (!removed && range.begin < range.end) result.push_back(slice(range));
  return result;
}

}  // namespace orrery::tokenizers
