#include "core/chat/jinja/expression_parser.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace orrery::chat::jinja {
namespace {

template <class Node>
ExprPtr make(int line, Node node) {
  return std::make_unique<Expr>(Expr{line, std::move(node)});
}

std::optional<CompareOp> compareOp(const Token& token) {
  constexpr std::pair<std::string_view, CompareOp> kOps[] = {
      {"==", CompareOp::kEqual},  {"!=", CompareOp::kNotEqual},
      {"<", CompareOp::kLess},    {"<=", CompareOp::kLessEqual},
      {">", CompareOp::kGreater}, {">=", CompareOp::kGreaterEqual}};
  for (const auto& [text, op] : kOps)
    if (token.isOperator(text)) return op;
  return std::nullopt;
}

}  // namespace

void ExpressionParser::checkChain(int length) const {
  if (length > kMaxChain)
    throw stream_.error(fmt::format("an expression has more than {} parts in a row", kMaxChain));
}

ExprPtr ExpressionParser::expression(Ternary ternary) {
  const NestingGuard guard(depth_, stream_);
  ExprPtr value = disjunction();
  if (ternary == Ternary::kRefused) return value;
  for (int length = 0; stream_.current().isName("if"); checkChain(++length)) {
    const int line = stream_.take().line;
    ExprPtr test = disjunction();
    ExprPtr otherwise = stream_.takeName("else") ? expression() : nullptr;
    value = make(line, Conditional{std::move(test), std::move(value), std::move(otherwise)});
  }
  return value;
}

ExprPtr ExpressionParser::disjunction() {
  const int line = stream_.line();
  ExprPtr first = conjunction();
  if (!stream_.current().isName("or")) return first;
  Logical node{false, {}};
  node.parts.push_back(std::move(first));
  while (stream_.takeName("or")) node.parts.push_back(conjunction());
  return make(line, std::move(node));
}

ExprPtr ExpressionParser::conjunction() {
  const int line = stream_.line();
  ExprPtr first = negation();
  if (!stream_.current().isName("and")) return first;
  Logical node{true, {}};
  node.parts.push_back(std::move(first));
  while (stream_.takeName("and")) node.parts.push_back(negation());
  return make(line, std::move(node));
}

ExprPtr ExpressionParser::negation() {
  if (!stream_.current().isName("not")) return comparison();
  const NestingGuard guard(depth_, stream_);
  const int line = stream_.take().line;
  return make(line, Unary{UnaryOp::kNot, negation()});
}

ExprPtr ExpressionParser::comparison() {
  const int line = stream_.line();
  ExprPtr first = sum();
  Compare node{nullptr, {}};
  while (true) {
    if (const auto op = compareOp(stream_.current())) {
      stream_.take();
      node.rest.emplace_back(*op, sum());
    } else if (stream_.takeName("in")) {
      node.rest.emplace_back(CompareOp::kIn, sum());
    } else if (stream_.current().isName("not") && stream_.following().isName("in")) {
      stream_.take();
      stream_.take();
      node.rest.emplace_back(CompareOp::kNotIn, sum());
    } else {
      break;
    }
  }
  if (node.rest.empty()) return first;
  node.first = std::move(first);
  return make(line, std::move(node));
}

ExprPtr ExpressionParser::sum() {
  ExprPtr left = concatenation();
  for (int length = 0;; checkChain(++length)) {
    const bool adds = stream_.current().isOperator("+");
    if (!adds && !stream_.current().isOperator("-")) return left;
    const int line = stream_.take().line;
    left = make(line, Binary{adds ? BinaryOp::kAdd : BinaryOp::kSubtract, std::move(left),
                             concatenation()});
  }
}

ExprPtr ExpressionParser::concatenation() {
  const int line = stream_.line();
  ExprPtr first = product();
  if (!stream_.current().isOperator("~")) return first;
  Concat node;
  node.parts.push_back(std::move(first));
  while (stream_.takeOperator("~")) node.parts.push_back(product());
  return make(line, std::move(node));
}

ExprPtr ExpressionParser::product() {
  constexpr std::pair<std::string_view, BinaryOp> kOps[] = {{"*", BinaryOp::kMultiply},
                                                            {"/", BinaryOp::kDivide},
                                                            {"//", BinaryOp::kFloorDivide},
                                                            {"%", BinaryOp::kModulo}};
  ExprPtr left = power();
  for (int length = 0;; checkChain(++length)) {
    const auto op = std::find_if(std::begin(kOps), std::end(kOps), [&](const auto& known) {
      return stream_.current().isOperator(known.first);
    });
    if (op == std::end(kOps)) return left;
    const int line = stream_.take().line;
    left = make(line, Binary{op->second, std::move(left), power()});
  }
}

ExprPtr ExpressionParser::power() {
  ExprPtr left = unary();
  for (int length = 0; stream_.current().isOperator("**"); checkChain(++length)) {
    const int line = stream_.take().line;
    left = make(line, Binary{BinaryOp::kPower, std::move(left), unary()});
  }
  return left;
}

ExprPtr ExpressionParser::unary(bool withFilter) {
  const NestingGuard guard(depth_, stream_);
  const int line = stream_.line();
  ExprPtr node;
  if (stream_.takeOperator("-"))
    node = make(line, Unary{UnaryOp::kNegative, unary(false)});
  else if (stream_.takeOperator("+"))
    node = make(line, Unary{UnaryOp::kPositive, unary(false)});
  else
    node = primary();
  node = postfix(std::move(node));
  return withFilter ? filtersAndTests(std::move(node)) : std::move(node);
}

ExprPtr ExpressionParser::primary() {
  const Token& token = stream_.current();
  const int line = token.line;
  switch (token.kind) {
    case TokenKind::kName: {
      const std::string name = stream_.take().text;
      if (name == "true" || name == "True") return make(line, Literal{true});
      if (name == "false" || name == "False") return make(line, Literal{false});
      if (name == "none" || name == "None") return make(line, Literal{Value()});
      namesRead_.insert(name);
      return make(line, Name{name});
    }
    case TokenKind::kString: {
      std::string text;
      while (stream_.current().kind == TokenKind::kString) text += stream_.take().text;
      return make(line, Literal{Value(std::move(text))});
    }
    case TokenKind::kInteger:
    case TokenKind::kFloat:
      return number();
    default:
      break;
  }
  if (token.isOperator("(")) return parenthesized();
  if (token.isOperator("[")) return list();
  if (token.isOperator("{")) return dict();
  throw stream_.unexpected("an expression");
}

ExprPtr ExpressionParser::number() {
  const Token token = stream_.current();
  std::string_view digits = token.text;
  const char* end = digits.data() + digits.size();
  if (token.kind == TokenKind::kFloat) {
    double value = 0;
    if (std::from_chars(digits.data(), end, value).ec != std::errc())
      throw stream_.unexpected("a number that a double holds");
    stream_.take();
    return make(token.line, Literal{value});
  }
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0' && digits[1] > '9') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    digits.remove_prefix(2);
  }
  std::int64_t value = 0;
  const auto result = std::from_chars(digits.data(), end, value, base);
  if (result.ec != std::errc() || result.ptr != end)
    throw stream_.unexpected("an integer of 64 bits");
  stream_.take();
  return make(token.line, Literal{value});
}

ExprPtr ExpressionParser::parenthesized() {
  const int line = stream_.take().line;
  ExprPtr inner = stream_.current().isOperator(")") ? make(line, TupleExpr{}) : tuple();
  stream_.expectOperator(")");
  return inner;
}

ExprPtr ExpressionParser::list() {
  const int line = stream_.take().line;
  ListExpr node;
  while (!stream_.takeOperator("]")) {
    if (!node.items.empty()) {
      stream_.expectOperator(",");
      if (stream_.takeOperator("]")) break;
    }
    node.items.push_back(expression());
  }
  return make(line, std::move(node));
}

ExprPtr ExpressionParser::dict() {
  const int line = stream_.take().line;
  DictExpr node;
  while (!stream_.takeOperator("}")) {
    if (!node.entries.empty()) {
      stream_.expectOperator(",");
      if (stream_.takeOperator("}")) break;
    }
    ExprPtr key = expression();
    stream_.expectOperator(":");
    ExprPtr value = expression();
    node.entries.emplace_back(std::move(key), std::move(value));
  }
  return make(line, std::move(node));
}

bool ExpressionParser::atTupleEnd() const {
  const Token& token = stream_.current();
  return token.kind == TokenKind::kVariableEnd || token.kind == TokenKind::kBlockEnd ||
         token.isOperator(")") || token.isOperator("]") || token.isName("in");
}

ExprPtr ExpressionParser::tuple(Ternary ternary) {
  const int line = stream_.line();
  ExprPtr first = expression(ternary);
  if (!stream_.current().isOperator(",")) return first;
  TupleExpr node;
  node.items.push_back(std::move(first));
  while (stream_.takeOperator(",") && !atTupleEnd()) node.items.push_back(expression(ternary));
  return make(line, std::move(node));
}

Target ExpressionParser::singleTarget() {
  const NestingGuard guard(depth_, stream_);
  if (stream_.takeOperator("(")) {
    Target inner = target();
    stream_.expectOperator(")");
    return inner;
  }
  constexpr std::string_view kReserved[] = {"true", "false", "none", "True", "False", "None"};
  for (const std::string_view reserved : kReserved)
    if (stream_.current().isName(reserved)) throw stream_.unexpected("a name to assign to");
  Target result{stream_.expectIdentifier(), "", {}, false};
  if (stream_.takeOperator(".")) result.attribute = stream_.expectIdentifier();
  return result;
}

Target ExpressionParser::target() {
  Target first = singleTarget();
  if (!stream_.current().isOperator(",")) return first;
  Target result;
  result.unpacks = true;
  result.elements.push_back(std::move(first));
  while (stream_.takeOperator(",") && !atTupleEnd() && !stream_.current().isOperator("="))
    result.elements.push_back(singleTarget());
  return result;
}

ExprPtr ExpressionParser::postfix(ExprPtr node) {
  for (int length = 0;; checkChain(++length)) {
    const int line = stream_.line();
    if (stream_.takeOperator(".")) {
      const Token token = stream_.current();
      if (token.kind == TokenKind::kInteger) {
        ExprPtr index = number();
        node = make(line, Subscript{std::move(node), std::move(index)});
      } else {
        node = make(line, Attribute{std::move(node), stream_.expectIdentifier()});
      }
    } else if (stream_.takeOperator("[")) {
      node = subscript(std::move(node));
    } else if (stream_.current().isOperator("(")) {
      CallArgs args = callArgs();
      node = make(line, Call{std::move(node), std::move(args)});
    } else {
      return node;
    }
  }
}

ExprPtr ExpressionParser::subscript(ExprPtr object) {
  const int line = stream_.line();
  ExprPtr bounds[3];
  int part = 0;
  const auto ends = [&] {
    return stream_.current().isOperator("]") || stream_.current().isOperator(":");
  };
  if (!ends()) bounds[0] = tuple();
  while (part < 2 && stream_.takeOperator(":")) {
    ++part;
    if (!ends()) bounds[part] = expression();
  }
  if (part == 0 && !bounds[0]) throw stream_.unexpected("an index");
  stream_.expectOperator("]");
  if (part == 0) return make(line, Subscript{std::move(object), std::move(bounds[0])});
  return make(line, Slice{std::move(object), std::move(bounds[0]), std::move(bounds[1]),
                          std::move(bounds[2])});
}

ExprPtr ExpressionParser::filtersAndTests(ExprPtr node) {
  for (int length = 0;; checkChain(++length)) {
    if (stream_.takeOperator("|")) {
      node = filter(std::move(node));
    } else if (stream_.takeName("is")) {
      node = test(std::move(node));
    } else if (stream_.current().isOperator("(")) {
      const int line = stream_.line();
      CallArgs args = callArgs();
      node = make(line, Call{std::move(node), std::move(args)});
    } else {
      return node;
    }
  }
}

ExprPtr ExpressionParser::filter(ExprPtr input) {
  const int line = stream_.line();
  std::string name = stream_.expectIdentifier();
  while (stream_.takeOperator(".")) name += "." + stream_.expectIdentifier();
  CallArgs args;
  if (stream_.current().isOperator("(")) args = callArgs();
  return make(line, Filter{std::move(input), std::move(name), std::move(args)});
}

ExprPtr ExpressionParser::filterChain(bool firstHasBar) {
  if (firstHasBar) stream_.expectOperator("|");
  ExprPtr node = filter(nullptr);
  for (int length = 0; stream_.takeOperator("|"); checkChain(++length))
    node = filter(std::move(node));
  return node;
}

ExprPtr ExpressionParser::test(ExprPtr input) {
  const int line = stream_.line();
  const bool negated = stream_.takeName("not");
  std::string name = stream_.expectIdentifier();
  while (stream_.takeOperator(".")) name += "." + stream_.expectIdentifier();
  const Token& next = stream_.current();
  CallArgs args;
  const bool isValue = next.kind == TokenKind::kName || next.kind == TokenKind::kString ||
                       next.kind == TokenKind::kInteger || next.kind == TokenKind::kFloat ||
                       next.isOperator("[") || next.isOperator("{");
  const bool isKeyword = next.isName("else") || next.isName("or") || next.isName("and");
  if (next.isOperator("(")) {
    args = callArgs();
  } else if (isValue && !isKeyword) {
    if (next.isName("is")) throw stream_.unexpected("no test after a test");
    // The one argument may stand without parentheses: a is divisibleby 3.
    const NestingGuard guard(depth_, stream_);
    args.positional.push_back(postfix(primary()));
  }
  return make(line, Test{std::move(input), std::move(name), std::move(args), negated});
}

CallArgs ExpressionParser::callArgs() {
  stream_.expectOperator("(");
  CallArgs args;
  for (bool first = true; !stream_.takeOperator(")"); first = false) {
    if (!first) {
      stream_.expectOperator(",");
      if (stream_.takeOperator(")")) break;
    }
    if (stream_.takeOperator("*")) {
      args.unpackedList = expression();
    } else if (stream_.takeOperator("**")) {
      args.unpackedDict = expression();
    } else if (stream_.current().kind == TokenKind::kName && stream_.following().isOperator("=")) {
      std::string name = stream_.take().text;
      stream_.take();
      args.named.emplace_back(std::move(name), expression());
    } else {
      if (!args.named.empty() || args.unpackedDict)
        throw stream_.unexpected("a named argument, as one came before");
      args.positional.push_back(expression());
    }
  }
  return args;
}

}  // namespace orrery::chat::jinja
