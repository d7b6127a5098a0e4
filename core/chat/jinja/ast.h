#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/chat/jinja/value.h"

/// A parsed template. Built once by the parser, then only read.
namespace orrery::chat::jinja {

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using Block = std::vector<Stmt>;

struct CallArgs {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> named;
  ExprPtr unpackedList;  ///< *args, or null
  ExprPtr unpackedDict;  ///< **kwargs, or null
};

enum class UnaryOp { kNot, kNegative, kPositive };
enum class BinaryOp { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
enum class CompareOp { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kNotIn };

struct Literal {
  Value value;
};
struct Name {
  std::string name;
};
struct ListExpr {
  std::vector<ExprPtr> items;
};
struct TupleExpr {
  std::vector<ExprPtr> items;
};
struct DictExpr {
  std::vector<std::pair<ExprPtr, ExprPtr>> entries;
};
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
};
struct Compare {
  ExprPtr first;
  std::vector<std::pair<CompareOp, ExprPtr>> rest;
};
struct Logical {
  bool isAnd;
  std::vector<ExprPtr> parts;
};
struct Concat {
  std::vector<ExprPtr> parts;
};
struct Conditional {
  ExprPtr test, then, otherwise;
};  ///< otherwise may be null
struct Attribute {
  ExprPtr object;
  std::string name;
};
struct Subscript {
  ExprPtr object, index;
};
struct Slice {
  ExprPtr object, start, stop, step;
};  ///< bounds may be null
struct Call {
  ExprPtr callee;
  CallArgs args;
};
struct Filter {
  ExprPtr input;
  std::string name;
  CallArgs args;
};  ///< input is null in filter blocks
struct Test {
  ExprPtr input;
  std::string name;
  CallArgs args;
  bool negated;
};

struct Expr {
  int line;
  std::variant<Literal, Name, ListExpr, TupleExpr, DictExpr, Unary, Binary, Compare, Logical,
               Concat, Conditional, Attribute, Subscript, Slice, Call, Filter, Test>
      node;
};

/// What a value is assigned to: a name, an attribute of a namespace, or several targets.
struct Target {
  std::string name;
  std::string attribute;         ///< of the namespace `name`, if not empty
  std::vector<Target> elements;  ///< if not empty, the value is unpacked
  bool unpacks = false;
};

struct Parameter {
  std::string name;
  ExprPtr otherwise;
};  ///< the default may be null

/// A macro, or what a call block passes as `caller`.
struct MacroBody {
  std::string name;
  std::vector<Parameter> parameters;
  Block body;
  bool usesCaller = false, usesVarargs = false, usesKwargs = false;
};

struct Text {
  std::string text;
};
struct Print {
  ExprPtr value;
};
struct For {
  Target target;
  ExprPtr iterable, condition;  ///< condition may be null
  bool recursive;
  Block body, otherwise;
};
struct If {
  std::vector<std::pair<ExprPtr, Block>> branches;
  Block otherwise;
};
struct Set {
  Target target;
  ExprPtr value;
};
struct SetBlock {
  Target target;
  ExprPtr filter;
  Block body;
};  ///< filter may be null
struct MacroStmt {
  MacroBody macro;
};
struct CallBlock {
  MacroBody caller;
  ExprPtr call;
};
struct FilterBlock {
  ExprPtr filter;
  Block body;
};
struct With {
  std::vector<std::pair<Target, ExprPtr>> values;
  Block body;
};
struct Generation {
  Block body;
};
struct Break {};
struct Continue {};

struct Stmt {
  int line;
  std::variant<Text, Print, For, If, Set, SetBlock, MacroStmt, CallBlock, FilterBlock, With,
               Generation, Break, Continue>
      node;
};

}  // namespace orrery::chat::jinja
