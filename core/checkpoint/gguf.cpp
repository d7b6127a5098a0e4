#include "core/checkpoint/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/error.h"
#include "core/base/file.h"
#include "core/base/gguf_parts.h"
#include "core/base/utf8.h"

namespace orrery::checkpoint {

static_assert(std::endian::native == std::endian::little, "files are read as they lie in memory");

namespace {

constexpr std::uint32_t kMaxDimensions = 4;  // as in ggml
constexpr std::uint32_t kDefaultAlignment = 32;

template <class... Args>
Error invalid(fmt::format_string<Args...> text, Args&&... args) {
  return Error(ErrorKind::kInvalidInput, fmt::format(text, std::forward<Args>(args)...));
}

/// The bytes end before what was begun.
class CutShort : public Error {
 public:
  using Error::Error;
};

/// Reads from front to back and never past the end.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }

  std::span<const std::byte> take(std::uint64_t count, std::string_view what) {
    if (count > left())
      throw CutShort(ErrorKind::kInvalidInput,
                     "ends at byte {}, but {} takes {} bytes from byte {} on", bytes_.size(), what,
                     count, at_);
    const auto result = bytes_.subspan(at_, count);
    at_ += count;
    return result;
  }

  template <class T>
  T number(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  std::string_view string(std::string_view what) {
    const auto bytes = take(number<std::uint64_t>(what), what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

GgufType readType(Cursor& cursor) {
  const auto number = cursor.number<std::uint32_t>("the type of a value");
  if (number > static_cast<std::uint32_t>(GgufType::kFloat64))
    throw invalid("value type is {}, expected 0 to 12", number);
  return static_cast<GgufType>(number);
}

GgufValue readArray(Cursor& cursor, std::string_view key) {
  const GgufType type = readType(cursor);
  if (type == GgufType::kArray) throw invalid("a list of lists is not part of the format's use");
  const auto count = cursor.number<std::uint64_t>("the length of a list");
  const std::uint64_t least =
      type == GgufType::kString ? sizeof(std::uint64_t) : ggufFixedSize(type);
  if (count > cursor.left() / least)
    throw CutShort(ErrorKind::kInvalidInput, "list length is {}, but only {} bytes follow it",
                   count, cursor.left());
  if (type != GgufType::kString)
    return {key, GgufType::kArray, type, count, cursor.take(count * least, "a list")};
  Cursor start = cursor;
  const std::size_t from = cursor.position();
  for (std::uint64_t i = 0; i < count; ++i) cursor.string("an element of a list");
  return {key, GgufType::kArray, type, count, start.take(cursor.position() - from, "a list")};
}

GgufValue readValue(Cursor& cursor, std::string_view key) {
  const GgufType type = readType(cursor);
  if (type == GgufType::kArray) return readArray(cursor, key);
  const std::uint64_t size =
      type == GgufType::kString ? cursor.number<std::uint64_t>("a string") : ggufFixedSize(type);
  return {key, type, type, 1, cursor.take(size, "a value")};
}

struct TensorEntry {
  std::string_view name;
  DType dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t offset;
  std::uint64_t bytes;
};

std::vector<std::int64_t> readShape(Cursor& cursor) {
  const auto dimensions = cursor.number<std::uint32_t>("the number of dimensions");
  if (dimensions > kMaxDimensions)
    throw invalid("has {} dimensions, expected at most {}", dimensions, kMaxDimensions);
  std::vector<std::int64_t> shape(dimensions);
  for (std::uint32_t i = 0; i < dimensions; ++i)
    shape[dimensions - 1 - i] = static_cast<std::int64_t>(cursor.number<std::uint64_t>("a shape"));
  return shape;
}

TensorEntry readTensor(Cursor& cursor, std::string_view name, std::uint32_t alignment) {
  TensorEntry entry{name, DType::kF32, readShape(cursor), 0, 0};
  const auto type = cursor.number<std::uint32_t>("a tensor type");
  const auto dtype = dtypeFromGgmlType(type);
  if (!dtype) throw invalid("type is {}, which is no tensor type of llama.cpp", type);
  entry.dtype = *dtype;
  entry.offset = cursor.number<std::uint64_t>("a tensor offset");
  if (entry.offset % alignment != 0)
    throw invalid("offset is {}, expected a multiple of the alignment {}", entry.offset, alignment);
  const auto bytes = tensorBytes(entry.dtype, entry.shape);
  if (!bytes)
    throw invalid("shape [{}] is not possible for type {}, whose rows are blocks of {}",
                  fmt::join(entry.shape, ", "), dtypeName(entry.dtype),
                  blockLayout(entry.dtype).elements);
  entry.bytes = static_cast<std::uint64_t>(*bytes);
  return entry;
}

void checkNoOverlap(std::vector<const TensorEntry*> entries) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return std::pair(a->offset, a->bytes) < std::pair(b->offset, b->bytes);
  });
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const TensorEntry& before = *entries[i - 1];
    if (entries[i]->offset < before.offset + before.bytes)
      throw invalid("begins at byte {} of the data, inside of tensor {} which ends at {}",
                    entries[i]->offset, quoted(before.name), before.offset + before.bytes)
          .in("tensor " + quoted(entries[i]->name));
  }
}

}  // namespace

/// Builds a GgufFile from front to back.
class GgufReader {
 public:
  GgufReader(std::span<const std::byte> bytes, GgufFile& file)
      : bytes_(bytes), cursor_(bytes), file_(file) {}

  void read() {
    readHeader();
    placeTensors();
  }

  /// All but the places of the tensors; returns where their data begin.
  std::uint64_t readHeader() {
    readStart();
    const auto tensors = cursor_.number<std::uint64_t>("the number of tensors");
    const auto values = cursor_.number<std::uint64_t>("the number of metadata values");
    for (std::uint64_t i = 0; i < values; ++i) readKeyAndValue();
    readAlignment();
    for (std::uint64_t i = 0; i < tensors; ++i) readEntry();
    return dataStart();
  }

 private:
  void readStart() {
    if (bytes_.size() < 4 || std::memcmp(bytes_.data(), "GGUF", 4) != 0)
      throw invalid("is not a GGUF file: expected it to begin with \"GGUF\"");
    cursor_.take(4, "the magic number");
    file_.version_ = cursor_.number<std::uint32_t>("the version");
    if ((file_.version_ & 0xFFFF) == 0)
      throw Error(ErrorKind::kUnsupported, "is a big-endian GGUF file; expected little-endian");
    if (file_.version_ != 2 && file_.version_ != 3)
      throw Error(ErrorKind::kUnsupported, "is of GGUF version {}, expected 2 or 3",
                  file_.version_);
  }

  void readKeyAndValue() {
    const std::string_view key = cursor_.string("a metadata key");
    if (utf8::firstInvalid(key) != std::string_view::npos)
      throw invalid("metadata key {} is not valid UTF-8", quoted(key));
    withContext(quoted(key), [&] {
      if (!file_.values_.emplace(key, readValue(cursor_, key)).second)
        throw invalid("metadata key is there twice");
    });
    file_.keys_.push_back(key);
  }

  void readAlignment() {
    const GgufValue* value = file_.value("general.alignment");
    if (!value) return;
    const std::int64_t alignment = value->integer();
    if (alignment <= 0 || alignment > 1 << 20 ||
        !std::has_single_bit(static_cast<std::uint64_t>(alignment)))
      throw invalid("is {}, expected a power of two", alignment).in("\"general.alignment\"");
    alignment_ = static_cast<std::uint32_t>(alignment);
  }

  void readEntry() {
    const std::string_view name = cursor_.string("a tensor name");
    if (utf8::firstInvalid(name) != std::string_view::npos)
      throw invalid("tensor name {} is not valid UTF-8", quoted(name));
    entries_.push_back(withContext("tensor " + quoted(name),
                                   [&] { return readTensor(cursor_, name, alignment_); }));
  }

  std::uint64_t dataStart() const {
    return (cursor_.position() + alignment_ - 1) / alignment_ * alignment_;
  }

  void placeTensors() {
    const std::uint64_t start = dataStart();
    const std::uint64_t dataBytes = start < bytes_.size() ? bytes_.size() - start : 0;
    std::vector<const TensorEntry*> placed;
    for (const TensorEntry& entry : entries_) {
      if (entry.offset > dataBytes || entry.bytes > dataBytes - entry.offset)
        throw invalid("takes {} bytes at {} of the data, but the file has {} bytes of data",
                      entry.bytes, entry.offset, dataBytes)
            .in("tensor " + quoted(entry.name));
      if (entry.bytes > 0) placed.push_back(&entry);
      const auto data = entry.bytes > 0 ? bytes_.subspan(start + entry.offset, entry.bytes)
                                        : std::span<const std::byte>();
      const auto added = file_.tensors_.emplace(
          std::string(entry.name), TensorView{entry.dtype, entry.shape, data, file_.owner_});
      if (!added.second) throw invalid("is there twice").in("tensor " + quoted(entry.name));
      file_.names_.emplace_back(entry.name);
    }
    checkNoOverlap(std::move(placed));
  }

  std::span<const std::byte> bytes_;
  Cursor cursor_;
  GgufFile& file_;
  std::uint32_t alignment_ = kDefaultAlignment;
  std::vector<TensorEntry> entries_;
};

std::shared_ptr<GgufFile> GgufFile::read(std::span<const std::byte> bytes,
                                         std::shared_ptr<const void> owner,
                                         std::string description) {
  return withContext(description, [&] {
    std::shared_ptr<GgufFile> result(new GgufFile);
    result->description_ = description;
    result->owner_ = std::move(owner);
    GgufReader(bytes, *result).read();
    return result;
  });
}

std::shared_ptr<const GgufFile> GgufFile::parse(std::span<const std::byte> bytes,
                                                std::shared_ptr<const void> owner,
                                                std::string description) {
  return read(bytes, std::move(owner), std::move(description));
}

std::shared_ptr<GgufFile> GgufFile::openPart(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  return read(bytes, std::move(file), path.string());
}

std::shared_ptr<const GgufFile> GgufFile::open(const std::filesystem::path& path) {
  auto file = openPart(path);
  withContext(path.string(), [&] { file->addParts(path); });
  return file;
}

void GgufFile::addParts(const std::filesystem::path& first) {
  const GgufValue* value = this->value("split.count");
  const std::int64_t count = value ? value->integer() : 1;
  if (count <= 1) return;
  const auto files = ggufParts(first.string());
  if (static_cast<std::int64_t>(files.size()) != count || require("split.no").integer() != 0)
    throw invalid("is one of {} files of a model; expected the first, …-00001-of-{:05}.gguf", count,
                  count);
  for (std::int64_t number = 1; number < count; ++number) {
    const auto part = openPart(files[static_cast<std::size_t>(number)]);
    withContext(part->description_, [&] { addPart(*part, number, count); });
  }
  const GgufValue* tensors = this->value("split.tensors.count");
  if (tensors && tensors->integer() != static_cast<std::int64_t>(names_.size()))
    throw invalid("says {} tensors, but its {} files have {}", tensors->integer(), count,
                  names_.size())
        .in("\"split.tensors.count\"");
}

void GgufFile::addPart(const GgufFile& part, std::int64_t number, std::int64_t count) {
  const std::int64_t itsNumber = part.require("split.no").integer();
  const std::int64_t itsCount = part.require("split.count").integer();
  if (itsNumber != number || itsCount != count)
    throw invalid("is file {} of {}, expected {} of {}", itsNumber + 1, itsCount, number + 1,
                  count);
  for (const std::string& name : part.names_) {
    if (!tensors_.emplace(name, part.tensors_.find(name)->second).second)
      throw invalid("is in another file of the model, too").in("tensor " + quoted(name));
    names_.push_back(name);
  }
}

std::optional<std::uint64_t> GgufFile::headerBytes(std::span<const std::byte> start) {
  try {
    GgufFile unused;
    return GgufReader(start, unused).readHeader();
  } catch (const CutShort&) {
    return std::nullopt;
  }
}

std::optional<TensorView> GgufFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return std::nullopt;
  return found->second;
}

const GgufValue* GgufFile::value(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const GgufValue& GgufFile::require(std::string_view key) const {
  const GgufValue* found = value(key);
  if (!found) throw invalid("metadata key {} is missing", quoted(key)).in(description_);
  return *found;
}

std::string_view GgufFile::architecture() const {
  const GgufValue* found = value("general.architecture");
  return found ? found->string() : std::string_view();
}

}  // namespace orrery::checkpoint
