#pragma once

#include <set>

#include "core/chat/jinja/ast.h"
#include "core/chat/jinja/token_stream.h"

namespace orrery::chat::jinja {

/// Parses expressions by recursive descent, in Jinja's order of precedence.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

  /// An expression; a conditional one (a if b else c) only if `conditional`.
  enum class Ternary { kAllowed, kRefused };
  ExprPtr expression(Ternary conditional = Ternary::kAllowed);
  /// Expressions separated by commas make a tuple; one without a comma is itself.
  ExprPtr tuple(Ternary conditional = Ternary::kAllowed);
  /// One or several assignment targets up to `=`, `in` or the end of the tag.
  Target target();
  /// `| filter …`s applied to what a block produces, the first named without a bar; input is null.
  ExprPtr filterChain(bool firstHasBar);
  /// A primary expression with what follows it, for {% call %}.
  ExprPtr unary(bool withFilter = true);

  /// Names read since the parser was made; macros ask whether they need `caller` and the like.
  std::set<std::string>& namesRead() { return namesRead_; }

 private:
  ExprPtr disjunction();
  ExprPtr conjunction();
  ExprPtr negation();
  ExprPtr comparison();
  ExprPtr sum();
  ExprPtr concatenation();
  ExprPtr product();
  ExprPtr power();
  ExprPtr primary();
  ExprPtr number();
  ExprPtr list();
  ExprPtr dict();
  ExprPtr parenthesized();
  ExprPtr postfix(ExprPtr node);
  ExprPtr subscript(ExprPtr object);
  ExprPtr filtersAndTests(ExprPtr node);
  ExprPtr filter(ExprPtr input);
  ExprPtr test(ExprPtr input);
  CallArgs callArgs();
  Target singleTarget();
  bool atTupleEnd() const;
  void checkChain(int length) const;

  TokenStream& stream_;
  int depth_ = 0;
  std::set<std::string> namesRead_;
};

}  // namespace orrery::chat::jinja
