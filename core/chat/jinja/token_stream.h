#pragma once

#include "core/base/error.h"
#include "core/chat/jinja/lexer.h"

namespace orrery::chat::jinja {

/// Deepest nesting of expressions and of blocks in a template's source.
inline constexpr int kMaxSourceDepth = 100;
/// Longest chain such as a + b + c … or a.b.c …
inline constexpr int kMaxChain = 500;

/// The tokens in order, with the questions a parser asks. Stays at the last token, kEnd.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& following() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  int line() const { return current().line; }
  Token take();
  bool takeName(std::string_view name);
  bool takeOperator(std::string_view op);
  void expectOperator(std::string_view op);
  void expectName(std::string_view name);
  std::string expectIdentifier();
  void expect(TokenKind kind, std::string_view description);

  /// "line N: unexpected …, expected <expected>"
  Error unexpected(std::string_view expected) const;
  Error error(std::string message) const;

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// Counts nesting while it lives; refuses more than kMaxSourceDepth.
class NestingGuard {
 public:
  NestingGuard(int& depth, const TokenStream& stream);
  ~NestingGuard() { --depth_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  int& depth_;
};

}  // namespace orrery::chat::jinja
