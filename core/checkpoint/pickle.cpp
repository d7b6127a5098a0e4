#include "core/checkpoint/pickle.h"

#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "core/base/error.h"

namespace orrery::checkpoint {
namespace {

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

// Far above what models need, and low enough that a small file cannot take much memory: a shape or
// a name that is kept once can be referred to in a few bytes any number of times.
constexpr std::size_t kMaxValues = 2'000'000;
constexpr std::size_t kMaxDimensions = 64;
constexpr std::size_t kMaxStorageName = 255;

struct Value {
  enum Kind {
    kNone,
    kBool,
    kInt,
    kFloat,
    kString,
    kTuple,
    kList,
    kDict,
    kGlobal,
    kStorage,
    kTensor,
    kMark
  };
  Kind kind = kNone;
  std::int64_t integer = 0;
  std::string text;           // of a string or global ("torch._utils._rebuild_tensor_v2")
  std::vector<Value*> items;  // of a tuple, list, or dict (key, value, key, value, …)
  std::unique_ptr<PickledTensor> tensor;  // of a tensor or storage
};

struct Storage {
  std::string_view name;
  DType dtype;
};

constexpr Storage kStorages[] = {
    {"torch.FloatStorage", DType::kF32},        {"torch.HalfStorage", DType::kF16},
    {"torch.BFloat16Storage", DType::kBF16},    {"torch.DoubleStorage", DType::kF64},
    {"torch.LongStorage", DType::kI64},         {"torch.IntStorage", DType::kI32},
    {"torch.ShortStorage", DType::kI16},        {"torch.CharStorage", DType::kI8},
    {"torch.ByteStorage", DType::kU8},          {"torch.BoolStorage", DType::kBool},
    {"torch.ComplexFloatStorage", DType::kC64},
};
constexpr std::string_view kFunctions[] = {"collections.OrderedDict",
                                           "torch._utils._rebuild_tensor_v2",
                                           "torch._utils._rebuild_parameter", "torch.Size"};

const Storage* storageOf(std::string_view name) {
  for (const Storage& row : kStorages)
    if (row.name == name) return &row;
  return nullptr;
}

/// A stack machine for the opcodes that torch.save writes. Values live in an arena, so that a
/// pickle that refers to itself neither leaks nor recurses.
class Unpickler {
 public:
  explicit Unpickler(std::span<const std::byte> bytes) : bytes_(bytes) {}

  const Value& run() {
    for (;;) {
      const auto opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == '.') return *pop();
      step(opcode);
    }
  }

 private:
  void step(unsigned char opcode) {
    switch (opcode) {
      case 0x80:
        take(1);
        return;  // PROTO
      case 0x95:
        take(8);
        return;  // FRAME
      case '(':
        push(Value::kMark);
        return;
      case 'N':
        push(Value::kNone);
        return;
      case 0x88:
        push(Value::kBool).integer = 1;
        return;
      case 0x89:
        push(Value::kBool);
        return;
      case 'K':
        push(Value::kInt).integer = number<std::uint8_t>();
        return;
      case 'M':
        push(Value::kInt).integer = number<std::uint16_t>();
        return;
      case 'J':
        push(Value::kInt).integer = number<std::int32_t>();
        return;
      case 0x8a:
        pushLong();
        return;
      case 'G':
        take(8);
        push(Value::kFloat);
        return;  // no tensor needs a float
      case 'X':
        pushString(number<std::uint32_t>());
        return;
      case 0x8c:
      case 'U':
        pushString(number<std::uint8_t>());
        return;
      case 'q':
        memo_[number<std::uint8_t>()] = &top();
        return;
      case 'r':
        memo_[number<std::uint32_t>()] = &top();
        return;
      case 0x94: {
        const auto next = static_cast<std::uint32_t>(memo_.size());
        memo_[next] = &top();
        return;
      }
      case 'h':
        recall(number<std::uint8_t>());
        return;
      case 'j':
        recall(number<std::uint32_t>());
        return;
      default:
        stepOnStack(opcode);
    }
  }

  void stepOnStack(unsigned char opcode) {
    switch (opcode) {
      case '}':
        push(Value::kDict);
        return;
      case ']':
        push(Value::kList);
        return;
      case ')':
        push(Value::kTuple);
        return;
      case 't': {
        auto items = popToMark();
        push(Value::kTuple).items = std::move(items);
        return;
      }
      case 0x85:
        pushTuple(1);
        return;
      case 0x86:
        pushTuple(2);
        return;
      case 0x87:
        pushTuple(3);
        return;
      case 'a':
      case 'e':
        extend(opcode == 'e' ? popToMark() : popSome(1), Value::kList);
        return;
      case 's':
      case 'u':
        extend(opcode == 'u' ? popToMark() : popSome(2), Value::kDict);
        return;
      case 'c': {
        std::string module = line();
        pushGlobal(std::move(module), line());
        return;
      }
      case 0x93: {
        const std::string name = pop(Value::kString)->text;
        pushGlobal(pop(Value::kString)->text, name);
        return;
      }
      case 'Q':
        pushStorage(*pop(Value::kTuple));
        return;
      case 'R': {
        const Value* arguments = pop(Value::kTuple);
        call(pop(Value::kGlobal)->text, arguments->items);
        return;
      }
      case 'b':
        pop();
        expect(top(), Value::kDict);
        return;  // attributes of a dictionary: not needed
      default:
        throw invalid("opcode 0x{:02x} at byte {} is not one that a state dict needs", opcode,
                      at_ - 1);
    }
  }

  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size() - at_)
      throw invalid("ends at byte {}, within a value", bytes_.size());
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string line() {
    std::string text;
    for (char c; (c = static_cast<char>(take(1)[0])) != '\n';) text.push_back(c);
    return text;
  }

  Value& push(Value::Kind kind) {
    if (arena_.size() == kMaxValues) throw invalid("has more than {} values", kMaxValues);
    arena_.emplace_back().kind = kind;
    stack_.push_back(&arena_.back());
    return arena_.back();
  }
  Value& top() {
    if (stack_.empty()) throw invalid("takes a value from an empty stack at byte {}", at_);
    return *stack_.back();
  }
  Value* pop() {
    Value* value = &top();
    stack_.pop_back();
    return value;
  }
  static void expect(const Value& value, Value::Kind kind) {
    if (value.kind != kind) throw invalid("a value has another type than torch.save writes there");
  }
  Value* pop(Value::Kind kind) {
    Value* value = pop();
    expect(*value, kind);
    return value;
  }
  std::vector<Value*> popToMark() {
    std::size_t from = stack_.size();
    while (from > 0 && stack_[from - 1]->kind != Value::kMark) --from;
    if (from == 0) throw invalid("closes a group that was not opened at byte {}", at_);
    std::vector<Value*> items(stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
    stack_.resize(from - 1);
    return items;
  }
  std::vector<Value*> popSome(std::size_t count) {
    if (stack_.size() < count) throw invalid("takes a value from an empty stack at byte {}", at_);
    std::vector<Value*> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }
  void pushTuple(std::size_t count) {
    auto items = popSome(count);
    push(Value::kTuple).items = std::move(items);
  }
  void extend(const std::vector<Value*>& items, Value::Kind kind) {
    expect(top(), kind);
    if (kind == Value::kDict && items.size() % 2 != 0)
      throw invalid("a dictionary has a key without value");
    top().items.insert(top().items.end(), items.begin(), items.end());
  }
  void recall(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) throw invalid("recalls value {}, which was not kept", index);
    stack_.push_back(found->second);
  }
  void pushLong() {
    const auto bytes = take(number<std::uint8_t>());
    if (bytes.size() > 8)
      throw invalid("a whole number has {} bytes, expected at most 8", bytes.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
    const std::size_t unused = 64 - 8 * bytes.size();
    push(Value::kInt).integer =
        unused == 64 ? 0 : static_cast<std::int64_t>(value << unused) >> unused;
  }
  void pushString(std::size_t length) {
    const auto bytes = take(length);
    push(Value::kString).text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void pushGlobal(std::string module, const std::string& name) {
    const std::string full = module.append(".").append(name);
    bool known = storageOf(full) != nullptr;
    for (const auto function : kFunctions) known = known || function == full;
    if (!known)
      throw Error(ErrorKind::kUnsupported,
                  "names {}, which is not needed to rebuild tensors and is not run", quoted(full));
    push(Value::kGlobal).text = full;
  }
  /// ("storage", storage type, key, device, elements)
  void pushStorage(const Value& id) {
    if (id.items.size() != 5)
      throw invalid("a storage is described by {} values, expected 5", id.items.size());
    expect(*id.items[1], Value::kGlobal);
    expect(*id.items[2], Value::kString);
    expect(*id.items[4], Value::kInt);
    const Storage* storage = storageOf(id.items[1]->text);
    if (!storage) throw invalid("{} is no storage type", quoted(id.items[1]->text));
    const std::string& name = id.items[2]->text;
    if (name.size() > kMaxStorageName)
      throw invalid("the name of a storage has {} bytes, expected at most {}", name.size(),
                    kMaxStorageName);
    push(Value::kStorage).tensor = std::make_unique<PickledTensor>(
        PickledTensor{name, storage->dtype, id.items[4]->integer, 0, {}, {}});
  }
  static std::vector<std::int64_t> integers(const Value& tuple) {
    expect(tuple, Value::kTuple);
    if (tuple.items.size() > kMaxDimensions)
      throw invalid("a tensor has {} dimensions, expected at most {}", tuple.items.size(),
                    kMaxDimensions);
    std::vector<std::int64_t> result;
    for (const Value* item : tuple.items) {
      expect(*item, Value::kInt);
      result.push_back(item->integer);
    }
    return result;
  }
  void call(const std::string& function, const std::vector<Value*>& arguments) {
    const auto need = [&](std::size_t count) {
      if (arguments.size() < count)
        throw invalid("{} is given {} values, expected {}", function, arguments.size(), count);
    };
    if (function == "collections.OrderedDict") {
      push(Value::kDict);
    } else if (function == "torch.Size" || function == "torch._utils._rebuild_parameter") {
      need(1);
      stack_.push_back(arguments[0]);
    } else if (function == "torch._utils._rebuild_tensor_v2") {
      need(4);
      expect(*arguments[0], Value::kStorage);
      expect(*arguments[1], Value::kInt);
      auto tensor = std::make_unique<PickledTensor>(*arguments[0]->tensor);
      tensor->offset = arguments[1]->integer;
      tensor->shape = integers(*arguments[2]);
      tensor->strides = integers(*arguments[3]);
      push(Value::kTensor).tensor = std::move(tensor);
    } else {
      throw invalid("{} is no function", quoted(function));
    }
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::deque<Value> arena_;
  std::vector<Value*> stack_;
  std::unordered_map<std::uint32_t, Value*> memo_;
};

}  // namespace

std::vector<std::pair<std::string, PickledTensor>> readStateDictPickle(
    std::span<const std::byte> bytes) {
  Unpickler unpickler(bytes);
  const Value& top = unpickler.run();
  if (top.kind != Value::kDict) throw invalid("holds no dictionary of tensors");
  std::vector<std::pair<std::string, PickledTensor>> result;
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i + 1 < top.items.size(); i += 2) {
    const Value& name = *top.items[i];
    if (name.kind != Value::kString) throw invalid("a key of the dictionary is no string");
    if (top.items[i + 1]->kind != Value::kTensor)
      throw invalid("entry {} is no tensor", quoted(name.text));
    if (!names.insert(name.text).second)
      throw invalid("entry {} is there twice", quoted(name.text));
    result.emplace_back(name.text, *top.items[i + 1]->tensor);
  }
  return result;
}

}  // namespace orrery::checkpoint
