#include "core/tokenizers/encoding.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::tokenizers {
namespace {

/// Calls `visit` with each per-token list of the encodings, by pointer to member.
template <class Visit>
void forEachList(Visit visit) {
  visit(&Encoding::ids);
  visit(&Encoding::tokens);
  visit(&Encoding::offsets);
  visit(&Encoding::typeIds);
  visit(&Encoding::attentionMask);
  visit(&Encoding::specialTokensMask);
  visit(&Encoding::words);
  visit(&Encoding::sequenceIds);
}

Encoding slice(const Encoding& whole, std::size_t begin, std::size_t end) {
  Encoding part;
  forEachList([&](auto list) {
    const auto& from = whole.*list;
    (part.*list)
        .assign(from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(end));
  });
  return part;
}

void appendLists(Encoding& to, const Encoding& from) {
  forEachList([&](auto list) {
    (to.*list).insert((to.*list).end(), (from.*list).begin(), (from.*list).end());
  });
}

Encoding paddingOf(std::size_t count, const Padding& padding) {
  Encoding filler;
  filler.ids.assign(count, padding.id);
  filler.tokens.assign(count, padding.token);
  filler.offsets.assign(count, {});
  filler.typeIds.assign(count, padding.typeId);
  filler.attentionMask.assign(count, 0);
  filler.specialTokensMask.assign(count, 1);
  filler.words.assign(count, -1);
  filler.sequenceIds.assign(count, -1);
  return filler;
}

std::vector<std::pair<std::size_t, std::size_t>> pieces(std::size_t size, std::size_t length,
                                                        std::size_t stride, Side side) {
  std::vector<std::pair<std::size_t, std::size_t>> result;
  const std::size_t step = length - stride;
  for (std::size_t at = 0; at < size; at += step) {
    const std::size_t near = at, far = std::min(at + length, size);
    if (side == Side::kRight)
      result.emplace_back(near, far);
    else
      result.emplace_back(size - far, size - near);
    if (far == size) break;
  }
  return result;
}

/// Both texts give way, the longer first.
void truncateLongestFirst(Encoding& first, Encoding& second, const Truncation& how) {
  std::uint32_t shorter = static_cast<std::uint32_t>(first.size());
  std::uint32_t longer = static_cast<std::uint32_t>(second.size());
  const bool swapped = shorter > longer;
  if (swapped) std::swap(shorter, longer);
  longer = shorter > how.maxLength ? shorter : std::max(shorter, how.maxLength - shorter);
  if (shorter + longer > how.maxLength) {
    shorter = how.maxLength / 2;
    longer = shorter + how.maxLength % 2;
  }
  if (swapped) std::swap(shorter, longer);
  first.truncate(shorter, how.stride, how.side);
  second.truncate(longer, how.stride, how.side);
}

}  // namespace

void Encoding::append(const Encoding& other) {
  std::vector<Encoding> combined;
  const auto combine = [&](const Encoding& left, const Encoding& right) {
    Encoding joined = left;
    joined.overflowing.clear();
    appendLists(joined, right);
    combined.push_back(std::move(joined));
  };
  for (const Encoding& mine : overflowing) {
    combine(mine, other);
    for (const Encoding& its : other.overflowing) combine(mine, its);
  }
  for (const Encoding& its : other.overflowing) combine(*this, its);
  appendLists(*this, other);
  overflowing = std::move(combined);
}

void Encoding::truncate(std::uint32_t maxLength, std::uint32_t stride, Side side) {
  if (maxLength >= size()) return;
  if (maxLength == 0) {
    Encoding empty;
    empty.overflowing.push_back(std::move(*this));
    *this = std::move(empty);
    return;
  }
  if (stride >= maxLength)
    throw Error(ErrorKind::kInvalidInput,
                "truncation: stride is {}, but must be less than the {} tokens that fit", stride,
                maxLength);
  Encoding kept;
  for (const auto& [begin, end] : pieces(size(), maxLength, stride, side)) {
    if (kept.ids.empty())
      kept = slice(*this, begin, end);
    else
      kept.overflowing.push_back(slice(*this, begin, end));
  }
  *this = std::move(kept);
}

void Encoding::pad(std::uint32_t length, const Padding& padding) {
  for (Encoding& part : overflowing) part.pad(length, padding);
  if (size() >= length) return;
  const Encoding filler = paddingOf(length - size(), padding);
  if (padding.side == Side::kRight) {
    appendLists(*this, filler);
    return;
  }
  forEachList([&](auto list) {
    (this->*list).insert((this->*list).begin(), (filler.*list).begin(), (filler.*list).end());
  });
}

void truncateEncodings(Encoding& first, Encoding* second, const Truncation& truncation) {
  const std::size_t total = first.size() + (second ? second->size() : 0);
  if (truncation.maxLength == 0) {
    first.truncate(0, 0, truncation.side);
    if (second) second->truncate(0, 0, truncation.side);
    return;
  }
  if (total <= truncation.maxLength) return;
  if (truncation.strategy == TruncationStrategy::kLongestFirst) {
    if (second)
      truncateLongestFirst(first, *second, truncation);
    else
      first.truncate(truncation.maxLength, truncation.stride, truncation.side);
    return;
  }
  const bool cutsFirst = truncation.strategy == TruncationStrategy::kOnlyFirst;
  if (!cutsFirst && !second)
    throw Error(ErrorKind::kInvalidInput, "truncation: {} needs a second text", "only_second");
  Encoding& target = cutsFirst ? first : *second;
  const std::size_t excess = total - truncation.maxLength;
  if (target.size() <= excess)
    throw Error(ErrorKind::kInvalidInput,
                "truncation: {} tokens are too many by {}, but the text to be cut has only {}",
                total, excess, target.size());
  target.truncate(static_cast<std::uint32_t>(target.size() - excess), truncation.stride,
                  truncation.side);
}

void padEncodings(std::vector<Encoding>& batch, const Padding& padding) {
  std::uint32_t length = padding.length.value_or(0);
  if (!padding.length)
    for (const Encoding& encoding : batch)
      length = std::max(length, static_cast<std::uint32_t>(encoding.size()));
  if (padding.multipleOf > 0 && length % padding.multipleOf > 0)
    length += padding.multipleOf - length % padding.multipleOf;
  for (Encoding& encoding : batch) encoding.pad(length, padding);
}

}  // namespace orrery::tokenizers
