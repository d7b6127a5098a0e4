#include "core/chat/jinja/parser.h"

#include <algorithm>

#include "core/chat/jinja/expression_parser.h"

namespace orrery::chat::jinja {
namespace {

using Ternary = ExpressionParser::Ternary;

template <class Node>
Stmt make(int line, Node node) {
  return Stmt{line, std::move(node)};
}

class Parser {
 public:
  explicit Parser(std::string_view source) : stream_(tokenize(source)), expressions_(stream_) {}

  Block run() {
    Block block = body({});
    if (stream_.current().kind != TokenKind::kEnd)
      throw stream_.unexpected("the end of the template");
    return block;
  }

 private:
  using Ends = std::initializer_list<std::string_view>;

  /// Statements up to {% with one of `ends`, of which the stream then stands at the name, or up to
  /// the end of the template if there are none.
  Block body(Ends ends) {
    const NestingGuard guard(depth_, stream_);
    Block block;
    while (stream_.current().kind != TokenKind::kEnd) {
      const Token token = stream_.take();
      if (token.kind == TokenKind::kText) {
        block.push_back(make(token.line, Text{token.text}));
      } else if (token.kind == TokenKind::kVariableBegin) {
        block.push_back(make(token.line, Print{expressions_.tuple()}));
        stream_.expect(TokenKind::kVariableEnd, "\"}}\"");
      } else {
        if (std::any_of(ends.begin(), ends.end(),
                        [&](std::string_view end) { return stream_.current().isName(end); }))
          return block;
        block.push_back(statement());
        stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
      }
    }
    if (ends.size() > 0)
      throw stream_.error(
          fmt::format("the template ends in a block, expected \"{{% {} %}}\"", *(ends.end() - 1)));
    return block;
  }

  /// The body of a block whose opening tag is read up to its end; takes the closing name.
  Block blockBody(std::string_view end) {
    stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
    Block block = body({end});
    stream_.take();
    return block;
  }

  Stmt statement() {
    const int line = stream_.line();
    const std::string name = stream_.expectIdentifier();
    if (name == "for") return forStatement(line);
    if (name == "if") return ifStatement(line);
    if (name == "set") return setStatement(line);
    if (name == "macro") return macroStatement(line);
    if (name == "call") return callStatement(line);
    if (name == "with") return withStatement(line);
    if (name == "filter") {
      ExprPtr filter = expressions_.filterChain(false);
      return make(line, FilterBlock{std::move(filter), blockBody("endfilter")});
    }
    if (name == "generation") return make(line, Generation{blockBody("endgeneration")});
    if (name == "print") return make(line, Print{expressions_.tuple()});
    if (name == "break" || name == "continue") return loopControl(line, name);
    if (name == "include" || name == "import" || name == "from" || name == "extends" ||
        name == "block")
      throw Error(ErrorKind::kUnsupported, "\"{}\" is refused: a chat template stands alone", name)
          .in(fmt::format("line {}", line));
    throw stream_.error(fmt::format("unknown tag {}", orrery::quoted(name, 40)));
  }

  Stmt loopControl(int line, const std::string& name) {
    if (loops_ == 0) throw stream_.error(fmt::format("\"{}\" outside of a loop", name));
    return name == "break" ? make(line, Break{}) : make(line, Continue{});
  }

  Stmt forStatement(int line) {
    For node;
    node.target = expressions_.target();
    stream_.expectName("in");
    node.iterable = expressions_.tuple(Ternary::kRefused);
    if (stream_.takeName("if")) node.condition = expressions_.expression();
    node.recursive = stream_.takeName("recursive");
    stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
    ++loops_;
    node.body = body({"else", "endfor"});
    --loops_;
    if (stream_.takeName("else")) {
      stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
      node.otherwise = body({"endfor"});
    }
    stream_.expectName("endfor");
    return make(line, std::move(node));
  }

  Stmt ifStatement(int line) {
    If node;
    do {
      ExprPtr test = expressions_.tuple(Ternary::kRefused);
      stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
      node.branches.emplace_back(std::move(test), body({"elif", "else", "endif"}));
    } while (stream_.takeName("elif"));
    if (stream_.takeName("else")) {
      stream_.expect(TokenKind::kBlockEnd, "\"%}\"");
      node.otherwise = body({"endif"});
    }
    stream_.expectName("endif");
    return make(line, std::move(node));
  }

  Stmt setStatement(int line) {
    Target target = expressions_.target();
    if (stream_.takeOperator("=")) return make(line, Set{std::move(target), expressions_.tuple()});
    ExprPtr filter;
    if (stream_.current().isOperator("|")) filter = expressions_.filterChain(true);
    return make(line, SetBlock{std::move(target), std::move(filter), blockBody("endset")});
  }

  std::vector<Parameter> parameters() {
    std::vector<Parameter> result;
    stream_.expectOperator("(");
    while (!stream_.takeOperator(")")) {
      if (!result.empty()) {
        stream_.expectOperator(",");
        if (stream_.takeOperator(")")) break;
      }
      Parameter parameter{stream_.expectIdentifier(), nullptr};
      if (stream_.takeOperator("="))
        parameter.otherwise = expressions_.expression();
      else if (!result.empty() && result.back().otherwise)
        throw stream_.unexpected("a default, as the parameter before has one");
      result.push_back(std::move(parameter));
    }
    return result;
  }

  /// Reads the body of a macro and notes which of the special names it uses.
  void macroBody(MacroBody& macro, std::string_view end) {
    auto& names = expressions_.namesRead();
    const std::set<std::string> before = std::exchange(names, {});
    const int loops = std::exchange(loops_, 0);
    macro.body = blockBody(end);
    loops_ = loops;
    macro.usesCaller = names.contains("caller");
    macro.usesVarargs = names.contains("varargs");
    macro.usesKwargs = names.contains("kwargs");
    names.insert(before.begin(), before.end());
  }

  Stmt macroStatement(int line) {
    MacroStmt node;
    node.macro.name = stream_.expectIdentifier();
    node.macro.parameters = parameters();
    macroBody(node.macro, "endmacro");
    return make(line, std::move(node));
  }

  Stmt callStatement(int line) {
    CallBlock node;
    node.caller.name = "caller";
    if (stream_.current().isOperator("(")) node.caller.parameters = parameters();
    node.call = expressions_.expression();
    if (!std::holds_alternative<Call>(node.call->node)) throw stream_.unexpected("a call");
    macroBody(node.caller, "endcall");
    return make(line, std::move(node));
  }

  Stmt withStatement(int line) {
    With node;
    while (stream_.current().kind != TokenKind::kBlockEnd) {
      if (!node.values.empty()) stream_.expectOperator(",");
      Target target{stream_.expectIdentifier(), "", {}, false};
      stream_.expectOperator("=");
      node.values.emplace_back(std::move(target), expressions_.expression());
    }
    node.body = blockBody("endwith");
    return make(line, std::move(node));
  }

  TokenStream stream_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int loops_ = 0;  ///< loops around the current statement, within its macro
};

}  // namespace

Block parseTemplate(std::string_view source) {
  return Parser(source).run();
}

}  // namespace orrery::chat::jinja
