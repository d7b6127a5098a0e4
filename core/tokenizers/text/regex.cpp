#include "core/tokenizers/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <new>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::tokenizers {
namespace {

constexpr std::uint32_t kMatchLimit = 20'000'000;  // steps of one search
constexpr std::size_t kMaxPattern = 64 << 10;      // bytes

std::string messageOf(int code) {
  PCRE2_UCHAR8 text[256];
  pcre2_get_error_message_8(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Freed<T, Free>>;

using Code = Owned<pcre2_code_8, pcre2_code_free_8>;
using MatchData = Owned<pcre2_match_data_8, pcre2_match_data_free_8>;
using MatchContext = Owned<pcre2_match_context_8, pcre2_match_context_free_8>;
using CompileContext = Owned<pcre2_compile_context_8, pcre2_compile_context_free_8>;
using JitStack = Owned<pcre2_jit_stack_8, pcre2_jit_stack_free_8>;

/// What a thread needs for matching, whatever the pattern.
struct Matcher {
  MatchData data{pcre2_match_data_create_8(1, nullptr)};
  MatchContext context{pcre2_match_context_create_8(nullptr)};
  JitStack stack{pcre2_jit_stack_create_8(32 << 10, 4 << 20, nullptr)};

  Matcher() {
    if (!data || !context || !stack) throw std::bad_alloc();
    pcre2_set_match_limit_8(context.get(), kMatchLimit);
    pcre2_set_heap_limit_8(context.get(), 64 << 10);  // KiB
    pcre2_jit_stack_assign_8(context.get(), nullptr, stack.get());
  }
};

}  // namespace

struct Regex::Compiled {
  Code code;
  std::string pattern;
};

Regex::Regex(std::string_view pattern) {
  if (pattern.size() > kMaxPattern)
    throw Error(ErrorKind::kInvalidInput, "regular expression has {} bytes, at most {} are allowed",
                pattern.size(), kMaxPattern);
  const std::string translated = translateRegex(pattern);
  const CompileContext context(pcre2_compile_context_create_8(nullptr));
  if (!context) throw std::bad_alloc();
  pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit_8(context.get(), 100);
  int error = 0;
  PCRE2_SIZE place = 0;
  Code code(pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(translated.data()), translated.size(),
                            PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                            &error, &place, context.get()));
  if (!code)
    throw Error(ErrorKind::kInvalidInput, "regular expression {} cannot be used: {}",
                orrery::quoted(pattern), messageOf(error));
  pcre2_jit_compile_8(code.get(), PCRE2_JIT_COMPLETE);  // slower without, but the same
  compiled_ = std::make_shared<Compiled>(Compiled{std::move(code), std::string(pattern)});
}

Regex Regex::literal(std::string text) {
  Regex regex;
  regex.literal_ = std::move(text);
  return regex;
}

bool Regex::findFirst(std::string_view text, std::size_t from, ByteRange& match) const {
  if (!compiled_) {
    const std::size_t at = text.find(literal_, from);
    if (at == text.npos) return false;
    match = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + literal_.size())};
    return true;
  }
  thread_local const Matcher matcher;
  const int result =
      pcre2_match_8(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR8>(text.data()), text.size(),
                    from, PCRE2_NO_UTF_CHECK, matcher.data.get(), matcher.context.get());
  if (result == PCRE2_ERROR_NOMATCH) return false;
  if (result < 0)
    throw Error(ErrorKind::kInvalidInput, "regular expression {} fails on this text: {}",
                orrery::quoted(compiled_->pattern), messageOf(result));
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer_8(matcher.data.get());
  // \K can put the begin behind the end, or in front of where the search began.
  match = {static_cast<std::uint32_t>(std::max<std::size_t>(ends[0], from)),
           static_cast<std::uint32_t>(ends[1])};
  match.begin = std::min(match.begin, match.end);
  return match.begin >= from;
}

std::vector<Part> Regex::find(std::string_view text) const {
  std::vector<Part> parts;
  const auto size = static_cast<std::uint32_t>(text.size());
  std::uint32_t begin = 0;  // of what has not been reported yet
  std::size_t from = 0;
  bool any = false;
  ByteRange match;
  while (from <= text.size() && !text.empty() && findFirst(text, from, match)) {
    // A match of nothing right behind the last one is none.
    if (match.begin == match.end && any && match.end == begin) {
      if (from >= text.size()) break;
      utf8::next(text, from);
      continue;
    }
    if (begin != match.begin) parts.push_back({{begin, match.begin}, false});
    parts.push_back({match, true});
    any = true;
    begin = match.end;
    from = match.end;
  }
  if (begin != size || parts.empty()) parts.push_back({{begin, size}, false});
  return parts;
}

}  // namespace orrery::tokenizers
