// The names that every template sees.

#include "core/base/utf8.h"
#include "core/chat/jinja/callables.h"
#include "core/chat/jinja/text.h"

namespace orrery::chat::jinja {
namespace {

using Args = const Arguments&;

constexpr std::int64_t kMaxRange = 100'000;

Value range(Evaluator& evaluator, Args args) {
  const auto values = args.bind("range", {"start", "stop", "step"}, 1);
  const std::int64_t start = values[1] ? values[0]->integer() : 0;
  const std::int64_t stop = values[1] ? values[1]->integer() : values[0]->integer();
  const std::int64_t step = values[2] ? values[2]->integer() : 1;
  if (step == 0) throw fault("range: the step must not be zero");
  List items;
  for (std::int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (static_cast<std::int64_t>(items.size()) >= kMaxRange)
      throw fault("range: more than {} elements", kMaxRange);
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  evaluator.spend(items.size());
  return Value::list(std::move(items));
}

/// Entries of a mapping or of pairs, then the named arguments, as dict() takes them.
Dict entries(Evaluator& evaluator, Args args) {
  if (args.positional.size() > 1)
    throw fault("dict: expected at most 1 argument, found {}", args.positional.size());
  Dict result;
  if (!args.positional.empty()) {
    const Value& source = args.positional[0];
    evaluator.spend(source.weight());
    if (source.is(Kind::kDict)) {
      result = source.dict();
    } else {
      for (const Value& entry : evaluator.iterate(source)) {
        const List pair = evaluator.iterate(entry);
        if (pair.size() != 2) throw fault("dict: expected pairs, found {} elements", pair.size());
        result.set(pair[0], pair[1]);
      }
    }
  }
  for (const auto& [name, value] : args.named) result.set(name, value);
  return result;
}

Value dict(Evaluator& evaluator, Args args) {
  return entries(evaluator, args);
}

Value makeNamespace(Evaluator& evaluator, Args args) {
  auto object = std::make_shared<Namespace>();
  object->attributes = entries(evaluator, args);
  evaluator.keep(object);
  return object;
}

Value raiseException(Evaluator&, Args args) {
  throw fault("{}", orrery::quoted(toText(*args.bind("raise_exception", {"message"}, 1)[0]), 500));
}

Value strftimeNow(Evaluator& evaluator, Args args) {
  const std::string format = args.bind("strftime_now", {"format"}, 1)[0]->string();
  if (format.empty()) return "";
  if (format.size() > 200)
    throw fault("strftime_now: expected a format of at most 200 bytes, found {}", format.size());
  const std::tm now = evaluator.now();
  std::string text(200 + format.size() * 100, '\0');
  text.resize(std::strftime(text.data(), text.size(), format.c_str(), &now));
  return utf8::sanitized(text);
}

/// Its values in turn, for ever.
class Cycler : public Object, public std::enable_shared_from_this<Cycler> {
 public:
  explicit Cycler(List values) : values_(Value::list(std::move(values))) {}

  std::string typeName() const override { return "Cycler"; }
  int depth() const override { return values_.depth(); }
  std::optional<Value> attribute(std::string_view name) override;
  Value current() const { return values_.items()[at_]; }
  Value advance() {
    const Value value = current();
    at_ = (at_ + 1) % values_.items().size();
    return value;
  }
  void reset() { at_ = 0; }

 private:
  Value values_;
  std::size_t at_ = 0;
};

class CyclerMethod : public Object {
 public:
  CyclerMethod(Value cycler, bool resets) : cycler_(std::move(cycler)), resets_(resets) {}
  std::string typeName() const override { return "method"; }
  bool callable() const override { return true; }
  int depth() const override { return cycler_.depth(); }
  Value call(Evaluator&, Args args) override {
    args.bind("cycler", {});
    auto& cycler = static_cast<Cycler&>(*cycler_.object());
    if (!resets_) return cycler.advance();
    cycler.reset();
    return {};
  }

 private:
  Value cycler_;
  bool resets_;
};

std::optional<Value> Cycler::attribute(std::string_view name) {
  if (name == "current") return current();
  if (name == "next" || name == "reset")
    return std::make_shared<CyclerMethod>(Value(shared_from_this()), name == "reset");
  return std::nullopt;
}

/// Nothing at its first call, then the separator.
class Joiner : public Object {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  std::string typeName() const override { return "Joiner"; }
  bool callable() const override { return true; }
  int depth() const override { return separator_.depth() + 1; }
  Value call(Evaluator&, Args args) override {
    args.bind("joiner", {});
    return std::exchange(used_, true) ? separator_ : Value("");
  }

 private:
  Value separator_;
  bool used_ = false;
};

Value makeCycler(Evaluator&, Args args) {
  if (args.positional.empty()) throw fault("cycler: at least one item has to be provided");
  return std::make_shared<Cycler>(args.positional);
}

Value makeJoiner(Evaluator&, Args args) {
  return std::make_shared<Joiner>(args.bind("joiner", {"sep"})[0].value_or(Value(", ")));
}

}  // namespace

FramePtr builtinNames() {
  const auto frame = std::make_shared<Frame>();
  constexpr std::pair<std::string_view, Function::Body> kFunctions[] = {
      {"range", range},
      {"dict", dict},
      {"namespace", makeNamespace},
      {"cycler", makeCycler},
      {"joiner", makeJoiner},
      {"raise_exception", raiseException},
      {"strftime_now", strftimeNow},
  };
  for (const auto& [name, body] : kFunctions)
    frame->set(name, std::make_shared<Function>(std::string(name), body));
  return frame;
}

}  // namespace orrery::chat::jinja
