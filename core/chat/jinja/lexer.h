#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery::chat::jinja {

enum class TokenKind {
  kText,           ///< template data, verbatim
  kVariableBegin,  ///< {{
  kVariableEnd,
  kBlockBegin,  ///< {%
  kBlockEnd,
  kName,
  kString,   ///< text is the unescaped content
  kInteger,  ///< text are the digits, with a base prefix if any
  kFloat,
  kOperator,  ///< text is the operator
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  int line = 1;

  bool isName(std::string_view name) const { return kind == TokenKind::kName && text == name; }
  bool isOperator(std::string_view op) const { return kind == TokenKind::kOperator && text == op; }
};

/// Splits a template as Jinja does with trim_blocks and lstrip_blocks: comments are gone,
/// whitespace control is applied, raw blocks are text. The last token is kEnd. Throws an Error that
/// names the line.
std::vector<Token> tokenize(std::string_view source);

}  // namespace orrery::chat::jinja
