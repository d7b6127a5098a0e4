#pragma once

#include "core/chat/jinja/ast.h"
#include "core/chat/jinja/evaluator.h"

/// Python's operators on values. All throw an Error for kinds they do not take.
namespace orrery::chat::jinja {

Value negate(const Value& value);
Value apply(Evaluator& evaluator, BinaryOp op, const Value& left, const Value& right);
bool compare(Evaluator& evaluator, CompareOp op, const Value& left, const Value& right);
/// left in right
bool contains(Evaluator& evaluator, const Value& container, const Value& item);

/// value[start:stop:step] of a string, list or tuple; None stands for a bound left out.
Value sliced(Evaluator& evaluator, const Value& value, const Value& start, const Value& stop,
             const Value& step);

/// Python's len(); throws for what has none.
std::int64_t sizeOf(const Value& value);
/// `format % values`: Python's printf-like formatting.
std::string formatPercent(Evaluator& evaluator, std::string_view format, const Value& values);
/// str.format with the given arguments.
std::string formatBraces(Evaluator& evaluator, std::string_view format, const Arguments& arguments);

}  // namespace orrery::chat::jinja
