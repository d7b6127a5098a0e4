#include "core/chat/jinja/token_stream.h"

namespace orrery::chat::jinja {
namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the template";
    case TokenKind::kBlockEnd:
      return "\"%}\"";
    case TokenKind::kVariableEnd:
      return "\"}}\"";
    case TokenKind::kBlockBegin:
      return "\"{%\"";
    case TokenKind::kVariableBegin:
      return "\"{{\"";
    default:
      return orrery::quoted(token.text, 40);
  }
}

}  // namespace

Token TokenStream::take() {
  Token token = current();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool TokenStream::takeName(std::string_view name) {
  if (!current().isName(name)) return false;
  take();
  return true;
}

bool TokenStream::takeOperator(std::string_view op) {
  if (!current().isOperator(op)) return false;
  take();
  return true;
}

void TokenStream::expectOperator(std::string_view op) {
  if (!takeOperator(op)) throw unexpected(fmt::format("\"{}\"", op));
}

void TokenStream::expectName(std::string_view name) {
  if (!takeName(name)) throw unexpected(fmt::format("\"{}\"", name));
}

std::string TokenStream::expectIdentifier() {
  if (current().kind != TokenKind::kName) throw unexpected("a name");
  return take().text;
}

void TokenStream::expect(TokenKind kind, std::string_view description) {
  if (current().kind != kind) throw unexpected(description);
  take();
}

Error TokenStream::unexpected(std::string_view expected) const {
  return error(fmt::format("unexpected {}, expected {}", describe(current()), expected));
}

Error TokenStream::error(std::string message) const {
  return Error(ErrorKind::kInvalidInput, std::move(message)).in(fmt::format("line {}", line()));
}

NestingGuard::NestingGuard(int& depth, const TokenStream& stream) : depth_(depth) {
  if (depth_ >= kMaxSourceDepth)
    throw stream.error(fmt::format("nested more than {} levels deep", kMaxSourceDepth));
  ++depth_;
}

}  // namespace orrery::chat::jinja
