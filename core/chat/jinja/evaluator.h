#pragma once

#include <ctime>
#include <functional>

#include "core/chat/jinja/ast.h"
#include "core/chat/jinja/object.h"

namespace orrery::chat::jinja {

/// What one rendering may use; a template that needs more ends in an Error.
struct Limits {
  std::uint64_t steps =
      5'000'000;    ///< nodes evaluated, elements walked, and text made (64 bytes each)
  int depth = 300;  ///< nesting of expressions, blocks and calls
  std::size_t outputBytes = 64u << 20;
};

/// A part of the output that {% generation %} marks, in bytes.
struct Span {
  std::size_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

/// The names of one scope; unknown ones are looked for in the scope around it.
struct Frame {
  explicit Frame(std::shared_ptr<Frame> parent = nullptr) : parent(std::move(parent)) {}

  void set(std::string_view name, Value value);
  const Value* find(std::string_view name) const;

  std::shared_ptr<Frame> parent;
  std::vector<std::pair<std::string, Value>> names;
  bool captured = false;
};

using FramePtr = std::shared_ptr<Frame>;

/// Runs one template once.
class Evaluator {
 public:
  Evaluator(const Limits& limits, std::function<std::tm()> now);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// Renders with `globals` as the outermost names. Errors begin with "line N: ".
  std::string render(const Block& block, const FramePtr& globals);
  const std::vector<Span>& generationSpans() const { return spans_; }

  // For filters, tests, methods and objects:
  void spend(std::uint64_t steps = 1);
  /// For a list that is about to be made: it takes memory even if it stays empty.
  void spendOnList() { spend(16); }
  Value call(const Value& callee, const Arguments& arguments);
  /// value.name as Jinja finds it: an attribute, else an item, else undefined.
  Value attribute(const Value& value, std::string_view name);
  /// value[index]: an item, else (of a string) an attribute, else undefined.
  Value item(const Value& value, const Value& index);
  /// All that a loop over the value would see; an iterator is used up.
  List iterate(const Value& value);
  Value applyFilter(std::string_view name, const Value& input, const Arguments& arguments);
  bool applyTest(std::string_view name, const Value& input, const Arguments& arguments);
  /// A value made of `text`, which is paid for.
  Value made(std::string text);
  std::tm now() const { return now_(); }
  /// Keeps a namespace until the end, so that it may refer to itself.
  void keep(std::shared_ptr<Namespace> object);
  /// Runs the body of a macro, bound to its arguments, and gives its text.
  std::string runMacro(const MacroBody& macro, const FramePtr& scope, const Arguments& arguments);
  /// One run of a loop over `value`; `depth` is 0 for the outermost of a recursive one.
  std::string runLoop(const For& loop, const Value& value, const FramePtr& scope, int depth);

 private:
  enum class Flow { kNext, kBreak, kContinue };
  class DepthGuard;

  Flow execute(const Block& block, const FramePtr& frame);
  Flow execute(const Stmt& stmt, const FramePtr& frame);
  Flow executeIf(const If& node, const FramePtr& frame);
  Flow loopOver(const For& node, const Value& value, const FramePtr& frame, int depth);
  void executeCallBlock(const CallBlock& node, const FramePtr& frame);
  void executeGeneration(const Generation& node, const FramePtr& frame);
  void executeWith(const With& node, const FramePtr& frame);
  std::string captured(const Block& block, const FramePtr& frame);
  void assign(const Target& target, const Value& value, const FramePtr& frame);
  void bindParameters(const MacroBody& macro, const FramePtr& frame, const Arguments& arguments);
  const FramePtr& capture(const FramePtr& frame);
  void write(std::string_view text);

  Value evaluate(const Expr& expr, const FramePtr& frame);
  Value evaluateName(const Name& node, const FramePtr& frame);
  Value evaluateUnary(const Unary& node, const FramePtr& frame);
  Value evaluateCompare(const Compare& node, const FramePtr& frame);
  Value evaluateConcat(const Concat& node, const FramePtr& frame);
  Value evaluateConditional(const Conditional& node, const FramePtr& frame);
  Value evaluateSlice(const Slice& node, const FramePtr& frame);
  Value evaluateFilter(const Filter& node, const FramePtr& frame, const Value* blockInput);
  Value filterBlock(const Expr& expr, const FramePtr& frame, const Value& input);
  List evaluateAll(const std::vector<ExprPtr>& exprs, const FramePtr& frame);
  Arguments arguments(const CallArgs& args, const FramePtr& frame);

  Limits limits_;
  std::function<std::tm()> now_;
  std::uint64_t steps_ = 0;
  int depth_ = 0;
  int line_ = 1;
  std::string output_;           ///< of the template itself
  std::string* out_ = &output_;  ///< where text goes now: the output, or what a block collects
  std::vector<Span> spans_;
  std::vector<std::shared_ptr<Namespace>> namespaces_;
  std::vector<FramePtr> frames_;  ///< that a macro or loop refers to
};

}  // namespace orrery::chat::jinja
